-- log: the output log of a job that streams.

-- Appends an event to a log and rings its user's bell.
local function append(id, log, user, seq, frame)
  redis.call('XADD', log_key(id, log), seq .. '-0', 'e', frame)
  redis.call('HSET', job_key(id), 'seq', seq)
  if user and user ~= '' then redis.call('PUBLISH', 'grizz:user:' .. user, log .. ' ' .. frame) end
end

-- The first event of every log; `place` is its place in the line as further fields, or ''.
local function queued(id, place)
  return '{"t":"job","job":"' .. id .. '","seq":1,"state":"queued"' .. place .. '}'
end
