-- take: lease jobs that may run now, and start them in the same step.
--
-- Leasing and starting are one, so that a job is never leased without an epoch, nor started twice
-- under one entry. After a lost reply the next call first hands out what this consumer holds and
-- does not run, under the same epoch. The same way it gets what was leased and did not fit.
--
-- Uses lease, lanes, log, ends, admission
--
-- ARGV[6]  me          the incarnation
-- ARGV[7]  max         free slots
-- ARGV[8]  bytes       stop after this many bytes of payload
-- ARGV[9]  low_first   1 to begin at the lowest lane, so that it never starves
-- ARGV[10] alone       1 when this process runs nothing: only then it may start a suspect
-- ARGV[11] recover     1 when the last reply was lost, or said `more`
-- ARGV[12] running     ids this process runs, each between two spaces
--
-- Returns {now, paused, scheduled, more, {last entry id of each lane; empty when jobs were taken},
--         {{id, place, epoch, cancel, payload, expires_at, seq, type, user, lane, log, recorded,
--         attempts, crashes, snoozes, interruptions}, …}}; nil for a field that the job lacks
-- Cost    O(jobs taken)

local me, max, room = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local running = ARGV[12]
local jobs, leased, more, waited = {}, 0, 0, 0

-- The row of a job, in the order in which it is returned; its first field then becomes the id.
local STATE, ENTRY, EPOCH, CANCEL, PAYLOAD, EXPIRES_AT = 1, 2, 3, 4, 5, 6
local function look(id)
  return redis.call('HMGET', job_key(id), 'state', 'entry', 'epoch', 'cancel', 'payload', 'expires_at',
    'seq', 'type', 'user', 'lane', 'log', 'recorded', 'attempts', 'crashes', 'snoozes', 'interruptions')
end

local function hand_out(id, row)
  if room <= 0 then
    more = 1
    return
  end
  row[1] = id
  row[PAYLOAD] = row[PAYLOAD] or redis.call('GET', payload_key(id)) or ''
  room = room - #row[PAYLOAD]
  jobs[#jobs + 1] = row
end

local function start(id, lane, entry)
  local row = look(id)
  if row[STATE] ~= 'ready' or row[ENTRY] ~= place_of(lane, entry) then
    drop(lane, entry)
  elseif row[CANCEL] == '1' then
    drop(lane, entry)
    finish(id, 'cancelled', '', '')
  elseif tonumber(row[EXPIRES_AT]) <= NOW then
    drop(lane, entry)
    expire(id)
  else
    row[EPOCH] = string.format('%d', math.max(number(row[EPOCH]) + 1, NOW))
    redis.call('HSET', job_key(id), 'state', 'running', 'owner', me, 'epoch', row[EPOCH], 'started_at', NOW)
    leased = leased + 1
    waited = NOW - tonumber(string.match(entry, '^%d+'))
    hand_out(id, row)
  end
end

local function recover(lane)
  for _, p in ipairs(redis.call('XPENDING', KEYS[lane], GROUP, '-', '+', 1000, me)) do
    local entry = redis.call('XRANGE', KEYS[lane], p[1], p[1])[1]
    local id = entry and entry[2][2]
    if id and not string.find(running, ' ' .. id .. ' ', 1, true) and leased < max then
      local row = look(id)
      if held(id, me, place_of(lane, p[1]), row[EPOCH]) then
        leased = leased + 1
        hand_out(id, row)
      end
    end
  end
end

local function read(lane, most)
  while leased < most and room > 0 do
    local got = redis.call('XREADGROUP', 'GROUP', GROUP, me, 'COUNT', most - leased, 'STREAMS', KEYS[lane], '>')
    if not got then return end
    local entries = got[1][2]
    fresh = fresh - #entries
    for i = 1, #entries do start(entries[i][2][2], lane, entries[i][1]) end
  end
end

-- A suspect starts alone: it is looked for first by whoever runs nothing, and fills the call.
local function read_all()
  if ARGV[10] == '1' then
    read(SUSPECT, 1)
    if leased > 0 then return end
  end
  if ARGV[9] == '1' then
    for lane = LANES, SUSPECT + 1, -1 do read(lane, 1) end
  end
  read(AGAIN, max)
  for lane = SUSPECT + 1, LANES do read(lane, max) end
end

-- From where a bell has to listen: the last entry that stands in each lane.
local function last_ids()
  local last = {}
  for lane = 1, LANES do
    local entry = redis.call('XREVRANGE', KEYS[lane], '+', '-', 'COUNT', 1)[1]
    last[lane] = entry and entry[1] or '0-0'
  end
  return last
end

local meta = redis.call('HMGET', META, 'settings', 'paused_until', 'waited')
local refused = disagreement(meta[1])
if refused then return refused end
pause = number(meta[2]) > NOW and number(meta[2]) or 0
if ARGV[11] == '1' then for lane = 1, LANES do recover(lane) end end
if pause == 0 and leased < max then read_all() end
-- After the leases: a full server still gives out what it has, and so gets room again.
redis.call('ZADD', WORKERS, NOW, me)
-- What newcomers are told; not worth a write while nobody waits to speak of.
if leased > 0 and math.max(waited, number(meta[3])) > 100 then redis.call('HSET', META, 'waited', waited) end
local last = #jobs == 0 and last_ids() or {}
return counted({NOW, pause > 0 and 1 or 0, redis.call('ZCARD', LATER), more, last, jobs})
