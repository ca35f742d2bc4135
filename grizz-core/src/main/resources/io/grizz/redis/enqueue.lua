-- enqueue: append jobs, each unless it is known or the queue is full.
--
-- One step, so that two producers with one id, or one idempotency key, cannot both append it, and
-- no interleaving exceeds the capacity.
--
-- Uses lease, lanes, log, admission
--
-- ARGV[6]  capacity  most jobs that may wait
-- ARGV[7]  max_age   of a job that names no deadline, after it is due
-- ARGV[8]  inline    longest payload kept in the hash, in bytes
-- and for each job
--   about    between single spaces
--     id
--     lane        3 high, 4 normal, 5 low
--     run_at      0 for now
--     expires_at  - for max_age after it is due
--     type
--     recorded    1 when the record accepted it: never refused
--     user        UUID; empty for nobody
--     log         name of the output log; empty for none
--     idem        hash of user and idempotency key; empty for none
--     digest      of the payload, with an idempotency key
--   payload
--
-- Returns for each how many wait now when it was accepted, else {'duplicate', id, state},
--         {'conflict', id} or {'overloaded', waiting}
-- Cost    O(jobs)

local FIRST, EACH = 9, 2
local ABOUT = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S*) (%S*) (%S*) (%S*)$'
local capacity, max_age, inline = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local meta = redis.call('HMGET', META, 'settings', 'ready', 'paused_until', 'waited')
local refused = disagreement(meta[1])
if refused then return refused end
local paused = number(meta[3]) > NOW
local waiting = waiting_jobs(meta[2])

local function same_key(idem, digest)
  local first = redis.call('GET', PREFIX .. 'idem:' .. idem)
  if not first then return end
  local first_id, first_digest, ended = string.match(first, '^(%S+) (%S+) ?(%S*)$')
  if first_digest ~= digest then return {'conflict', first_id} end
  local state = redis.call('HGET', job_key(first_id), 'state') or ended
  return {'duplicate', first_id, state ~= '' and state or 'completed'}
end

-- The record names a new log for a job that ended here: it begins a new life.
local function may_be_reborn(id, state, log)
  return (state == 'completed' or state == 'dead' or state == 'cancelled' or state == 'expired')
    and redis.call('HGET', job_key(id), 'log') ~= log and redis.call('SISMEMBER', ENDED, id) == 0
end

-- Forgets the life before, but for its last epoch.
local function bury(id)
  local h = redis.call('HMGET', job_key(id), 'epoch', 'log')
  redis.call('ZREM', DEAD, id)
  redis.call('DEL', job_key(id), payload_key(id))
  if h[2] and h[2] ~= '' then redis.call('DEL', log_key(id, h[2])) end
  if h[1] then redis.call('HSET', job_key(id), 'epoch', h[1]) end
end

-- Where in the line a job stands that was just put there, and for how long: as long as the last one
-- that started had waited, unless it stands alone.
local function place()
  local pos = number(meta[2]) + fresh
  return string.format(',"pos":%d,"eta_ms":%d', pos, pos > 1 and number(meta[4]) or 0)
end

local function put(id, lane, due, ...)
  if due > NOW then
    put_later(id, due, 'lane', lane, 'enqueued_at', NOW, ...)
  else
    put_ready(id, tonumber(lane), 'lane', lane, 'enqueued_at', NOW, ...)
  end
end

local function enqueue(about, payload)
  local id, lane, run_at, expires_at, type, recorded, user, log, idem, digest = string.match(about, ABOUT)
  local state = redis.call('HGET', job_key(id), 'state')
  if state and not (recorded == '1' and may_be_reborn(id, state, log)) then
    return {'duplicate', id, state}
  end
  local before = idem ~= '' and same_key(idem, digest)
  if before then return before end
  -- A place that was kept for it is its own, whether or not the queue is full.
  if recorded == '1' then
    local kept = redis.call('ZSCORE', RESERVED, id)
    if kept then redis.call('ZREM', RESERVED, id) end
    -- One that ran out did not count.
    if kept and tonumber(kept) >= NOW then waiting = waiting - 1 end
  elseif waiting >= capacity then
    return {'overloaded', waiting}
  end
  if state then bury(id) end

  local due = math.max(tonumber(run_at), NOW)
  if expires_at == '-' then expires_at = due + max_age end
  redis.call('ZADD', EXPIRES, expires_at, id)
  if user ~= '' or log ~= '' or idem ~= '' or recorded == '1' then
    redis.call('HSET', job_key(id), 'user', user, 'log', log, 'idem', idem, 'recorded', recorded)
  end
  if idem ~= '' then redis.call('SET', PREFIX .. 'idem:' .. idem, id .. ' ' .. digest) end
  if #payload <= inline then
    put(id, lane, due, 'type', type, 'expires_at', expires_at, 'payload', payload)
  else
    redis.call('SET', payload_key(id), payload)
    put(id, lane, due, 'type', type, 'expires_at', expires_at)
  end
  if log ~= '' then
    local waits = due > NOW or paused
    append(id, log, user, '1', queued(id, waits and '' or place()))
  end
  waiting = waiting + 1
  return waiting
end

local receipts = {}
for i = FIRST, #ARGV, EACH do receipts[#receipts + 1] = enqueue(ARGV[i], ARGV[i + 1]) end
return counted(receipts)
