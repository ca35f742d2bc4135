-- stats: how many jobs stand where, at one moment.
--
-- Returns {waiting, running, scheduled, dead, ms that the oldest has waited, dead letters dropped}
-- Cost    O(consumers)

-- Entries are delivered in their order, so the oldest that waits follows the last delivered one.
local function oldest(lane)
  local group = redis.call('XINFO', 'GROUPS', KEYS[lane])[1]
  for i = 1, #group, 2 do
    if group[i] == 'last-delivered-id' then
      local next = redis.call('XRANGE', KEYS[lane], '(' .. group[i + 1], '+', 'COUNT', 1)[1]
      return next and NOW - tonumber(string.match(next[1], '^%d+')) or 0
    end
  end
  return 0
end

local waiting, running, longest = 0, 0, 0
for lane = 1, LANES do
  local leased = redis.call('XPENDING', KEYS[lane], GROUP)[1]
  waiting = waiting + redis.call('XLEN', KEYS[lane]) - leased
  running = running + leased
  longest = math.max(longest, oldest(lane))
end
return {waiting, running, redis.call('ZCARD', LATER), redis.call('ZCARD', DEAD), longest,
  number(redis.call('HGET', META, 'overflow'))}
