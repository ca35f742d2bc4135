-- forget: delete all that is known of a job, wherever it stands.
--
-- A worker that runs it holds no lease any more, so that what it writes is fenced.
--
-- Uses lease, lanes
--
-- ARGV[6] id
--
-- Returns 1, or 0 when it was unknown
-- Cost    O(log n)

local id = ARGV[6]
local h = redis.call('HMGET', job_key(id), 'state', 'entry', 'log', 'idem')
local state, place, log, idem = h[1], h[2], h[3], h[4]
redis.call('ZREM', LATER, id)
redis.call('ZREM', EXPIRES, id)
redis.call('ZREM', DEAD, id)
redis.call('ZREM', RESERVED, id)
redis.call('SREM', ENDED, id)
if not state then return 0 end
if state == 'ready' then drop_waiting(lane_and_entry(place)) end
if state == 'running' then drop(lane_and_entry(place)) end
if log and log ~= '' then redis.call('DEL', log_key(id, log)) end
if idem and idem ~= '' then redis.call('DEL', PREFIX .. 'idem:' .. idem) end
redis.call('DEL', job_key(id), payload_key(id))
redis.call('PUBLISH', CONTROL, 'cancel ' .. id)
return counted(1)
