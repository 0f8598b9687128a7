-- One step of the account's budget, on the server's clock, so that no two machines need agree on the time.
-- KEYS: leases (who holds a slot until when), limit (slots now allowed, since when), waiting (real time waits),
--       fence (rises with every grant), used (calls so far), queueing (batch waits).
-- ARGV: verb, slots, growth in ms, then what the verb needs. Answers {granted or refused, held, limit}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local verb, slots, growth = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = redis.call('ZCARD', KEYS[1])

-- Growth is computed, not written: nobody has to be awake for the limit to rise again.
local limit, since = slots, 0
local shrunk = redis.call('HMGET', KEYS[2], 'slots', 'since')
if shrunk[1] then
  since = tonumber(shrunk[2])
  limit = math.min(slots, tonumber(shrunk[1]) + math.floor((now - since) / growth))
end

if verb == 'take' then
  local holder, lease, priority, reserve, announced =
    ARGV[4], tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
  local room = limit - held
  if priority == 'batch' and redis.call('EXISTS', KEYS[3]) == 1 then
    room = room - reserve
  elseif priority == 'backfill' then
    -- Backfill never takes the reserve, and nothing at all while anybody waits.
    room = redis.call('EXISTS', KEYS[3], KEYS[6]) > 0 and 0 or room - reserve
  end
  if room <= 0 then
    local waiting = {realtime = KEYS[3], batch = KEYS[6]}
    if waiting[priority] then redis.call('SET', waiting[priority], '1', 'PX', announced) end
    return {0, held, limit}
  end
  redis.call('ZADD', KEYS[1], now + lease, holder)
  redis.call('INCR', KEYS[5])
  return {redis.call('INCR', KEYS[4]), held + 1, limit}
end

if verb == 'refused' then
  -- Calls that were on their way together are refused together: they tell one thing, not several.
  if now - since >= tonumber(ARGV[4]) then
    limit = math.max(1, limit - 1)
    redis.call('HSET', KEYS[2], 'slots', limit, 'since', now)
    redis.call('PEXPIRE', KEYS[2], growth * slots)
  end
  return {0, held, limit}
end

return {0, held, limit}
