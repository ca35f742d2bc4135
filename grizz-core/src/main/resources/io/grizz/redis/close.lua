-- close: write the terminal event that the record says, and let the job be forgotten in time.
--
-- ARGV[6] id
-- ARGV[7] seq    number of the event
-- ARGV[8] frame  the event
--
-- Returns 1 closed now, 0 closed before
-- Cost    O(1)

local id, seq = ARGV[6], tonumber(ARGV[7])
if redis.call('SISMEMBER', ENDED, id) == 0 then return 0 end
local h = look(id, {'state', 'log', 'user', 'seq', 'idem', 'inline'})
if h.log ~= '' and seq == number(h.seq) + 1 then append(id, h.log, h.user, ARGV[7], ARGV[8]) end
redis.call('SREM', ENDED, id)
forget(id, h.state, h)
return counted(1)
