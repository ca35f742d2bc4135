-- prelude: what every script of a queue shares. It stands in front of each of them.
--
-- KEYS[1..5]  grizz:{q}:ready:<lane>  streams  again, suspect, high, normal, low
-- KEYS[6]     grizz:{q}:later         sorted   scheduled jobs by due time
-- KEYS[7]     grizz:{q}:expires       sorted   jobs by deadline
-- KEYS[8]     grizz:{q}:ended         set      recorded jobs that ended here and not yet there
-- KEYS[9]     grizz:{q}:dead          sorted   dead letters by time
-- KEYS[10]    grizz:{q}:workers       sorted   incarnations by last heartbeat
-- KEYS[11]    grizz:{q}:reserved      sorted   reservations by expiry
-- KEYS[12]    grizz:{q}:meta          hash     settings, paused_until, ready, waited, overflow, drift
-- KEYS[13]    grizz:{q}:over          list     jobs that ended and are remembered, the first first
-- ARGV[1]     prefix                  grizz:{q}:
-- ARGV[2..4]  retention in ms         of ended jobs, of logs, of idempotency keys
-- ARGV[5]     settings                what all who use the queue must agree on
--
-- Job, log and idempotency keys are built from the prefix, which carries the same hash tag.
-- All times are the server's, in ms. A field that a hash lacks reads as ''.

local AGAIN, SUSPECT, LANES = 1, 2, 5
local LATER, EXPIRES, ENDED, DEAD = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local WORKERS, RESERVED, META, OVER = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local GROUP, CONTROL = 'workers', 'grizz:control'
local PREFIX, KEEP_JOB, KEEP_LOG, KEEP_KEY, SETTINGS = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local ENDS = {completed = true, dead = true, cancelled = true, expired = true}

local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function job_key(id) return PREFIX .. 'job:' .. id end
local function payload_key(id) return PREFIX .. 'job:' .. id .. ':payload' end
local function log_key(id, log) return PREFIX .. 'out:' .. id .. ':' .. log end
local function place_of(lane, entry) return lane .. '/' .. entry end
local function number(text) return tonumber(text) or 0 end

local function lane_and_entry(place)
  local slash = string.find(place, '/', 1, true)
  return tonumber(string.sub(place, 1, slash - 1)), string.sub(place, slash + 1)
end

-- Fields of a job by their names, read at once.
local function look(id, names)
  local values, h = redis.call('HMGET', job_key(id), unpack(names)), {}
  for i = 1, #names do h[names[i]] = values[i] or '' end
  return h
end

-- Writes fields of a job; `more` is a list of further names and values.
local function write(id, fields, more)
  for i = 1, #more do fields[#fields + 1] = more[i] end
  redis.call('HSET', job_key(id), unpack(fields))
end

-- How many entries came to wait in the lanes, less those that left, and which jobs ended. Each
-- script ends with `return counted(…)`, so that one write keeps the count of all that it did.
local fresh, over = 0, {}
local function note_over()
  redis.call('RPUSH', OVER, unpack(over))
  over = {}
end

local function counted(reply)
  if fresh ~= 0 then redis.call('HINCRBY', META, 'ready', fresh) end
  if #over > 0 then note_over() end
  return reply
end

-- Leased entries leave a lane in this one way, waiting ones in the other.
local function drop(lane, entry)
  redis.call('XACK', KEYS[lane], GROUP, entry)
  redis.call('XDEL', KEYS[lane], entry)
end

local function drop_waiting(lane, entry)
  fresh = fresh - redis.call('XDEL', KEYS[lane], entry)
end

local pause
local function paused_until()
  if not pause then
    pause = number(redis.call('HGET', META, 'paused_until'))
    if pause <= NOW then pause = 0 end
  end
  return pause
end

-- Puts a job into `later`; whoever promotes must hear of the first one.
local function put_later(id, due, more)
  if redis.call('ZCARD', LATER) == 0 then redis.call('PUBLISH', CONTROL, 'tend') end
  redis.call('ZADD', LATER, due, id)
  write(id, {'state', 'scheduled', 'owner', '', 'entry', '', 'due', due}, more)
end

