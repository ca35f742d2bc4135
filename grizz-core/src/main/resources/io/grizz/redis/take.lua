-- take: lease jobs that may run now, and start them in the same step.
--
-- Leasing and starting are one, so that a job is never leased without an epoch, nor started twice
-- under one entry. After a lost reply the next call first hands out what this consumer holds and
-- does not run, under the same epoch. The same way it gets what was leased and did not fit.
--
-- Uses lease, lanes, log, ends, admission, oldest
--
-- ARGV[6]  me          the incarnation
-- ARGV[7]  max         free slots
-- ARGV[8]  bytes       stop after this many bytes of payload
-- ARGV[9]  low_first   1 to begin at the lowest lane, so that it never starves
-- ARGV[10] alone       1 when this process runs nothing: only then it may start a suspect
-- ARGV[11] recover     1 when the last reply was lost, or said `more`
-- ARGV[12] running     ids this process runs, each between two spaces
-- ARGV[13] patience    ms that a suspect waits before a process runs dry for it
-- ARGV[14] dry         ms that this takes at most; as long again nobody does
--
-- Returns {now, paused, scheduled, more, {last entry id of each lane; empty when jobs were taken},
--         {{id, place, epoch, cancel, payload, expires_at, seq, type, user, lane, log, recorded,
--         attempts, crashes, snoozes, interruptions}, …}}; nil for a field that the job lacks
-- Cost    O(jobs taken)

local me, max, room = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local running = ARGV[12]
local jobs, leased, more, waited = {}, 0, 0, 0
local TURN = PREFIX .. 'turn:suspect'

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

local function recover_one(lane, entry)
  local found = redis.call('XRANGE', KEYS[lane], entry, entry)[1]
  local id = found and found[2][2]
  if not id or string.find(running, ' ' .. id .. ' ', 1, true) then return end
  local row = look(id)
  if held(id, me, place_of(lane, entry), row[EPOCH]) then
    leased = leased + 1
    -- Nobody renewed it since it was leased: its lease begins now.
    redis.call('XCLAIM', KEYS[lane], GROUP, me, 0, entry, 'JUSTID')
    hand_out(id, row)
  end
end

-- In pages, since what was left behind is the newest, and more may run than fits into one.
local function recover(lane)
  local from, page = '-', 1000
  repeat
    local found = redis.call('XPENDING', KEYS[lane], GROUP, from, '+', page, me)
    for _, p in ipairs(found) do
      if leased < max then recover_one(lane, p[1]) end
      from = '(' .. p[1]
    end
  until #found < page or leased >= max
end

-- How many jobs may fit into the room that is left, by the payloads so far; the largest are 256 KiB.
local function fitting()
  if #jobs == 0 then return 4 end
  return math.max(1, math.floor(room / ((tonumber(ARGV[8]) - room) / #jobs + 1)))
end

local function read(lane, most)
  while leased < most and room > 0 do
    local count = math.min(most - leased, fitting())
    local got = redis.call('XREADGROUP', 'GROUP', GROUP, me, 'COUNT', count, 'STREAMS', KEYS[lane], '>')
    if not got then return end
    local entries = got[1][2]
    fresh = fresh - #entries
    for i = 1, #entries do start(entries[i][2][2], lane, entries[i][1]) end
  end
end

-- Whether this process starts nothing for now, so that it will run nothing: a suspect would else
-- wait for as long as all have something to do. One process at a time, and not for long if what it
-- runs does not end.
local function runs_dry()
  if redis.call('XLEN', KEYS[SUSPECT]) == 0 or oldest(SUSPECT) < tonumber(ARGV[13]) then return false end
  -- A full server may refuse it: then nobody does.
  redis.pcall('SET', TURN, me, 'NX', 'PX', 2 * tonumber(ARGV[14]))
  return redis.call('GET', TURN) == me and redis.call('PTTL', TURN) > tonumber(ARGV[14])
end

-- A suspect starts alone: it is looked for first by whoever runs nothing, and fills the call.
local function read_all()
  if ARGV[10] == '1' then
    read(SUSPECT, 1)
    if leased > 0 then
      redis.call('DEL', TURN)
      return
    end
  elseif runs_dry() then
    return
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
local paused = number(meta[2]) > NOW
if ARGV[11] == '1' then for lane = 1, LANES do recover(lane) end end
if not paused and leased < max then read_all() end
-- After the leases: a full server still gives out what it has, and so gets room again.
redis.call('ZADD', WORKERS, NOW, me)
-- What newcomers are told; not worth a write while nobody waits to speak of.
if leased > 0 and math.max(waited, number(meta[3])) > 100 then redis.call('HSET', META, 'waited', waited) end
local last = #jobs == 0 and last_ids() or {}
return counted({NOW, paused and 1 or 0, redis.call('ZCARD', LATER), more, last, jobs})
