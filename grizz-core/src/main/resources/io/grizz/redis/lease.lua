-- lease: the rule by which a worker may write, and how a leased entry leaves its lane.

local function place_of(lane, entry) return lane .. '/' .. entry end

local function lane_and_entry(place)
  local slash = string.find(place, '/', 1, true)
  return tonumber(string.sub(place, 1, slash - 1)), string.sub(place, slash + 1)
end

-- The one rule of the lease: running, mine, under this entry, in this epoch.
local function held(id, me, place, epoch)
  local h = redis.call('HMGET', job_key(id), 'state', 'owner', 'entry', 'epoch')
  return h[1] == 'running' and h[2] == me and h[3] == place and h[4] == epoch
end

local function drop(lane, entry)
  redis.call('XACK', KEYS[lane], GROUP, entry)
  redis.call('XDEL', KEYS[lane], entry)
end
