-- restart: give a running job a higher epoch, under the rule of the lease.
--
-- Uses lease
--
-- ARGV[6] me     ARGV[7] id     ARGV[8] place     ARGV[9] epoch
-- ARGV[10] floor  an epoch that the record remembers
--
-- Returns the new epoch as text, or 0 when fenced
-- Cost    O(1)

local id = ARGV[7]
if not held(id, ARGV[6], ARGV[8], ARGV[9]) then return '0' end
local epoch = string.format('%d', math.max(tonumber(ARGV[9]), tonumber(ARGV[10])) + 1)
redis.call('HSET', job_key(id), 'epoch', epoch)
return epoch
