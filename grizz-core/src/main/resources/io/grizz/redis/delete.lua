-- delete: forget a dead letter for good.
--
-- ARGV[6] id
--
-- Returns 1, or 0 when it is no dead letter, or its record has not closed it yet
-- Cost    O(1)

local id = ARGV[6]
if not redis.call('ZSCORE', DEAD, id) or redis.call('SISMEMBER', ENDED, id) == 1 then return 0 end
redis.call('ZREM', DEAD, id)
local log = redis.call('HGET', job_key(id), 'log')
if log and log ~= '' then redis.call('DEL', log_key(id, log)) end
redis.call('DEL', job_key(id), payload_key(id))
return 1
