-- renew: keep leases alive, and say which moved on or are to be stopped.
--
-- Uses lease
--
-- ARGV[6]  me
-- ARGV[7…] id, place, epoch of each lease
--
-- Returns {{id lost, …}, {id cancelled, …}}
-- Cost    O(leases)

local me, lost, cancelled = ARGV[6], {}, {}
for i = 7, #ARGV, 3 do
  local id, place = ARGV[i], ARGV[i + 1]
  if held(id, me, place, ARGV[i + 2]) then
    local lane, entry = lane_and_entry(place)
    -- JUSTID: the idle time starts anew, the delivery count stays.
    redis.call('XCLAIM', KEYS[lane], GROUP, me, 0, entry, 'JUSTID')
    if redis.call('HGET', job_key(id), 'cancel') == '1' then cancelled[#cancelled + 1] = id end
  else
    lost[#lost + 1] = id
  end
end
redis.call('ZADD', WORKERS, NOW, me)
return {lost, cancelled}
