-- cancel: stop a job. One that waits ends here; one that runs is flagged and its worker told.
--
-- ARGV[5] id
--
-- Returns the state after the call, or nil when the job is unknown
-- Cost    O(log n)

local id = ARGV[5]
local h = redis.call('HMGET', job_key(id), 'state', 'entry')
local state = h[1]
if not state then return false end
if state == 'running' then
  redis.call('HSET', job_key(id), 'cancel', 1)
  redis.call('PUBLISH', CONTROL, 'cancel ' .. id)
  return state
elseif state == 'ready' then
  drop(lane_and_entry(h[2]))
elseif state == 'scheduled' then
  redis.call('ZREM', LATER, id)
else
  return state
end
redis.call('HSET', job_key(id), 'cancel', 1)
finish(id, 'cancelled', '', 0, '')
return 'cancelled'
