-- The same as bucket.rs. KEYS[1] holds when the bucket will be full. ARGV: now, per, token (microseconds), cost.
local now, per, token, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local after = full_at + cost * token
local wait = after - per - now
if wait > 0 then
  return {0, wait, math.max(math.floor((per - (full_at - now)) / token), 0)}
end
-- Numbers are doubles here; microseconds since 1970 stay exact in them until the year 2255.
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {1, 0, math.floor((per - (after - now)) / token)}
