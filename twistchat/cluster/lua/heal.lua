-- heal(run, last, count, server, seq, time, entries, keep[, times]): put back a batch that Redis lost, before anybody
-- writes. What a copy has forgotten by now is left out; 0 where there is something at its place already.
local run, last, count, server, seq = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
if call('HGET', STATE, 'run') == run then return redis.error_reply('TOOLATE it is open already') end
if number() > last - count then return 0 end
call('HSET', STATE, 'number', last, 'began', now()) -- who is slow to come has a lease from here
if seq > tonumber(call('HGET', STATE, 'seq:' .. server) or '0') then call('HSET', STATE, 'seq:' .. server, seq) end
put(last, server, seq, ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9])
return 1
