-- requeue: begin a new life of a dead letter: counters reset, in its own lane, ready now.
--
-- Uses lease, lanes, log, admission
--
-- ARGV[6] id
-- ARGV[7] max_age  how long the new life may last
-- ARGV[8] log      name of the new output log, for a job that streams
--
-- A recorded job is reopened by its record, not here.
--
-- Returns 1, or 0 when it is no dead letter of ours
-- Cost    O(log n)

local id, log = ARGV[6], ARGV[8]
local refused = disagreement(redis.call('HGET', META, 'settings'))
if refused then return refused end
if not redis.call('ZSCORE', DEAD, id) then return 0 end
local h = redis.call('HMGET', job_key(id), 'recorded', 'lane', 'log', 'user', 'idem')
local recorded, lane, old, user, idem = h[1], h[2], h[3], h[4], h[5]
if recorded == '1' then return 0 end
redis.call('ZREM', DEAD, id)
if idem and idem ~= '' then redis.call('PERSIST', PREFIX .. 'idem:' .. idem) end
redis.call('HDEL', job_key(id), 'attempts', 'crashes', 'snoozes', 'interruptions', 'reason',
  'settled', 'ended_at', 'cancel', 'snap_seq', 'snap')
redis.call('ZADD', EXPIRES, NOW + tonumber(ARGV[7]), id)
if old and old ~= '' then
  redis.call('DEL', log_key(id, old))
  redis.call('HSET', job_key(id), 'log', log)
end
put_ready(id, tonumber(lane), 'expires_at', NOW + tonumber(ARGV[7]))
if old and old ~= '' then append(id, log, user, '1', queued(id, '')) end
return counted(1)
