-- tend: move due jobs to their lanes, and end what is past its deadline.
--
-- ARGV[5] limit    jobs of each kind and call
-- ARGV[6] recheck  ms until a running job past its deadline is looked at again: ending it is its
--                  worker's duty
--
-- Returns how many jobs still wait for their time
-- Cost    O(log n) for each job moved

local function due(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', NOW, 'LIMIT', 0, ARGV[5])
end

for _, id in ipairs(due(EXPIRES)) do
  local h = redis.call('HMGET', job_key(id), 'state', 'entry')
  if h[1] == 'running' then
    redis.call('ZADD', EXPIRES, NOW + tonumber(ARGV[6]), id)
  elseif h[1] == 'ready' or h[1] == 'scheduled' then
    if h[1] == 'ready' then drop(lane_and_entry(h[2])) end
    redis.call('ZREM', LATER, id)
    finish(id, 'expired', 'expired', 0, '')
  else
    redis.call('ZREM', EXPIRES, id)
  end
end

if paused_until() == 0 then
  for _, id in ipairs(due(LATER)) do
    redis.call('ZREM', LATER, id)
    local h = redis.call('HMGET', job_key(id), 'state', 'lane')
    if h[1] == 'scheduled' then put_ready(id, tonumber(h[2])) end
  end
end
return redis.call('ZCARD', LATER)
