-- restart: give a running job a higher epoch, under the rule of the lease.
--
-- ARGV[5] me     ARGV[6] id     ARGV[7] place     ARGV[8] epoch
-- ARGV[9] floor  an epoch that the record remembers
--
-- Returns the new epoch as text, or 0 when fenced
-- Cost    O(1)

local id = ARGV[6]
if not holds(id, ARGV[5], ARGV[7], ARGV[8]) then return '0' end
local epoch = string.format('%d', math.max(tonumber(ARGV[8]), tonumber(ARGV[9])) + 1)
redis.call('HSET', job_key(id), 'epoch', epoch)
return epoch
