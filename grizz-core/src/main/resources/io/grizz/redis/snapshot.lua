-- snapshot: store all text so far and trim the log to what follows it.
--
-- ARGV[5] me     ARGV[6] id     ARGV[7] place     ARGV[8] epoch
-- ARGV[9]  seq   the last event that the text covers
-- ARGV[10] text
--
-- Returns 1, or 0 when fenced
-- Cost    O(events trimmed)

local id = ARGV[6]
if not holds(id, ARGV[5], ARGV[7], ARGV[8]) then return 0 end
redis.call('HSET', job_key(id), 'snap_seq', ARGV[9], 'snap', ARGV[10])
redis.call('XTRIM', log_key(id, redis.call('HGET', job_key(id), 'log')), 'MINID',
  string.format('%d', tonumber(ARGV[9]) + 1) .. '-0')
return 1
