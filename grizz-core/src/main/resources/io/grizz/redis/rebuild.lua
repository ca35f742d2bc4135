-- rebuild: begin a new output log where the old one lost events, under the rule of the lease.
--
-- Uses lease
--
-- ARGV[6] me     ARGV[7] id     ARGV[8] place     ARGV[9] epoch
-- ARGV[10]  log   name of the new log
-- ARGV[11] seq   the last event that the writer wrote
-- ARGV[12] text  all text up to it
--
-- Returns 1, or 0 when fenced
-- Cost    O(events of the old log)

local id, log = ARGV[7], ARGV[10]
if not held(id, ARGV[6], ARGV[8], ARGV[9]) then return 0 end
local old = redis.call('HGET', job_key(id), 'log')
if old ~= log then redis.call('DEL', log_key(id, old)) end
redis.call('HSET', job_key(id), 'log', log, 'seq', ARGV[11], 'snap_seq', ARGV[11], 'snap', ARGV[12])
return 1
