-- heal(run, number, last, count, server, seq, time, entries, keep, epoch[, times]): put back a batch that Redis lost,
-- before anybody writes, behind the last number that it has. What a copy has forgotten by now is left out; 0 where its
-- last number is another by now, or what comes there is known to be something else.
local run, before, last, count, server = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local seq, epoch = tonumber(ARGV[6]), ARGV[10]
if call('HGET', STATE, 'run') == run then return redis.error_reply('TOOLATE it is open already') end
if number() ~= before or before > last - count or is_ceded(last, tonumber(epoch)) then return 0 end
-- Who is slow to come has a lease from here. The epoch is that of the newest entry.
call('HSET', STATE, 'number', last, 'began', now(), 'epoch', epoch)
call('HSET', STATE, 'healing', string.format('%.6f', now() + seconds('turn'))) -- whose turn it is keeps it
if seq > tonumber(call('HGET', STATE, 'seq:' .. server) or '0') then call('HSET', STATE, 'seq:' .. server, seq) end
-- Redis may have lost, too, that this server has come: it may have more.
local buried = string.match(server, '^~(.*)')
if buried then
  call('SREM', AWAITED, buried)
elseif server ~= '' and string.sub(server, 1, 1) ~= '+' then
  call('SADD', AWAITED, server)
end
put(last, server, seq, ARGV[7], ARGV[8], tonumber(ARGV[9]), ARGV[11])
return 1
