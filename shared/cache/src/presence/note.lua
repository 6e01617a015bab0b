-- Notes what gateways say of connections, or (with no facts) lets time pass, and answers who is seen otherwise now.
-- One call is one atomic step for all of its users. All keys are declared, as Dragonfly demands.
--
-- KEYS: 1 since when beats have come without a pause, and the last one · 2 when each user has to be looked at · 3… one hash per user
-- ARGV: 1 now · 2 how long a beat holds · 3 how long an ended connection still counts · 4 how long its epoch is
--       remembered, all in milliseconds · 5 "beat" or "reap" · then for each user: id, rev and text of the custom
--       status, how many connections; and for each of those: name, epoch, state ("x": ended)
local now, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local linger, look_back = tonumber(ARGV[3]), tonumber(ARGV[4])
local rank = { n = 0, i = 1, o = 2, d = 3 }
local shown = { [0] = 'f', [1] = 'i', [2] = 'o', [3] = 'd' }

-- Lua's own way to write large numbers loses digits.
local function text(number) return string.format('%.0f', number) end

local since, last = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
since, last = tonumber(since or ''), tonumber(last or '')
if since and now - last >= lease then since = nil end
if ARGV[5] == 'beat' then
  since, last = since or now, math.max(last or now, now)
  redis.call('SET', KEYS[1], text(since) .. ' ' .. text(last), 'PX', ARGV[2])
end
-- After a pause nobody is taken for gone before everybody has had the time to say that they are there.
local settled = since and now - since >= lease

local changed, at = {}, 6
for k = 3, #KEYS do
  local key, user, rev, custom, count = KEYS[k], ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4
  local connections, seen, words, version, words_rev, own_words = {}, 'f', '', 0, -1, ''
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'seen' then seen = value
    elseif name == 'words' then words = value
    elseif name == 'version' then version = tonumber(value)
    elseif name == 'own_rev' then words_rev = tonumber(value)
    elseif name == 'own_words' then own_words = value
    else
      local epoch, state, deadline = string.match(value, '^(%d+) (%a) (%d+)$')
      if epoch then connections[name] = { tonumber(epoch), state, tonumber(deadline) } end
    end
  end
  if rev > words_rev then
    own_words, words_rev = custom, rev
    redis.call('HSET', key, 'own_words', own_words, 'own_rev', text(words_rev))
  end

  for _ = 1, count do
    local name, epoch, state = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
    at = at + 3
    local was = connections[name]
    local ended = was and was[2] ~= string.lower(was[2])
    -- What is older than what is known, or follows the end, was overtaken on its way.
    if not was or epoch > was[1] or (epoch == was[1] and not ended) then
      local deadline = now + lease
      if state == 'x' then
        local counts = was and not ended and (was[3] > now or not settled)
        state = string.upper(counts and was[2] or 'n')
        deadline = counts and now + linger or now
      end
      connections[name] = { epoch, state, deadline }
      redis.call('HSET', key, name, text(epoch) .. ' ' .. state .. ' ' .. text(deadline))
    end
  end

  local best, due, keep = 0, nil, now + lease
  for name, it in pairs(connections) do
    local state, forget, next = string.lower(it[2]), it[3] + look_back, nil
    if it[3] > now then
      best, next = math.max(best, rank[state]), it[3]
    elseif state == it[2] and not settled then
      best, next = math.max(best, rank[state]), now + linger
    elseif forget > now then
      next = forget
    else
      redis.call('HDEL', key, name)
    end
    if next then
      due, keep = math.min(due or next, next), math.max(keep, forget)
    end
  end

  local now_seen = shown[best]
  local now_words = best > 0 and own_words or ''
  if now_seen ~= seen or now_words ~= words then
    version = math.max(version + 1, now)
    redis.call('HSET', key, 'seen', now_seen, 'words', now_words, 'version', text(version))
    changed[#changed + 1] = { user, text(version), now_seen, now_words }
  end
  if due then
    redis.call('ZADD', KEYS[2], text(due), user)
    redis.call('PEXPIRE', key, text(keep - now + lease))
  else
    redis.call('ZREM', KEYS[2], user)
    redis.call('DEL', key)
  end
end
return changed
