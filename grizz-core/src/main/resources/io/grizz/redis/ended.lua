-- ended: recorded jobs that ended here and are not closed in the record yet.
--
-- ARGV[6] limit
--
-- Returns {{id, state, reason, seq}, …}
-- Cost    O(limit)

local jobs = {}
for _, id in ipairs(redis.call('SRANDMEMBER', ENDED, ARGV[6])) do
  local h = redis.call('HMGET', job_key(id), 'state', 'reason', 'seq')
  if h[1] then
    jobs[#jobs + 1] = {id, h[1], h[2] or '', h[3] or '0'}
  else
    -- Forgotten here: the record finds out that it is still open there.
    redis.call('SREM', ENDED, id)
  end
end
return jobs
