-- tend: move due jobs to their lanes, and end what is past its deadline.
--
-- Uses lease, lanes, log, ends, admission
--
-- ARGV[6] limit    jobs of each kind and call
-- ARGV[7] recheck  ms until a running job past its deadline is looked at again: ending it is its
--                  worker's duty
--
-- Returns {jobs that still wait for their time, promoted, ended}
-- Cost    O(log n) for each job moved

local refused = disagreement(redis.call('HGET', META, 'settings'))
if refused then return refused end
local promoted, expired = 0, 0

local function due(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', NOW, 'LIMIT', 0, ARGV[6])
end

for _, id in ipairs(due(EXPIRES)) do
  local h = redis.call('HMGET', job_key(id), 'state', 'entry')
  local state, place = h[1], h[2]
  if state == 'running' then
    redis.call('ZADD', EXPIRES, NOW + tonumber(ARGV[7]), id)
  elseif state == 'ready' or state == 'scheduled' then
    if state == 'ready' then drop_waiting(lane_and_entry(place)) end
    redis.call('ZREM', LATER, id)
    expire(id)
    expired = expired + 1
  else
    redis.call('ZREM', EXPIRES, id)
  end
end

for _, id in ipairs(due(LATER)) do
  redis.call('ZREM', LATER, id)
  local h = redis.call('HMGET', job_key(id), 'state', 'lane', 'crashes')
  if h[1] == 'scheduled' then
    put_ready(id, lane_or(tonumber(h[2]), h[3]))
    promoted = promoted + 1
  end
end
return counted({redis.call('ZCARD', LATER), promoted, expired})
