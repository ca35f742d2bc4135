-- emit: append one event to a job's output log, under the rule of the lease.
--
-- The writer names its own next number, so a repeat after a lost reply writes nothing.
--
-- ARGV[6]  me     ARGV[7] id     ARGV[8] place     ARGV[9] epoch
-- ARGV[10] seq    the event's number
-- ARGV[11] frame  the event
--
-- Returns {'written', cancel asked}, {'behind', last} or {'fenced'}
-- Cost    O(1)

local id, seq = ARGV[7], tonumber(ARGV[10])
local h = look(id, {'state', 'owner', 'entry', 'epoch', 'log', 'user', 'seq', 'cancel'})
if not holds(h, ARGV[6], ARGV[8], ARGV[9]) then return {'fenced'} end
local last = number(h.seq)
if seq > last + 1 then return {'behind', last} end
if seq == last + 1 then append(id, h.log, h.user, ARGV[10], ARGV[11]) end
return {'written', h.cancel == '1' and 1 or 0}
