-- stats: how many jobs stand where, at one moment.
--
-- Returns {waiting, running, scheduled, dead}
-- Cost    O(consumers)

local waiting, running = 0, 0
for lane = 1, LANES do
  local leased = pending(lane)
  waiting = waiting + redis.call('XLEN', KEYS[lane]) - leased
  running = running + leased
end
return {waiting, running, redis.call('ZCARD', LATER), redis.call('ZCARD', DEAD)}
