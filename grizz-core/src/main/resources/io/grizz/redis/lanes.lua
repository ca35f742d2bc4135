-- lanes: where a job waits, and the counts of what comes and goes. Uses lease.
--
-- What follows an id or a lane is names and values of further fields of the job.

-- How many entries came to wait in the lanes, less those that left, and which jobs ended. A script
-- that changes these ends with `return counted(…)`, so that one write keeps the count of all it did.
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

local function drop_waiting(lane, entry)
  fresh = fresh - redis.call('XDEL', KEYS[lane], entry)
end

-- The lane `usual`, unless a worker more that it kills would be the last: then it starts alone, so
-- that it takes no neighbours with it.
local function lane_or(usual, crashes)
  local last = tonumber(string.match(SETTINGS, 'crashes=(%d+)')) - 1
  return number(crashes) >= math.max(1, last) and SUSPECT or usual
end

-- Puts a job into `later`; whoever promotes must hear of the first one.
local function put_later(id, due, ...)
  if redis.call('ZCARD', LATER) == 0 then redis.call('PUBLISH', CONTROL, 'tend') end
  redis.call('ZADD', LATER, due, id)
  redis.call('HSET', job_key(id), 'state', 'scheduled', 'owner', '', 'entry', '', 'due', due, ...)
end

-- Also during a pause: take starts nothing then, and a lane keeps the order.
local function put_ready(id, lane, ...)
  local entry = redis.call('XADD', KEYS[lane], '*', 'id', id)
  fresh = fresh + 1
  redis.call('HSET', job_key(id), 'state', 'ready', 'owner', '', 'entry', place_of(lane, entry), ...)
end
