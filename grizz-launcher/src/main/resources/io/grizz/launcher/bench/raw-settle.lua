-- raw-settle: the least that a completion with a job hash has to do.
--
-- KEYS[1]  stream
-- KEYS[2]  job hash
-- ARGV[1]  entry
-- ARGV[2]  epoch
-- ARGV[3]  consumer
-- ARGV[4]  now, in ms
-- ARGV[5]  for how long the job is remembered, in ms
--
-- Cost     O(1)

redis.call('XACK', KEYS[1], 'workers', ARGV[1])
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'settled', ARGV[2] .. ' ' .. ARGV[3], 'state', 'completed', 'owner', '', 'entry', '',
  'reason', '', 'ended_at', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
