-- raw-take: the least that a take with job hashes has to do: read, and mark as running.
--
-- KEYS[1]  stream
-- ARGV[1]  prefix of the job hashes
-- ARGV[2]  consumer
-- ARGV[3]  most jobs
-- ARGV[4]  now, in ms
--
-- Returns  {entry, id, payload, …}
-- Cost     O(jobs taken)

local got = redis.call('XREADGROUP', 'GROUP', 'workers', ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
local jobs = {}
if not got then return jobs end
for _, entry in ipairs(got[1][2]) do
  local id = entry[2][2]
  local payload = redis.call('HGET', ARGV[1] .. id, 'payload')
  redis.call('HSET', ARGV[1] .. id, 'state', 'running', 'owner', ARGV[2], 'epoch', ARGV[4], 'started_at', ARGV[4])
  jobs[#jobs + 1] = entry[1]
  jobs[#jobs + 1] = id
  jobs[#jobs + 1] = payload
end
return jobs
