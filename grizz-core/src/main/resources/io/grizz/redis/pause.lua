-- pause: let nothing start before a time; a time that has passed resumes.
--
-- ARGV[6] until  ms
--
-- What waits stays where it is, and so in its order: take starts nothing during a pause. What the
-- pause itself put into `later` is due at its end, or at once when it is resumed.
--
-- Cost    O(jobs that came during the pause)

local before = redis.call('HGET', META, 'paused_until')
redis.call('HSET', META, 'paused_until', ARGV[6])
if tonumber(ARGV[6]) <= NOW and before then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', LATER, before, before)) do
    redis.call('ZADD', LATER, NOW, id)
  end
end
redis.call('PUBLISH', CONTROL, 'tend')
return 1
