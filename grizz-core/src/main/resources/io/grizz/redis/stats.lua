-- stats: how many jobs stand where, at one moment.
--
-- Uses oldest
--
-- Returns {waiting, running, scheduled, dead, ms that the oldest has waited, dead letters dropped}
-- Cost    O(consumers)

local waiting, running, longest = 0, 0, 0
for lane = 1, LANES do
  local leased = redis.call('XPENDING', KEYS[lane], GROUP)[1]
  waiting = waiting + redis.call('XLEN', KEYS[lane]) - leased
  running = running + leased
  longest = math.max(longest, oldest(lane))
end
return {waiting, running, redis.call('ZCARD', LATER), redis.call('ZCARD', DEAD), longest,
  number(redis.call('HGET', META, 'overflow'))}
