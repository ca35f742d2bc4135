-- workers: who takes jobs here, when each was last heard of, and how much each holds.
--
-- Returns {{incarnation, ms of silence, jobs held}, …}, the most silent first
-- Cost    O(workers)

local held = {}
for lane = 1, LANES do
  for _, of in ipairs(redis.call('XPENDING', KEYS[lane], GROUP)[4] or {}) do
    held[of[1]] = (held[of[1]] or 0) + tonumber(of[2])
  end
end

local found = {}
local heard = redis.call('ZRANGE', WORKERS, 0, -1, 'WITHSCORES')
for i = 1, #heard, 2 do
  found[#found + 1] = {heard[i], NOW - tonumber(heard[i + 1]), held[heard[i]] or 0}
end
return found
