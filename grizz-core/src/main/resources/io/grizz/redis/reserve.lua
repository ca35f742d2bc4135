-- reserve: keep a place for a job whose acceptance is being recorded, or give it back.
--
-- Uses admission
--
-- ARGV[6] name of the place
-- ARGV[7] capacity  most jobs that may wait; 0 gives the place back
-- ARGV[8] ms        how long it is kept
--
-- Returns 1, or 0 when the queue is full
-- Cost    O(log n)

local name, capacity = ARGV[6], tonumber(ARGV[7])
if capacity == 0 then
  redis.call('ZREM', RESERVED, name)
  return 1
end
local meta = redis.call('HMGET', META, 'settings', 'ready')
local refused = disagreement(meta[1])
if refused then return refused end
if waiting_jobs(meta[2]) >= capacity and not redis.call('ZSCORE', RESERVED, name) then return 0 end
redis.call('ZADD', RESERVED, NOW + tonumber(ARGV[8]), name)
return 1
