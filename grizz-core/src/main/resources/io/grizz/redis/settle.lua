-- settle: give a job back, under the rule of the lease.
--
-- The acknowledgement, the next state and, for a job that streams, its next event are one step.
-- The hash keeps the epoch of the last settlement, so that a repeat after a lost reply is answered
-- as the first one was.
--
-- ARGV[5]  me
-- ARGV[6]  id
-- ARGV[7]  place
-- ARGV[8]  epoch
-- ARGV[9]  kind    complete, retry, snooze, release, dead or cancel
-- ARGV[10] delay   ms, for retry and snooze
-- ARGV[11] text    the result of complete, the reason of the others
-- ARGV[12] seq     number of the event; 0 for none
-- ARGV[13] frame   the event; empty for none
--
-- Returns 1 settled, 0 fenced
-- Cost    O(1)

local me, id, place, epoch, kind = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local text, seq, frame = ARGV[11], ARGV[12], ARGV[13]
local key = job_key(id)

if not holds(id, me, place, epoch) then
  return redis.call('HGET', key, 'settled') == epoch .. ' ' .. me and 1 or 0
end

local h = redis.call('HMGET', key, 'lane', 'crashes', 'log', 'user', 'seq', 'cancel', 'expires_at')
local lane, entry = lane_and_entry(place)
local log = h[3] or ''
-- A repeated emit may have written this very event: then it is not written again.
local fresh = frame ~= '' and tonumber(seq) == tonumber(h[5]) + 1
if not fresh then frame = '' end

drop(lane, entry)
redis.call('HSET', key, 'settled', epoch .. ' ' .. me)

local counter = ({retry = 'attempts', snooze = 'snoozes', release = 'interruptions'})[kind]
if counter then
  redis.call('HINCRBY', key, counter, 1)
  redis.call('HSET', key, 'reason', text)
  if h[6] == '1' then
    finish(id, 'cancelled', text, seq, '')
    return 1
  end
  if frame ~= '' and log ~= '' then append(id, log, h[4] or '', seq, frame) end
  if kind == 'release' then
    put_ready(id, tonumber(h[2] or '0') >= 2 and SUSPECT or AGAIN)
  elseif NOW + tonumber(ARGV[10]) >= tonumber(h[7]) then
    finish(id, 'expired', 'expired', 0, '')
  else
    put_later(id, NOW + tonumber(ARGV[10]))
  end
elseif kind == 'complete' then
  if text ~= '' then redis.call('HSET', key, 'result', text) end
  finish(id, 'completed', '', seq, frame)
elseif kind == 'dead' then
  redis.call('HINCRBY', key, 'attempts', 1)
  finish(id, 'dead', text, seq, frame)
else
  finish(id, 'cancelled', text, seq, frame)
end
return 1
