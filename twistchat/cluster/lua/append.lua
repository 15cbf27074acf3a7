-- append(server, run, seq, count, keep, entries, op, what, ...): number and store a batch, once, however often it is
-- sent. The ops are j and l: somebody of this server is in a room, or no more; f: a key is free from here on.
local server, run, seq, count, keep, entries = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local wrong = refusal(server, run)
if wrong then return wrong end
if seq <= tonumber(call('HGET', STATE, 'seq:' .. server) or '0') then return 0 end
local last = call('HINCRBY', STATE, 'number', count)
local time = now()
put(last, server, seq, string.format('%.6f', time), entries, keep)
call('HSET', STATE, 'seq:' .. server, seq)
for i = 7, #ARGV, 2 do
  local op, what = ARGV[i], ARGV[i + 1]
  if op == 'j' then call('HSET', people(server), what, '')
  elseif op == 'a' then -- an act that lasts: the entry's number and time are its own
    call('HSET', ACTS, last, '{"number":' .. last .. ',"time":' .. string.format('%.6f', time) .. ',' .. string.sub(what, 2))
  elseif op == 'l' then call('HDEL', people(server), what)
  else free_key(server, what) end
end
return last
