-- close: write the terminal event that the record says, and let the job be forgotten in time.
--
-- Uses lease, lanes, log, ends
--
-- ARGV[6] id
-- ARGV[7] state  what the record says: a job may have finished there, and died before it said so
-- ARGV[8] seq    number of the event
-- ARGV[9] frame  the event
--
-- Returns 1 closed now, 0 closed before
-- Cost    O(1)

local id, state, seq = ARGV[6], ARGV[7], tonumber(ARGV[8])
if redis.call('SISMEMBER', ENDED, id) == 0 then return 0 end
local h = redis.call('HMGET', job_key(id), 'state', 'log', 'user', 'seq', 'idem')
if h[2] and h[2] ~= '' and seq == number(h[4]) + 1 then append(id, h[2], h[3], ARGV[8], ARGV[9]) end
redis.call('SREM', ENDED, id)
if h[1] == 'dead' and state ~= 'dead' then
  redis.call('ZREM', DEAD, id)
  redis.call('HDEL', job_key(id), 'payload')
  redis.call('DEL', payload_key(id))
  redis.call('HSET', job_key(id), 'state', state, 'reason', '')
  h[1] = state
end
forget(id, h[1], h[2], h[5])
return counted(1)
