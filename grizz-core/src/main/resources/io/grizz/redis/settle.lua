-- settle: give jobs back, each under the rule of the lease.
--
-- The acknowledgement, the next state and, for a job that streams, its next event are one step.
-- The hash keeps the epoch of the last settlement, so that a repeat after a lost reply is answered
-- as the first one was. Jobs that one process gives back at one time share a call.
--
-- Uses lease, lanes, log, ends
--
-- ARGV[6] me
-- and for each job
--   about  between single spaces
--     id, place, epoch
--     kind   complete, retry, snooze, release, dead, cancel or expire
--     delay  ms, for retry and snooze
--     seq    number of the event; 0 for none
--   text   the result of complete, the reason of the others
--   frame  the event; empty for none
--
-- Returns for each 1 settled, 0 fenced
-- Cost    O(jobs)

local FIRST, EACH = 7, 3
local ABOUT = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$'
local me = ARGV[6]

-- The job waits again, unless its owner wants it stopped or its deadline comes first.
local function again(id, kind, delay, text, seq, frame, ...)
  local h = redis.call('HMGET', job_key(id), 'cancel', 'crashes', 'expires_at', 'log', 'user')
  if h[1] == '1' then return finish(id, 'cancelled', text, '', ...) end
  if frame ~= '' and h[4] and h[4] ~= '' then append(id, h[4], h[5], seq, frame) end
  redis.call('HSET', job_key(id), 'reason', text)
  if kind == 'release' then
    put_ready(id, lane_or(AGAIN, h[2]), ...)
  elseif NOW + delay >= tonumber(h[3]) then
    expire(id, ...)
  else
    put_later(id, NOW + delay, ...)
  end
end

local function give_back(id, kind, delay, text, seq, frame, mark)
  if kind == 'complete' then
    if text ~= '' then redis.call('HSET', job_key(id), 'result', text) end
    return finish(id, 'completed', '', frame, 'settled', mark)
  elseif kind == 'cancel' then
    return finish(id, 'cancelled', text, frame, 'settled', mark)
  elseif kind == 'expire' then
    return finish(id, 'expired', text, frame, 'settled', mark)
  end
  local counter = kind == 'snooze' and 'snoozes' or kind == 'release' and 'interruptions' or 'attempts'
  local count = number(redis.call('HGET', job_key(id), counter)) + 1
  if kind == 'dead' then
    finish(id, 'dead', text, frame, 'settled', mark, counter, count)
  else
    again(id, kind, tonumber(delay), text, seq, frame, 'settled', mark, counter, count)
  end
end

local function settle(about, text, frame)
  local id, place, epoch, kind, delay, seq = string.match(about, ABOUT)
  local mark = epoch .. ' ' .. me
  if not held(id, me, place, epoch) then
    return redis.call('HGET', job_key(id), 'settled') == mark and 1 or 0
  end
  -- A repeated emit may have written this very event: then it is not written again.
  if frame ~= '' and tonumber(seq) ~= number(redis.call('HGET', job_key(id), 'seq')) + 1 then frame = '' end
  drop(lane_and_entry(place))
  give_back(id, kind, delay, text, seq, frame, mark)
  return 1
end

local answers = {}
for i = FIRST, #ARGV, EACH do answers[#answers + 1] = settle(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
return counted(answers)
