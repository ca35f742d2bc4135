-- raw-enqueue: the least that an enqueue with a job hash has to do.
--
-- KEYS[1]  stream
-- KEYS[2]  job hash
-- ARGV[1]  id
-- ARGV[2]  payload
-- ARGV[3]  now, in ms
--
-- Cost     O(1)

local entry = redis.call('XADD', KEYS[1], '*', 'id', ARGV[1])
-- The fields that Grizz writes of a plain job.
redis.call('HSET', KEYS[2], 'state', 'ready', 'owner', '', 'entry', entry, 'lane', 4, 'enqueued_at', ARGV[3],
  'type', 'noop', 'expires_at', ARGV[3] + 86400000, 'payload', ARGV[2])
return 1
