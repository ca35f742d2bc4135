-- forget: delete all that is known of a job, wherever it stands.
--
-- A worker that runs it holds no lease any more, so that what it writes is fenced.
--
-- ARGV[6] id
--
-- Returns 1, or 0 when it was unknown
-- Cost    O(log n)

local id = ARGV[6]
local h = look(id, {'state', 'entry', 'log', 'idem'})
redis.call('ZREM', LATER, id)
redis.call('ZREM', EXPIRES, id)
redis.call('ZREM', DEAD, id)
redis.call('ZREM', RESERVED, id)
redis.call('SREM', ENDED, id)
if h.state == '' then return 0 end
if h.state == 'ready' then drop_waiting(lane_and_entry(h.entry)) end
if h.state == 'running' then drop(lane_and_entry(h.entry)) end
if h.log ~= '' then redis.call('DEL', log_key(id, h.log)) end
if h.idem ~= '' then redis.call('DEL', PREFIX .. 'idem:' .. h.idem) end
redis.call('DEL', job_key(id), payload_key(id))
redis.call('PUBLISH', CONTROL, 'cancel ' .. id)
return counted(1)
