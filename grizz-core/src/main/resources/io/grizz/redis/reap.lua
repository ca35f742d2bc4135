-- reap: put back what dead workers left behind, in new entries ahead of what waits.
--
-- ARGV[5] idle      ms of silence that make a worker dead; 0 when it was seen to end
-- ARGV[6] consumer  the dead incarnation; empty for whoever is silent
-- ARGV[7] crashes   a job that killed this many workers is poison
-- ARGV[8] limit     entries of one lane and call
--
-- Returns {put back, poisoned}
-- Cost    O(entries found)

local consumer, crashes_allowed = ARGV[6], tonumber(ARGV[7])
local again, poisoned = 0, 0

local function put_back(id, lane, entry)
  local key = job_key(id)
  local h = redis.call('HMGET', key, 'state', 'entry', 'cancel')
  drop(lane, entry)
  if h[1] ~= 'running' or h[2] ~= place_of(lane, entry) then return end
  local crashes = redis.call('HINCRBY', key, 'crashes', 1)
  if h[3] == '1' then
    finish(id, 'cancelled', '', 0, '')
  elseif crashes >= crashes_allowed then
    finish(id, 'dead', 'crashed', 0, '')
    poisoned = poisoned + 1
  else
    put_ready(id, crashes >= 2 and SUSPECT or AGAIN)
    again = again + 1
  end
end

for lane = 1, LANES do
  local args = {'XPENDING', KEYS[lane], GROUP, 'IDLE', ARGV[5], '-', '+', ARGV[8]}
  if consumer ~= '' then args[#args + 1] = consumer end
  for _, p in ipairs(redis.call(unpack(args))) do
    local entry = redis.call('XRANGE', KEYS[lane], p[1], p[1])[1]
    if entry then
      put_back(entry[2][2], lane, p[1])
    else
      redis.call('XACK', KEYS[lane], GROUP, p[1])
    end
  end
end
if consumer ~= '' then redis.call('ZREM', WORKERS, consumer) end
return {again, poisoned}
