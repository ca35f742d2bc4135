-- emit: append one event to a job's output log, under the rule of the lease.
--
-- The writer names its own next number, so a repeat after a lost reply writes nothing.
--
-- Uses lease, log
--
-- ARGV[6]  me     ARGV[7] id     ARGV[8] place     ARGV[9] epoch
-- ARGV[10] seq    the event's number
-- ARGV[11] frame  the event
--
-- Returns {'written', cancel asked}, {'behind', last} or {'fenced'}
-- Cost    O(1)

local id, seq = ARGV[7], tonumber(ARGV[10])
if not held(id, ARGV[6], ARGV[8], ARGV[9]) then return {'fenced'} end
local h = redis.call('HMGET', job_key(id), 'log', 'user', 'seq', 'cancel')
local last = number(h[3])
if seq > last + 1 then return {'behind', last} end
if seq == last + 1 then append(id, h[1] or '', h[2], ARGV[10], ARGV[11]) end
return {'written', h[4] == '1' and 1 or 0}
