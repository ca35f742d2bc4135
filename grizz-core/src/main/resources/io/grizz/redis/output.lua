-- output: snapshot and tail of a job's output log, at one moment.
--
-- ARGV[6] id
-- ARGV[7] after  the reader's cursor; 0 from the beginning
--
-- Returns {log, state, seq, snapshot seq, snapshot, {frame, …}}, or nil without a log, or when it ran out
-- Cost    O(events after the cursor)

local id, after = ARGV[6], tonumber(ARGV[7])
local h = redis.call('HMGET', job_key(id), 'log', 'state', 'seq', 'snap_seq', 'snap')
if not h[1] or h[1] == '' then return false end
-- What is left of an ended job whose log ran out has no end to tell: the record, or its state, does.
local terminal = h[2] == 'completed' or h[2] == 'dead' or h[2] == 'cancelled' or h[2] == 'expired'
if terminal and redis.call('EXISTS', log_key(id, h[1])) == 0 then return false end
local snap_seq = tonumber(h[4] or '0')
-- A cursor before the snapshot, or beyond the end, starts at the snapshot.
local from_snapshot = snap_seq > 0 and (after < snap_seq or after > tonumber(h[3]))
if from_snapshot then after = snap_seq end
if after > tonumber(h[3]) then after = 0 end
local frames = {}
for _, entry in ipairs(redis.call('XRANGE', log_key(id, h[1]), string.format('(%d-0', after), '+')) do
  frames[#frames + 1] = entry[2][2]
end
return {h[1], h[2], h[3], from_snapshot and h[4] or '0', from_snapshot and h[5] or '', frames}