local function put_ready(id, lane, more)
  local stop = paused_until()
  if stop > 0 then return put_later(id, stop, more) end
  local entry = redis.call('XADD', KEYS[lane], '*', 'id', id)
  fresh = fresh + 1
  write(id, {'state', 'ready', 'owner', '', 'entry', place_of(lane, entry)}, more)
end

-- Appends an event to a log and rings its user's bell.
local function append(id, log, user, seq, frame)
  redis.call('XADD', log_key(id, log), seq .. '-0', 'e', frame)
  redis.call('HSET', job_key(id), 'seq', seq)
  if user ~= '' then redis.call('PUBLISH', 'grizz:user:' .. user, log .. ' ' .. frame) end
end

-- The first event of every log; `place` is its place in the line as further fields, or ''.
local function queued(id, place)
  return '{"t":"job","job":"' .. id .. '","seq":1,"state":"queued"' .. place .. '}'
end

-- What remains to do for a job whose terminal event stands: forget it, in time.
local function forget(id, state, h)
  if state ~= 'dead' then
    if h.inline ~= '1' then redis.call('DEL', payload_key(id)) end
    redis.call('PEXPIRE', job_key(id), KEEP_JOB)
    over[#over + 1] = id
    if #over == 500 then note_over() end
  end
  if h.log ~= '' then redis.call('PEXPIRE', log_key(id, h.log), KEEP_LOG) end
  if h.idem ~= '' then redis.call('PEXPIRE', PREFIX .. 'idem:' .. h.idem, KEEP_KEY) end
end

local function terminal(id, state, reason, seq)
  local types = {cancelled = 'cancelled', completed = 'done'}
  local frame = '{"t":"' .. (types[state] or 'failed') .. '"'
  if not types[state] then
    -- A reason begins with its code.
    frame = frame .. ',"code":"' .. (string.match(reason, '^[a-z_]+') or 'internal') .. '"'
  end
  return frame .. ',"job":"' .. id .. '","seq":' .. seq .. ',"partial":false,"message":null}'
end

-- What `finish` has to be given of a job.
local END = {'log', 'user', 'seq', 'idem', 'recorded', 'inline', 'reason'}

-- Ends a job. A frame given is the worker's own; without one the queue writes it, unless the
-- record has to close the job first.
local function finish(id, h, state, reason, frame, more)
  local fields = {'state', state, 'owner', '', 'entry', '', 'reason', reason, 'ended_at', NOW}
  if state == 'dead' then
    redis.call('ZADD', DEAD, NOW, id)
  elseif h.inline == '1' then
    fields[#fields + 1] = 'payload'
    fields[#fields + 1] = ''
  end
  write(id, fields, more)
  redis.call('ZREM', EXPIRES, id)
  if h.recorded == '1' and frame == '' then
    redis.call('SADD', ENDED, id)
    return
  end
  if h.log ~= '' then
    local seq = string.format('%d', number(h.seq) + 1)
    append(id, h.log, h.user, seq, frame ~= '' and frame or terminal(id, state, reason, seq))
  end
  forget(id, state, h)
end

-- Ends a job past its deadline. One whose type no worker knew is given up on: nobody ever ran it.
local function expire(id, h, more)
  if string.find(h.reason, '^unknown_type') then return finish(id, h, 'dead', h.reason, '', more) end
  finish(id, h, 'expired', 'expired', '', more)
end

-- The one rule of the lease: running, mine, under this entry, in this epoch.
local function holds(h, me, place, epoch)
  return h.state == 'running' and h.owner == me and h.entry == place and h.epoch == epoch
end

local function held(id, me, place, epoch)
  return holds(look(id, {'state', 'owner', 'entry', 'epoch'}), me, place, epoch)
end

local function pending(lane)
  return redis.call('XPENDING', KEYS[lane], GROUP)[1]
end

-- Whether all who use this queue agree on it; if not, nothing may be added or taken.
local function disagreement(settings)
  if settings ~= SETTINGS then return redis.error_reply('SETTINGS ' .. (settings or 'none')) end
end

-- How many jobs wait, places kept for some included. Writes nothing: a full server refuses the
-- first write of a script, and only if that one needs memory.
local function waiting_jobs(ready)
  return number(ready) + redis.call('ZCARD', LATER) + redis.call('ZCOUNT', RESERVED, NOW, '+inf')
end
