-- reserve: keep a place for a job whose acceptance is being recorded, or give it back.
--
-- ARGV[5] name of the place
-- ARGV[6] capacity  most jobs that may wait; 0 gives the place back
-- ARGV[7] ms        how long it is kept
--
-- Returns 1, or 0 when the queue is full
-- Cost    O(log n)

local name, capacity = ARGV[5], tonumber(ARGV[6])
if capacity == 0 then
  redis.call('ZREM', RESERVED, name)
  return 1
end
if waiting_jobs() >= capacity and not redis.call('ZSCORE', RESERVED, name) then return 0 end
redis.call('ZADD', RESERVED, NOW + tonumber(ARGV[7]), name)
return 1
