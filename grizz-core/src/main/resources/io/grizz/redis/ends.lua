-- ends: how a job ends, whoever ends it. Uses lease, lanes, log.

-- What remains to do for a job whose terminal event stands: forget it, in time.
local function forget(id, state, log, idem)
  if state ~= 'dead' then
    redis.call('PEXPIRE', job_key(id), KEEP_JOB)
    over[#over + 1] = id
    if #over == 500 then note_over() end
  end
  if log and log ~= '' then redis.call('PEXPIRE', log_key(id, log), KEEP_LOG) end
  local key = idem and idem ~= '' and PREFIX .. 'idem:' .. idem
  local first = key and redis.call('GET', key)
  -- The key outlives the job, and then says itself how it ended.
  if first then redis.call('SET', key, string.match(first, '^%S+ %S+') .. ' ' .. state, 'PX', KEEP_KEY) end
end

-- The codes of the protocol that a job can fail with, and whether trying again can help.
local CODES = {
  busy = 'true', rate_limited = 'true', budget_exceeded = 'true', overloaded = 'true',
  upstream_timeout = 'true', upstream_unavailable = 'true', attempts_spent = 'true', internal = 'true',
  context_too_long = 'false', content_filtered = 'false', upstream_rejected = 'false',
  model_not_allowed = 'false', file_not_allowed = 'false', expired = 'false', crashed = 'false',
}

local function terminal(id, state, reason, seq)
  local types = {cancelled = 'cancelled', completed = 'done'}
  local frame = '{"t":"' .. (types[state] or 'failed') .. '"'
  if not types[state] then
    -- A reason begins with its code, if it is one of the protocol's.
    local code = string.match(reason, '^[^: ]*')
    if not CODES[code] then code = 'internal' end
    frame = frame .. ',"code":"' .. code .. '","retryable":' .. CODES[code]
  end
  return frame .. ',"job":"' .. id .. '","seq":' .. seq .. ',"partial":false,"message":null}'
end

local function append_end(id, log, state, reason, frame)
  local h = redis.call('HMGET', job_key(id), 'user', 'seq')
  local seq = string.format('%d', number(h[2]) + 1)
  append(id, log, h[1], seq, frame ~= '' and frame or terminal(id, state, reason, seq))
end

-- Ends a job. A frame given is the worker's own; without one the queue writes it, unless the
-- record has to close the job first. What follows is names and values of further fields.
local function finish(id, state, reason, frame, ...)
  local key = job_key(id)
  local h = redis.call('HMGET', key, 'log', 'idem', 'recorded')
  local log, idem, recorded = h[1], h[2], h[3]
  redis.call('HSET', key, 'state', state, 'owner', '', 'entry', '', 'reason', reason, 'ended_at', NOW, ...)
  if state == 'dead' then
    redis.call('ZADD', DEAD, NOW, id)
  elseif redis.call('HDEL', key, 'payload') == 0 then
    redis.call('DEL', payload_key(id))
  end
  redis.call('ZREM', EXPIRES, id)
  if recorded == '1' and frame == '' then
    redis.call('SADD', ENDED, id)
    return
  end
  if log and log ~= '' then append_end(id, log, state, reason, frame) end
  forget(id, state, log, idem)
end

-- Ends a job past its deadline. One whose type no worker knew is given up on: nobody ever ran it.
local function expire(id, ...)
  local reason = redis.call('HGET', job_key(id), 'reason')
  if reason and string.find(reason, '^unknown_type') then return finish(id, 'dead', reason, '', ...) end
  finish(id, 'expired', 'expired', '', ...)
end
