-- oldest: for how long the oldest job of a lane has waited.

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
