-- callkey(key): what all servers make the secrets of their calls of: the first one's. It is in no entry and no act.
local kept = call('HGET', STATE, 'callkey')
if not kept or #kept ~= #ARGV[1] then
  kept = ARGV[1]
  call('HSET', STATE, 'callkey', kept)
end
return kept
