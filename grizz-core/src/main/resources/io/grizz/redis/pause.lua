-- pause: let nothing start before a time; a time that has passed resumes.
--
-- Uses admission
--
-- ARGV[6] until  ms
--
-- What waits, and what comes meanwhile, stands in its lane, and so in its order: take starts nothing
-- during a pause.
--
-- Cost    O(1)

local refused = disagreement(redis.call('HGET', META, 'settings'))
if refused then return refused end
redis.call('HSET', META, 'paused_until', ARGV[6])
redis.call('PUBLISH', CONTROL, 'tend')
return 1
