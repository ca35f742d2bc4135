-- emit: append one event to a job's output log, under the rule of the lease.
--
-- The writer names its own next number, so a repeat after a lost reply writes nothing.
--
-- ARGV[5]  me     ARGV[6] id     ARGV[7] place     ARGV[8] epoch
-- ARGV[9]  seq    the event's number
-- ARGV[10] frame  the event
--
-- Returns {'written', cancel asked}, {'behind', last} or {'fenced'}
-- Cost    O(1)

local id, seq = ARGV[6], tonumber(ARGV[9])
if not holds(id, ARGV[5], ARGV[7], ARGV[8]) then return {'fenced'} end
local h = redis.call('HMGET', job_key(id), 'log', 'user', 'seq', 'cancel')
local last = tonumber(h[3])
if seq > last + 1 then return {'behind', last} end
if seq == last + 1 then append(id, h[1], h[2], ARGV[9], ARGV[10]) end
return {'written', h[4] == '1' and 1 or 0}
