-- limit: what all workers together ask of one provider; a place is asked for, settled, given back
-- unused, or closed to all.
--
-- One step, so that no two workers can both take the last place.
--
-- KEYS[1]  grizz:limit:{<provider>}:window  sorted  calls of the last minute by their begin
-- KEYS[2]  grizz:limit:{<provider>}:tokens  hash    what each of them uses; 'sum' is of all
-- KEYS[3]  grizz:limit:{<provider>}:calls   sorted  calls that run, by the time they must be over
-- KEYS[4]  grizz:limit:{<provider>}:pause   string  there while the provider wants to be left alone
-- ARGV[1]  reserve    ARGV[2..7]  call, tokens, most requests, most tokens, most calls (0: any
--                                 number), longest call in ms
--          settle     ARGV[2..3]  call, tokens
--          give-back  ARGV[2]     call
--          pause      ARGV[2]     ms
--
-- Returns  0, or for reserve the ms to wait before asking again
-- Cost     O(log n) and, once for each call, its removal from the window

local WINDOW, TOKENS, CALLS, PAUSE = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local MINUTE, SOON = 60000, 500
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A call that ends tells nobody who waits, so whoever finds all places taken looks again soon.
local function wait_for(requests, tokens, calls, asked)
  local paused = redis.call('PTTL', PAUSE)
  if paused > 0 then return paused end
  local begun = redis.call('ZCOUNT', WINDOW, now - MINUTE + 1, '+inf')
  local oldest = redis.call('ZRANGEBYSCORE', WINDOW, now - MINUTE + 1, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local sum = tonumber(redis.call('HGET', TOKENS, 'sum') or '0')
  for _, call in ipairs(redis.call('ZRANGEBYSCORE', WINDOW, '-inf', now - MINUTE)) do
    sum = sum - tonumber(redis.call('HGET', TOKENS, call) or '0')
  end
  local full = requests > 0 and begun >= requests
    or tokens > 0 and begun > 0 and sum + asked > tokens
  if full then return math.max(1, tonumber(oldest[2]) + MINUTE - now) end
  if calls > 0 and redis.call('ZCOUNT', CALLS, now, '+inf') >= calls then return SOON end
  return 0
end

local function forget_old()
  for _, call in ipairs(redis.call('ZRANGEBYSCORE', WINDOW, '-inf', now - MINUTE)) do
    redis.call('HINCRBY', TOKENS, 'sum', -tonumber(redis.call('HGET', TOKENS, call) or '0'))
    redis.call('HDEL', TOKENS, call)
  end
  redis.call('ZREMRANGEBYSCORE', WINDOW, '-inf', now - MINUTE)
  redis.call('ZREMRANGEBYSCORE', CALLS, '-inf', now - 1)
end

local function use(call, tokens)
  local before = tonumber(redis.call('HGET', TOKENS, call) or '0')
  redis.call('HSET', TOKENS, call, tokens)
  redis.call('HINCRBY', TOKENS, 'sum', tokens - before)
end

if ARGV[1] == 'reserve' then
  local call, tokens, longest = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[7])
  if redis.call('ZSCORE', WINDOW, call) then
    -- It has its place, and may need more tokens than it was thought to at first.
    local more = tokens - tonumber(redis.call('HGET', TOKENS, call) or '0')
    if more <= 0 then return 0 end
    local alone = redis.call('ZCOUNT', WINDOW, now - MINUTE + 1, '+inf') == 1
    local wait = alone and 0 or wait_for(0, tonumber(ARGV[5]), 0, more)
    if wait == 0 then use(call, tokens) end
    return wait
  end
  local wait = wait_for(tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tokens)
  if wait > 0 then return wait end
  forget_old()
  redis.call('ZADD', WINDOW, now, call)
  use(call, tokens)
  redis.call('ZADD', CALLS, now + longest, call)
  redis.call('PEXPIRE', WINDOW, 2 * MINUTE)
  redis.call('PEXPIRE', TOKENS, 2 * MINUTE)
  redis.call('PEXPIRE', CALLS, longest)
elseif ARGV[1] == 'settle' then
  redis.call('ZREM', CALLS, ARGV[2])
  if redis.call('HEXISTS', TOKENS, ARGV[2]) == 1 then use(ARGV[2], tonumber(ARGV[3])) end
elseif ARGV[1] == 'give-back' then
  if redis.call('HEXISTS', TOKENS, ARGV[2]) == 1 then
    use(ARGV[2], 0)
    redis.call('HDEL', TOKENS, ARGV[2])
  end
  redis.call('ZREM', WINDOW, ARGV[2])
  redis.call('ZREM', CALLS, ARGV[2])
else
  local until_now = redis.call('PTTL', PAUSE)
  if tonumber(ARGV[2]) > until_now then redis.call('SET', PAUSE, '1', 'PX', ARGV[2]) end
end
return 0
