-- requeue: begin a new life of a dead letter: counters reset, in its own lane, ready now.
--
-- ARGV[5] id
-- ARGV[6] max_age  how long the new life may last
-- ARGV[7] log      name of the new output log, for a job that streams
--
-- A recorded job is reopened by its record, not here.
--
-- Returns 1, or 0 when it is no dead letter of ours
-- Cost    O(log n)

local id, log = ARGV[5], ARGV[7]
local key = job_key(id)
if not redis.call('ZSCORE', DEAD, id) then return 0 end
local h = redis.call('HMGET', key, 'recorded', 'lane', 'log', 'user')
if h[1] == '1' then return 0 end
redis.call('ZREM', DEAD, id)
redis.call('HDEL', key, 'attempts', 'crashes', 'snoozes', 'interruptions', 'reason', 'settled',
  'ended_at', 'cancel', 'snap_seq', 'snap')
redis.call('HSET', key, 'expires_at', NOW + tonumber(ARGV[6]))
redis.call('ZADD', EXPIRES, NOW + tonumber(ARGV[6]), id)
if h[3] and h[3] ~= '' then
  redis.call('DEL', log_key(id, h[3]))
  redis.call('HSET', key, 'log', log)
  append(id, log, h[4] or '', '1', queued(id))
end
put_ready(id, tonumber(h[2]))
return 1
