-- How some users are seen.
--
-- KEYS: 1 since when beats have come without a pause · 2… one hash per user
local answer = { redis.call('GET', KEYS[1]) or '' }
for k = 2, #KEYS do
  local it = redis.call('HMGET', KEYS[k], 'version', 'seen', 'words')
  answer[#answer + 1] = { it[1] or '', it[2] or '', it[3] or '' }
end
return answer
