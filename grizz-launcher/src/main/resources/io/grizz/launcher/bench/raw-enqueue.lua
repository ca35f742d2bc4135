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
redis.call('HSET', KEYS[2], 'type', 'noop', 'user', '', 'lane', 4, 'log', '', 'recorded', '0', 'idem', '',
  'payload', ARGV[2], 'inline', 1, 'enqueued_at', ARGV[3], 'expires_at', ARGV[3] + 86400000, 'epoch', 0, 'seq', 0,
  'state', 'ready', 'owner', '', 'entry', entry)
return 1
