-- prelude: what every script of a queue shares. It stands in front of each of them.
--
-- KEYS[1..5]  grizz:{q}:ready:<lane>  streams  again, suspect, high, normal, low
-- KEYS[6]     grizz:{q}:later         sorted   scheduled jobs by due time
-- KEYS[7]     grizz:{q}:expires       sorted   jobs by deadline
-- KEYS[8]     grizz:{q}:ended         set      recorded jobs that ended here and not yet there
-- KEYS[9]     grizz:{q}:dead          sorted   dead letters by time
-- KEYS[10]    grizz:{q}:workers       sorted   incarnations by last heartbeat
-- KEYS[11]    grizz:{q}:reserved      sorted   reservations by expiry
-- KEYS[12]    grizz:{q}:meta          hash     settings, paused_until, ready, waited, overflow, drift
-- KEYS[13]    grizz:{q}:over          list     jobs that ended and are remembered, the first first
-- ARGV[1]     prefix                  grizz:{q}:
-- ARGV[2..4]  retention in ms         of ended jobs, of logs, of idempotency keys
-- ARGV[5]     settings                what all who use the queue must agree on
--
-- Job, log and idempotency keys are built from the prefix, which carries the same hash tag.
-- All times are the server's, in ms.
--
-- What only some scripts need stands in parts: admission, ends, lanes, lease, log, oldest. A script names
-- those that it uses, and they come between this and it.

local AGAIN, SUSPECT, LANES = 1, 2, 5
local LATER, EXPIRES, ENDED, DEAD = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local WORKERS, RESERVED, META, OVER = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local GROUP, CONTROL = 'workers', 'grizz:control'
local PREFIX, KEEP_JOB, KEEP_LOG, KEEP_KEY, SETTINGS = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function job_key(id) return PREFIX .. 'job:' .. id end
local function payload_key(id) return PREFIX .. 'job:' .. id .. ':payload' end
local function log_key(id, log) return PREFIX .. 'out:' .. id .. ':' .. log end
local function number(text) return tonumber(text) or 0 end
