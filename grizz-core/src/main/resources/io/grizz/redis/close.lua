-- close: write the terminal event that the record says, and let the job be forgotten in time.
--
-- ARGV[5] id
-- ARGV[6] seq    number of the event
-- ARGV[7] frame  the event
--
-- Returns 1 closed now, 0 closed before
-- Cost    O(1)

local id, seq = ARGV[5], tonumber(ARGV[6])
if redis.call('SISMEMBER', ENDED, id) == 0 then return 0 end
local h = redis.call('HMGET', job_key(id), 'state', 'log', 'user', 'seq', 'idem')
local log = h[2] or ''
if log ~= '' and seq == tonumber(h[4]) + 1 then append(id, log, h[3] or '', ARGV[6], ARGV[7]) end
redis.call('SREM', ENDED, id)
forget(id, h[1], log, h[5] or '')
return 1
