-- requeue: begin a new life of a dead letter: counters reset, in its own lane, ready now.
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
if not redis.call('ZSCORE', DEAD, id) then return 0 end
local h = look(id, {'recorded', 'lane', 'log', 'user', 'idem'})
if h.recorded == '1' then return 0 end
redis.call('ZREM', DEAD, id)
if h.idem ~= '' then redis.call('PERSIST', PREFIX .. 'idem:' .. h.idem) end
redis.call('HDEL', job_key(id), 'attempts', 'crashes', 'snoozes', 'interruptions', 'reason',
  'settled', 'ended_at', 'cancel', 'snap_seq', 'snap')
redis.call('ZADD', EXPIRES, NOW + tonumber(ARGV[7]), id)
local more = {'expires_at', NOW + tonumber(ARGV[7])}
if h.log ~= '' then
  redis.call('DEL', log_key(id, h.log))
  more[3], more[4] = 'log', log
end
put_ready(id, tonumber(h.lane), more)
if h.log ~= '' then append(id, log, h.user, '1', queued(id, '')) end
return counted(1)
