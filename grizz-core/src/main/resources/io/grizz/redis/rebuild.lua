-- rebuild: begin a new output log where the old one lost events, under the rule of the lease.
--
-- ARGV[5] me     ARGV[6] id     ARGV[7] place     ARGV[8] epoch
-- ARGV[9]  log   name of the new log
-- ARGV[10] seq   the last event that the writer wrote
-- ARGV[11] text  all text up to it
--
-- Returns 1, or 0 when fenced
-- Cost    O(events of the old log)

local id, log = ARGV[6], ARGV[9]
if not holds(id, ARGV[5], ARGV[7], ARGV[8]) then return 0 end
local old = redis.call('HGET', job_key(id), 'log')
if old ~= log then redis.call('DEL', log_key(id, old)) end
redis.call('HSET', job_key(id), 'log', log, 'seq', ARGV[10], 'snap_seq', ARGV[10], 'snap', ARGV[11])
return 1
