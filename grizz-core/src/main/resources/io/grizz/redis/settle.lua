-- settle: give jobs back, each under the rule of the lease.
--
-- The acknowledgement, the next state and, for a job that streams, its next event are one step.
-- The hash keeps the epoch of the last settlement, so that a repeat after a lost reply is answered
-- as the first one was. Jobs that one process gives back at one time share a call.
--
-- ARGV[6] me
-- and for each job
--   id, place, epoch
--   kind    complete, retry, snooze, release, dead, cancel or expire
--   delay   ms, for retry and snooze
--   text    the result of complete, the reason of the others
--   seq     number of the event; 0 for none
--   frame   the event; empty for none
--
-- Returns for each 1 settled, 0 fenced
-- Cost    O(jobs)

local FIRST, EACH = 7, 8
local me = ARGV[6]

local COUNTERS = {retry = 'attempts', dead = 'attempts', snooze = 'snoozes', release = 'interruptions'}
local NAMES = {'state', 'owner', 'entry', 'epoch', 'settled', 'lane', 'attempts', 'crashes',
  'snoozes', 'interruptions', 'log', 'user', 'seq', 'cancel', 'expires_at', 'idem', 'recorded',
  'inline', 'reason'}

-- The job waits again, unless its owner wants it stopped or its deadline comes first.
local function again(id, h, kind, delay, text, seq, frame, more)
  if h.cancel == '1' then return finish(id, h, 'cancelled', text, '', more) end
  if frame ~= '' and h.log ~= '' then
    append(id, h.log, h.user, seq, frame)
    h.seq = seq
  end
  h.reason = text
  more[#more + 1] = 'reason'
  more[#more + 1] = text
  if kind == 'release' then
    put_ready(id, number(h.crashes) >= 2 and SUSPECT or AGAIN, more)
  elseif NOW + delay >= tonumber(h.expires_at) then
    expire(id, h, {'settled', more[2], more[3], more[4]})
  else
    put_later(id, NOW + delay, more)
  end
end

local function settle(i)
  local id, place, epoch, kind = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local text, seq, frame = ARGV[i + 5], ARGV[i + 6], ARGV[i + 7]
  local h, mark = look(id, NAMES), epoch .. ' ' .. me
  if not holds(h, me, place, epoch) then return h.settled == mark and 1 or 0 end

  -- A repeated emit may have written this very event: then it is not written again.
  if tonumber(seq) ~= number(h.seq) + 1 then frame = '' end
  local more, counter = {'settled', mark}, COUNTERS[kind]
  if counter then
    more[3] = counter
    more[4] = number(h[counter]) + 1
  end
  drop(lane_and_entry(place))
  if kind == 'complete' then
    if text ~= '' then more = {'settled', mark, 'result', text} end
    finish(id, h, 'completed', '', frame, more)
  elseif kind == 'dead' then
    finish(id, h, 'dead', text, frame, more)
  elseif kind == 'cancel' then
    finish(id, h, 'cancelled', text, frame, more)
  elseif kind == 'expire' then
    finish(id, h, 'expired', text, frame, more)
  else
    again(id, h, kind, tonumber(ARGV[i + 4]), text, seq, frame, more)
  end
  return 1
end

local answers = {}
for i = FIRST, #ARGV, EACH do answers[#answers + 1] = settle(i) end
return counted(answers)
