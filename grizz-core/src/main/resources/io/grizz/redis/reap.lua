-- reap: put back what workers left behind, in new entries ahead of what waits.
--
-- Uses lease, lanes, log, ends, admission
--
-- ARGV[6] idle      ms of silence that make a worker dead; 0 when it was seen to end
-- ARGV[7] consumer  the incarnation that is gone; empty for whoever is silent
-- ARGV[8] cost      crashes, or interruptions when the worker left of its own will
-- ARGV[9] crashes   a job that killed this many workers is poison
-- ARGV[10] limit    entries of one lane and call
--
-- Returns {put back, poisoned, whether there may be more}
-- Cost    O(entries found)

local consumer, cost, crashes_allowed = ARGV[7], ARGV[8], tonumber(ARGV[9])
local again, poisoned, more = 0, 0, 0
-- Whoever counts by a lease of its own must not judge who is silent; who was seen to end is gone.
local refused = consumer == '' and disagreement(redis.call('HGET', META, 'settings'))
if refused then return refused end

local function put_back(id, lane, entry)
  local h = redis.call('HMGET', job_key(id), 'state', 'entry', 'cancel', 'crashes', cost)
  drop(lane, entry)
  -- Counted only where the job was running under this very entry.
  if h[1] ~= 'running' or h[2] ~= place_of(lane, entry) then return end
  local count = number(h[5]) + 1
  local crashes = cost == 'crashes' and count or number(h[4])
  if h[3] == '1' then
    finish(id, 'cancelled', '', '', cost, count)
  elseif crashes >= crashes_allowed then
    finish(id, 'dead', 'crashed', '', cost, count)
    poisoned = poisoned + 1
  else
    put_ready(id, lane_or(AGAIN, crashes), cost, count)
    again = again + 1
  end
end

for lane = 1, LANES do
  local args = {'XPENDING', KEYS[lane], GROUP, 'IDLE', ARGV[6], '-', '+', ARGV[10]}
  if consumer ~= '' then args[#args + 1] = consumer end
  local found = redis.call(unpack(args))
  if #found >= tonumber(ARGV[10]) then more = 1 end
  for _, p in ipairs(found) do
    local entry = redis.call('XRANGE', KEYS[lane], p[1], p[1])[1]
    if entry then
      put_back(entry[2][2], lane, p[1])
    else
      redis.call('XACK', KEYS[lane], GROUP, p[1])
    end
  end
  -- Nothing is pending any more: the name is not needed, and would only be kept.
  if consumer ~= '' and more == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[lane], GROUP, consumer) end
end
if consumer ~= '' then redis.call('ZREM', WORKERS, consumer) end
return counted({again, poisoned, more})
