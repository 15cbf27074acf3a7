-- register(server, lease, count, key, ..., person, ...): a server comes, or comes back, with so many keys and with who
-- is in which room. Answers with those of the keys that are others' now.
local server, lease, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
call('ZADD', LEASES, now() + lease, server)
local taken = {}
for i = 4, 3 + count do
  local owner = call('HGET', NAMES, ARGV[i])
  if owner and owner ~= server then taken[#taken + 1] = ARGV[i] else take_key(server, ARGV[i]) end
end
call('DEL', people(server))
for i = 4 + count, #ARGV do call('HSET', people(server), ARGV[i], '') end
return taken
