-- prelude: what every script of a queue shares. It stands in front of each of them.
--
-- KEYS[1..5]  grizz:{q}:ready:<lane>  streams  again, suspect, high, normal, low
-- KEYS[6]     grizz:{q}:later         sorted   scheduled jobs by due time
-- KEYS[7]     grizz:{q}:expires       sorted   jobs by deadline
-- KEYS[8]     grizz:{q}:ended         set      recorded jobs that ended here and not yet there
-- KEYS[9]     grizz:{q}:dead          sorted   dead letters by time
-- KEYS[10]    grizz:{q}:workers       sorted   incarnations by last heartbeat
-- KEYS[11]    grizz:{q}:reserved      sorted   reservations by expiry
-- KEYS[12]    grizz:{q}:meta          hash     pause, settings
-- ARGV[1]     prefix                  grizz:{q}:
-- ARGV[2..4]  retention in ms         of ended jobs, of logs, of idempotency keys
--
-- Job, log and idempotency keys are built from the prefix, which carries the same hash tag.
-- All times are the server's, in ms.

local AGAIN, SUSPECT, LANES = 1, 2, 5
local LATER, EXPIRES, ENDED, DEAD = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local WORKERS, RESERVED, META = KEYS[10], KEYS[11], KEYS[12]
local GROUP, CONTROL = 'workers', 'grizz:control'
local PREFIX, KEEP_JOB, KEEP_LOG, KEEP_KEY = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function job_key(id) return PREFIX .. 'job:' .. id end
local function payload_key(id) return PREFIX .. 'job:' .. id .. ':payload' end
local function log_key(id, log) return PREFIX .. 'out:' .. id .. ':' .. log end
local function place_of(lane, entry) return lane .. '/' .. entry end

local function lane_and_entry(place)
  local slash = string.find(place, '/', 1, true)
  return tonumber(string.sub(place, 1, slash - 1)), string.sub(place, slash + 1)
end

-- Entries leave a lane in this one way.
local function drop(lane, entry)
  redis.call('XACK', KEYS[lane], GROUP, entry)
  redis.call('XDEL', KEYS[lane], entry)
end

local function paused_until()
  local stop = tonumber(redis.call('HGET', META, 'paused_until') or '0')
  return stop > NOW and stop or 0
end

-- Puts a job into `later`; whoever promotes must hear of the first one.
local function put_later(id, due)
  if redis.call('ZCARD', LATER) == 0 then redis.call('PUBLISH', CONTROL, 'tend') end
  redis.call('ZADD', LATER, due, id)
  redis.call('HSET', job_key(id), 'state', 'scheduled', 'owner', '', 'entry', '', 'due', due)
end

local function put_ready(id, lane)
  local stop = paused_until()
  if stop > 0 then return put_later(id, stop) end
  local entry = redis.call('XADD', KEYS[lane], '*', 'id', id)
  redis.call('HSET', job_key(id), 'state', 'ready', 'owner', '', 'entry', place_of(lane, entry))
end

-- Appends an event to a log and rings its user's bell.
local function append(id, log, user, seq, frame)
  redis.call('XADD', log_key(id, log), seq .. '-0', 'e', frame)
  redis.call('HSET', job_key(id), 'seq', seq)
  if user ~= '' then redis.call('PUBLISH', 'grizz:user:' .. user, log .. ' ' .. frame) end
end

-- The first event of every log.
local function queued(id) return '{"t":"job","job":"' .. id .. '","seq":1,"state":"queued"}' end

-- What remains to do for a job whose terminal event stands: forget it, in time.
local function forget(id, state, log, idem)
  local key = job_key(id)
  if state ~= 'dead' then
    redis.call('DEL', payload_key(id))
    redis.call('PEXPIRE', key, KEEP_JOB)
  end
  if log ~= '' then redis.call('PEXPIRE', log_key(id, log), KEEP_LOG) end
  if idem ~= '' then
    local first = redis.call('GET', PREFIX .. 'idem:' .. idem)
    if first then redis.call('SET', PREFIX .. 'idem:' .. idem, first, 'PX', KEEP_KEY) end
  end
end

-- Ends a job. A frame given is the worker's own; without one the queue writes it, unless the
-- record has to close the job first.
local function finish(id, state, reason, seq, frame)
  local key = job_key(id)
  local h = redis.call('HMGET', key, 'log', 'user', 'seq', 'idem', 'recorded')
  local log = h[1] or ''
  redis.call('HSET', key, 'state', state, 'owner', '', 'entry', '', 'reason', reason, 'ended_at', NOW)
  redis.call('ZREM', EXPIRES, id)
  if state == 'dead' then redis.call('ZADD', DEAD, NOW, id) end
  if h[5] == '1' and frame == '' then
    redis.call('SADD', ENDED, id)
    return
  end
  if log ~= '' then
    if frame == '' then
      seq = tonumber(h[3] or '0') + 1
      local types = {cancelled = 'cancelled', completed = 'done'}
      frame = '{"t":"' .. (types[state] or 'failed') .. '"'
      if not types[state] then
        -- A reason begins with its code.
        local code = string.match(reason, '^[a-z_]+') or 'internal'
        frame = frame .. ',"code":"' .. code .. '"'
      end
      frame = frame .. ',"job":"' .. id .. '","seq":' .. string.format('%d', seq) .. ',"partial":false,"message":null}'
    end
    append(id, log, h[2] or '', string.format('%d', seq), frame)
  end
  forget(id, state, log, h[4] or '')
end

-- The one rule of the lease: running, mine, under this entry, in this epoch.
local function holds(id, me, place, epoch)
  local h = redis.call('HMGET', job_key(id), 'state', 'owner', 'entry', 'epoch')
  return h[1] == 'running' and h[2] == me and h[3] == place and h[4] == epoch
end

local function pending(lane)
  return redis.call('XPENDING', KEYS[lane], GROUP)[1]
end

-- How many jobs wait, places kept for some included.
local function waiting_jobs()
  redis.call('ZREMRANGEBYSCORE', RESERVED, '-inf', '(' .. NOW)
  local waiting = redis.call('ZCARD', LATER) + redis.call('ZCARD', RESERVED)
  for i = 1, LANES do waiting = waiting + redis.call('XLEN', KEYS[i]) - pending(i) end
  return waiting
end
