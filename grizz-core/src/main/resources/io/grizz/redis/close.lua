-- close: write the terminal event that the record says, and let the job be forgotten in time.
--
-- Uses lease, lanes, log, ends
--
-- ARGV[6] id
-- ARGV[7] seq    number of the event
-- ARGV[8] frame  the event
--
-- Returns 1 closed now, 0 closed before
-- Cost    O(1)

local id, seq = ARGV[6], tonumber(ARGV[7])
if redis.call('SISMEMBER', ENDED, id) == 0 then return 0 end
local h = redis.call('HMGET', job_key(id), 'state', 'log', 'user', 'seq', 'idem')
if h[2] and h[2] ~= '' and seq == number(h[4]) + 1 then append(id, h[2], h[3], ARGV[7], ARGV[8]) end
redis.call('SREM', ENDED, id)
forget(id, h[1], h[2], h[5])
return counted(1)
