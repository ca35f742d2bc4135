-- cancel: stop a job. One that waits ends here; one that runs is flagged and its worker told.
--
-- ARGV[6] id
--
-- Returns the state after the call, or nil when the job is unknown
-- Cost    O(log n)

local id = ARGV[6]
local h = look(id, {'state', 'entry', 'log', 'user', 'seq', 'idem', 'recorded', 'inline', 'reason'})
if h.state == '' then return false end
if h.state == 'running' then
  redis.call('HSET', job_key(id), 'cancel', 1)
  redis.call('PUBLISH', CONTROL, 'cancel ' .. id)
  return h.state
elseif h.state == 'ready' then
  drop_waiting(lane_and_entry(h.entry))
elseif h.state == 'scheduled' then
  redis.call('ZREM', LATER, id)
else
  return h.state
end
finish(id, h, 'cancelled', '', '', {'cancel', 1})
return counted('cancelled')
