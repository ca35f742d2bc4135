-- enqueue: append jobs, each unless it is known or the queue is full.
--
-- One step, so that two producers with one id, or one idempotency key, cannot both append it, and
-- no interleaving exceeds the capacity.
--
-- ARGV[6]  capacity  most jobs that may wait
-- ARGV[7]  max_age   of a job that names no deadline, after it is due
-- ARGV[8]  inline    longest payload kept in the hash, in bytes
-- and for each job
--   id
--   idem        hash of user and idempotency key; empty for none
--   digest      of the payload
--   lane        3 high, 4 normal, 5 low
--   run_at      0 for now
--   expires_at  0 for max_age after it is due
--   log         name of the output log; empty for none
--   recorded    1 when the record accepted it: never refused
--   type
--   user        UUID; empty for nobody
--   payload
--
-- Returns for each {'accepted', waiting now}, {'duplicate', id, state}, {'conflict', id} or
--         {'overloaded', waiting}
-- Cost    O(jobs)

local FIRST, EACH = 9, 11
local capacity, max_age, inline = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local meta = redis.call('HMGET', META, 'settings', 'ready', 'paused_until', 'waited')
local refused = disagreement(meta[1])
if refused then return refused end
pause = number(meta[3]) > NOW and number(meta[3]) or 0
local waiting = waiting_jobs(meta[2])

local function same_key(idem, digest)
  local first = redis.call('GET', PREFIX .. 'idem:' .. idem)
  if not first then return end
  local first_id, first_digest = string.match(first, '^(%S+) (%S+)$')
  if first_digest ~= digest then return {'conflict', first_id} end
  return {'duplicate', first_id, redis.call('HGET', job_key(first_id), 'state') or 'completed'}
end

-- The record names a new log for a job that ended here: it begins a new life.
local function may_be_reborn(id, h, log)
  return ENDS[h.state] and h.log ~= log and redis.call('SISMEMBER', ENDED, id) == 0
end

local function bury(id, h)
  redis.call('ZREM', DEAD, id)
  redis.call('DEL', job_key(id), payload_key(id))
  if h.log ~= '' then redis.call('DEL', log_key(id, h.log)) end
end

-- Where in the line a job stands that was just put there, and for how long: as long as the last one
-- that started had waited, unless it stands alone.
local function place()
  local pos = number(meta[2]) + fresh
  return string.format(',"pos":%d,"eta_ms":%d', pos, pos > 1 and number(meta[4]) or 0)
end

local function append_job(i, id, idem, epoch)
  local run_at, expires_at = tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5])
  local log, user, payload = ARGV[i + 6], ARGV[i + 9], ARGV[i + 10]
  local due = run_at > NOW and run_at or NOW
  if expires_at == 0 then expires_at = due + max_age end
  local fields = {'type', ARGV[i + 8], 'lane', ARGV[i + 3], 'enqueued_at', NOW, 'expires_at', expires_at}
  local function set(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if #payload <= inline then
    set('inline', 1)
    set('payload', payload)
  else
    redis.call('SET', payload_key(id), payload)
  end
  if user ~= '' then set('user', user) end
  if epoch ~= '' then set('epoch', epoch) end
  if log ~= '' then set('log', log) end
  if ARGV[i + 7] == '1' then set('recorded', 1) end
  if idem ~= '' then
    set('idem', idem)
    redis.call('SET', PREFIX .. 'idem:' .. idem, id .. ' ' .. ARGV[i + 2])
  end
  redis.call('ZADD', EXPIRES, expires_at, id)
  local waits = due > NOW or pause > 0
  if due > NOW then put_later(id, due, fields) else put_ready(id, tonumber(ARGV[i + 3]), fields) end
  if log ~= '' then append(id, log, user, '1', queued(id, waits and '' or place())) end
end

local function enqueue(i)
  local id, idem = ARGV[i], ARGV[i + 1]
  local recorded = ARGV[i + 7] == '1'
  local h = look(id, {'state', 'log', 'epoch'})
  if h.state ~= '' and not (recorded and may_be_reborn(id, h, ARGV[i + 6])) then
    return {'duplicate', id, h.state}
  end
  local before = idem ~= '' and same_key(idem, ARGV[i + 2])
  if before then return before end
  -- A place that was kept for it is its own, whether or not the queue is full.
  if recorded then
    waiting = waiting - redis.call('ZREM', RESERVED, id)
  elseif waiting >= capacity then
    return {'overloaded', waiting}
  end
  if h.state ~= '' then bury(id, h) end
  append_job(i, id, idem, h.epoch)
  waiting = waiting + 1
  return {'accepted', waiting}
end

local receipts = {}
for i = FIRST, #ARGV, EACH do receipts[#receipts + 1] = enqueue(i) end
return counted(receipts)
