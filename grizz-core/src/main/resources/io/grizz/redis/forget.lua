-- forget: delete all that is known of a job, wherever it stands.
--
-- A worker that runs it holds no lease any more, so that what it writes is fenced.
--
-- ARGV[5] id
--
-- Returns 1, or 0 when it was unknown
-- Cost    O(log n)

local id = ARGV[5]
local key = job_key(id)
local h = redis.call('HMGET', key, 'state', 'entry', 'log', 'idem')
redis.call('ZREM', LATER, id)
redis.call('ZREM', EXPIRES, id)
redis.call('ZREM', DEAD, id)
redis.call('ZREM', RESERVED, id)
redis.call('SREM', ENDED, id)
if not h[1] then return 0 end
if h[2] and h[2] ~= '' then drop(lane_and_entry(h[2])) end
if h[3] and h[3] ~= '' then redis.call('DEL', log_key(id, h[3])) end
if h[4] and h[4] ~= '' then redis.call('DEL', PREFIX .. 'idem:' .. h[4]) end
redis.call('DEL', key, payload_key(id))
redis.call('PUBLISH', CONTROL, 'cancel ' .. id)
return 1
