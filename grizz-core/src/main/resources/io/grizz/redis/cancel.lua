-- cancel: stop a job. One that waits ends here; one that runs is flagged and its worker told.
--
-- Uses lease, lanes, log, ends, admission
--
-- ARGV[6] id
--
-- Returns the state after the call, or nil when the job is unknown
-- Cost    O(log n)

local id = ARGV[6]
local refused = disagreement(redis.call('HGET', META, 'settings'))
if refused then return refused end
local h = redis.call('HMGET', job_key(id), 'state', 'entry')
local state, place = h[1], h[2]
if not state then return false end
if state == 'running' then
  redis.call('HSET', job_key(id), 'cancel', 1)
  redis.call('PUBLISH', CONTROL, 'cancel ' .. id)
  return state
elseif state == 'ready' then
  drop_waiting(lane_and_entry(place))
elseif state == 'scheduled' then
  redis.call('ZREM', LATER, id)
else
  return state
end
finish(id, 'cancelled', '', '', 'cancel', 1)
return counted('cancelled')
