-- admission: whether a queue may be added to, or taken from.

-- Whether all who use this queue agree on it; if not, nothing may be added or taken.
local function disagreement(settings)
  if settings ~= SETTINGS then return redis.error_reply('SETTINGS ' .. (settings or 'none')) end
end

-- How many jobs wait, places kept for some included. Writes nothing: a full server refuses the
-- first write of a script, and only if that one needs memory.
local function waiting_jobs(ready)
  return number(ready) + redis.call('ZCARD', LATER) + redis.call('ZCOUNT', RESERVED, NOW, '+inf')
end
