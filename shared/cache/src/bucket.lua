-- The same as bucket.rs. KEYS[1] holds when the bucket will be full. ARGV: now, per, token (microseconds), cost,
-- and what the asking process knows of the bucket: it may have counted alone for a while.
local now, per, token, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
local full_at = math.min(math.max(known, tonumber(ARGV[5]), now), now + per)
local after = full_at + cost * token
local wait = after - per - now
local kept = wait > 0 and full_at or after
if kept > now and kept ~= known then
  -- Numbers are doubles here; microseconds since 1970 stay exact in them until the year 2255.
  -- It is kept for longer than it matters, since the clocks of the processes need not agree with the server's.
  redis.call('SET', KEYS[1], string.format('%.0f', kept), 'PX', math.ceil((kept - now + per) / 1000))
end
return {wait > 0 and 0 or 1, math.max(wait, 0), math.floor((per - (kept - now)) / token), string.format('%.0f', kept)}
