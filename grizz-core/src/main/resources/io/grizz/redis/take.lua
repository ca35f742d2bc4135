-- take: lease jobs that may run now, and start them in the same step.
--
-- Leasing and starting are one, so that a job is never leased without an epoch, nor started twice
-- under one entry. After a lost reply the next call first hands out what this consumer holds and
-- does not run, under the same epoch.
--
-- ARGV[5]  me          the incarnation
-- ARGV[6]  max         free slots
-- ARGV[7]  bytes       stop after this many bytes of payload
-- ARGV[8]  low_first   1 to begin at the lowest lane, so that it never starves
-- ARGV[9]  alone       1 when this process runs nothing: only then it may start a suspect
-- ARGV[10] recover     1 when the last reply was lost
-- ARGV[11] running     ids this process runs, each between two spaces
--
-- Returns {paused, scheduled, {last entry id of each lane; empty when jobs were taken}, {job, …}}
-- Cost    O(jobs taken)

local me, max, room = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local running = ARGV[11]
local jobs = {}

local function hand_out(id, place, h)
  local payload = h.inline == '1' and h.payload or redis.call('GET', payload_key(id)) or ''
  room = room - #payload
  jobs[#jobs + 1] = {id, place, h.epoch, h.seq, h.type, payload, h.user, h.lane, h.log, h.recorded,
    h.attempts or '0', h.crashes or '0', h.snoozes or '0', h.interruptions or '0', h.expires_at}
end

local function hash(id)
  local flat, h = redis.call('HGETALL', job_key(id)), {}
  for i = 1, #flat, 2 do h[flat[i]] = flat[i + 1] end
  return h
end

local function start(id, lane, entry)
  local h, place = hash(id), place_of(lane, entry)
  if h.state ~= 'ready' or h.entry ~= place then
    drop(lane, entry)
  elseif h.cancel == '1' then
    drop(lane, entry)
    finish(id, 'cancelled', '', 0, '')
  elseif tonumber(h.expires_at) <= NOW then
    drop(lane, entry)
    finish(id, 'expired', 'expired', 0, '')
  else
    h.epoch = string.format('%d', math.max(tonumber(h.epoch) + 1, NOW))
    redis.call('HSET', job_key(id), 'state', 'running', 'owner', me, 'epoch', h.epoch, 'started_at', NOW)
    hand_out(id, place, h)
  end
end

local function recover(lane)
  for _, p in ipairs(redis.call('XPENDING', KEYS[lane], GROUP, '-', '+', 1000, me)) do
    local entry = redis.call('XRANGE', KEYS[lane], p[1], p[1])[1]
    local id = entry and entry[2][2]
    if id and not string.find(running, ' ' .. id .. ' ', 1, true) and #jobs < max then
      local h, place = hash(id), place_of(lane, p[1])
      if h.state == 'running' and h.owner == me and h.entry == place then hand_out(id, place, h) end
    end
  end
end

local function read(lane, most)
  while #jobs < most and room > 0 do
    local got = redis.call('XREADGROUP', 'GROUP', GROUP, me, 'COUNT', most - #jobs, 'STREAMS', KEYS[lane], '>')
    if not got then return end
    for _, entry in ipairs(got[1][2]) do start(entry[2][2], lane, entry[1]) end
  end
end

-- A suspect starts alone: it is looked for first by whoever runs nothing, and fills the call.
local function read_all()
  if ARGV[9] == '1' then
    read(SUSPECT, 1)
    if #jobs > 0 then return end
  end
  if ARGV[8] == '1' then
    for lane = LANES, SUSPECT + 1, -1 do read(lane, 1) end
  end
  read(AGAIN, max)
  for lane = SUSPECT + 1, LANES do read(lane, max) end
end

redis.call('ZADD', WORKERS, NOW, me)
local stop = paused_until()
if ARGV[10] == '1' then for lane = 1, LANES do recover(lane) end end
if stop == 0 and #jobs < max then read_all() end

local last = {}
if #jobs == 0 then
  for lane = 1, LANES do
    local about = redis.call('XINFO', 'STREAM', KEYS[lane])
    for i = 1, #about, 2 do
      if about[i] == 'last-generated-id' then last[lane] = about[i + 1] end
    end
  end
end
return {stop > 0 and 1 or 0, redis.call('ZCARD', LATER), last, jobs}
