-- enqueue: append a job, unless it is known or the queue is full.
--
-- One step, so that two producers with one id, or one idempotency key, cannot both append it, and
-- no interleaving exceeds the capacity.
--
-- ARGV[5]   id
-- ARGV[6]   idem        hash of user and idempotency key; empty for none
-- ARGV[7]   digest      of the payload
-- ARGV[8]   capacity    most jobs that may wait
-- ARGV[9]   soft        past this many the receipt says so
-- ARGV[10]  lane        3 high, 4 normal, 5 low
-- ARGV[11]  run_at      0 for now
-- ARGV[12]  expires_at  0 for max_age after it is due
-- ARGV[13]  max_age
-- ARGV[14]  inline      longest payload kept in the hash, in bytes
-- ARGV[15]  log         name of the output log; empty for none
-- ARGV[16]  recorded    1 when the record accepted it: never refused
-- ARGV[17]  type
-- ARGV[18]  user        UUID; empty for nobody
-- ARGV[19]  payload
--
-- Returns {'accepted', pressured}, {'duplicate', id, state}, {'conflict', id}, {'overloaded', waiting}
-- Cost    O(1)

local id, idem, digest = ARGV[5], ARGV[6], ARGV[7]
local capacity, soft, lane = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local run_at, expires_at = tonumber(ARGV[11]), tonumber(ARGV[12])
local log, recorded, user, payload = ARGV[15], ARGV[16], ARGV[18], ARGV[19]
local key = job_key(id)

local known = redis.call('HMGET', key, 'state', 'log', 'epoch')
local state, old_log = known[1], known[2] or ''
local epoch = known[3] or '0'
local over = state == 'dead' or state == 'expired' or state == 'cancelled' or state == 'completed'
-- The record names a new log for a job that ended here: it begins a new life.
local reborn = over and recorded == '1' and old_log ~= log and redis.call('SISMEMBER', ENDED, id) == 0
if state and not reborn then return {'duplicate', id, state} end

if idem ~= '' then
  local first = redis.call('GET', PREFIX .. 'idem:' .. idem)
  if first then
    local first_id, first_digest = string.match(first, '^(%S+) (%S+)$')
    if first_digest ~= digest then return {'conflict', first_id} end
    return {'duplicate', first_id, redis.call('HGET', job_key(first_id), 'state') or 'completed'}
  end
end

local waiting = waiting_jobs()
if recorded ~= '1' and waiting >= capacity then return {'overloaded', waiting} end

if reborn then
  redis.call('ZREM', DEAD, id)
  redis.call('DEL', key, payload_key(id))
  if old_log ~= '' then redis.call('DEL', log_key(id, old_log)) end
end
redis.call('ZREM', RESERVED, id)
local due = run_at > NOW and run_at or NOW
if expires_at == 0 then expires_at = due + tonumber(ARGV[13]) end
local inline = #payload <= tonumber(ARGV[14])
redis.call('HSET', key, 'type', ARGV[17], 'user', user, 'lane', lane, 'log', log,
  'recorded', recorded, 'idem', idem, 'payload', inline and payload or '', 'inline', inline and 1 or 0,
  'enqueued_at', NOW, 'expires_at', expires_at, 'epoch', epoch, 'seq', 0)
if not inline then redis.call('SET', payload_key(id), payload) end
if idem ~= '' then redis.call('SET', PREFIX .. 'idem:' .. idem, id .. ' ' .. digest) end
redis.call('ZADD', EXPIRES, expires_at, id)
if log ~= '' then
  append(id, log, user, '1', queued(id))
end
if due > NOW then put_later(id, due) else put_ready(id, lane) end
return {'accepted', waiting + 1 > soft and 1 or 0}
