-- register(server, lease, settled, count, key, ..., person, ...): a server comes, or comes back, with so many keys and
-- with who is in which room; none of its batches up to `settled` shall come later. Answers with those of the keys that
-- are others' now.
local server, lease, settled, count = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
call('ZADD', LEASES, now() + lease, server)
if settled > tonumber(call('HGET', STATE, 'seq:' .. server) or '0') then
  call('HSET', STATE, 'seq:' .. server, settled)
end
local taken = {}
for i = 5, 4 + count do
  local owner = call('HGET', NAMES, ARGV[i])
  if owner and owner ~= server then taken[#taken + 1] = ARGV[i] else take_key(server, ARGV[i]) end
end
call('DEL', people(server))
for i = 5 + count, #ARGV do call('HSET', people(server), ARGV[i], '') end
return taken
