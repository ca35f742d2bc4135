-- open: agree with all who use the queue on its settings, and make what it lacks.
--
-- Settings begin with the version of the data. Those of a newer version are left alone. Those of
-- others stand while one of their workers lives; when none does, a worker may set them, or whoever
-- comes anew. Who sends, and agreed before, may not: two of them would take turns for ever.
--
-- ARGV[6] may_set  1 for a worker, and for whoever comes anew
--
-- Returns {'open'}, {'newer', settings there} or {'other', settings there}
-- Cost    O(1)

local function of(settings, name) return number(string.match(settings, name .. '=(%d+)')) end

local known = redis.call('HGET', META, 'settings')
if known and known ~= SETTINGS then
  if of(known, 'version') > of(SETTINGS, 'version') then return {'newer', known} end
  local alive = redis.call('ZCOUNT', WORKERS, NOW - of(known, 'lease'), '+inf')
  if alive > 0 or ARGV[6] ~= '1' then return {'other', known} end
end
redis.call('HSET', META, 'settings', SETTINGS)
for lane = 1, LANES do
  local made = redis.pcall('XGROUP', 'CREATE', KEYS[lane], GROUP, '0', 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
end
return {'open'}
