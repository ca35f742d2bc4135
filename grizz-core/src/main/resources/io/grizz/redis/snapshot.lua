-- snapshot: store all text so far and trim the log to what follows it.
--
-- Uses lease
--
-- ARGV[6] me     ARGV[7] id     ARGV[8] place     ARGV[9] epoch
-- ARGV[10]  seq   the last event that the text covers
-- ARGV[11] text
--
-- Returns 1, or 0 when fenced
-- Cost    O(events trimmed)

local id = ARGV[7]
if not held(id, ARGV[6], ARGV[8], ARGV[9]) then return 0 end
redis.call('HSET', job_key(id), 'snap_seq', ARGV[10], 'snap', ARGV[11])
redis.call('XTRIM', log_key(id, redis.call('HGET', job_key(id), 'log')), 'MINID',
  string.format('%d', tonumber(ARGV[10]) + 1) .. '-0')
return 1
