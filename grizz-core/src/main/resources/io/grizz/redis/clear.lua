-- clear: forget workers that are gone, dead letters and ended jobs beyond their bounds, and counts
-- gone wrong.
--
-- Uses admission
--
-- ARGV[6] retire  ms of silence after which a worker's name is forgotten, if it holds nothing
-- ARGV[7] most    dead letters that are kept; of those beyond, the oldest are dropped and counted
-- ARGV[8] limit   dead letters dropped, and ended jobs forgotten, in one call
-- ARGV[9] ended   jobs that ended and are remembered; of those beyond, the first are forgotten
--
-- Returns {names forgotten, dead letters dropped, entries by which the count was wrong,
--         whether there may be more}
-- Cost    O(consumers + dead letters dropped + ended jobs forgotten)

local refused = disagreement(redis.call('HGET', META, 'settings'))
if refused then return refused end
local gone = NOW - tonumber(ARGV[6])
local forgotten, dropped = 0, 0

local function field(flat, name)
  for i = 1, #flat, 2 do
    if flat[i] == name then return flat[i + 1] end
  end
end

local function forget_consumers(lane)
  for _, about in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[lane], GROUP)) do
    local name = field(about, 'name')
    local heard = number(redis.call('ZSCORE', WORKERS, name))
    -- Nothing pending, in the same step: deleting a consumer would lose what is.
    if field(about, 'pending') == 0 and heard <= gone and field(about, 'idle') >= tonumber(ARGV[6]) then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[lane], GROUP, name)
      forgotten = forgotten + 1
    end
  end
end

local function drop_letter(id)
  local log = redis.call('HGET', job_key(id), 'log')
  if log and log ~= '' then redis.call('DEL', log_key(id, log)) end
  redis.call('DEL', job_key(id), payload_key(id))
  redis.call('ZREM', DEAD, id)
  dropped = dropped + 1
end

local ready = 0
for lane = 1, LANES do
  forget_consumers(lane)
  ready = ready + redis.call('XLEN', KEYS[lane]) - redis.call('XPENDING', KEYS[lane], GROUP)[1]
end
redis.call('ZREMRANGEBYSCORE', WORKERS, '-inf', gone)
redis.call('ZREMRANGEBYSCORE', RESERVED, '-inf', '(' .. NOW)

local excess = redis.call('ZCARD', DEAD) - tonumber(ARGV[7])
if excess > 0 then
  for _, id in ipairs(redis.call('ZRANGE', DEAD, 0, math.min(excess, tonumber(ARGV[8])) - 1)) do
    -- One that its record has not closed yet stays until it has.
    if redis.call('SISMEMBER', ENDED, id) == 0 then drop_letter(id) end
  end
  if dropped > 0 then redis.call('HINCRBY', META, 'overflow', dropped) end
end

-- The first in the list ended first, and so is the first whose time runs out by itself.
local length, left = redis.call('LLEN', OVER), tonumber(ARGV[8])
while length > 0 and left > 0 do
  local id = redis.call('LINDEX', OVER, 0)
  local h = redis.call('HMGET', job_key(id), 'state', 'log')
  local state, log = h[1], h[2]
  if state and length <= tonumber(ARGV[9]) then break end
  redis.call('LPOP', OVER)
  -- One that the record let begin a new life is left alone.
  if state == 'completed' or state == 'cancelled' or state == 'expired' then
    if log and log ~= '' then redis.call('DEL', log_key(id, log)) end
    redis.call('DEL', job_key(id), payload_key(id))
  end
  length, left = length - 1, left - 1
end

local drift = number(redis.call('HGET', META, 'ready')) - ready
if drift ~= 0 then
  redis.call('HSET', META, 'ready', ready)
  redis.call('HINCRBY', META, 'drift', math.abs(drift))
end
return {forgotten, dropped, drift, left == 0 and 1 or 0}
