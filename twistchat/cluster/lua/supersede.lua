-- supersede(run, shared, epoch): take away what Redis was given behind a number, before anybody writes: a server has
-- what came there in a newer epoch. 0 where nothing was taken away.
local run, shared, epoch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if call('HGET', STATE, 'run') == run then return redis.error_reply('TOOLATE it is open already') end
if epoch <= seconds('epoch') then return 0 end
for _, item in ipairs(call('XRANGE', LOG, '(' .. shared .. '-0', '+')) do call('XDEL', LOG, item[1]) end
if call('XLEN', LOG) == 0 then call('DEL', LOG) else call('XSETID', LOG, shared .. '-0') end
call('HSET', STATE, 'number', shared, 'began', now(), 'epoch', ARGV[3], 'ceded', shared, 'ceded-to', ARGV[3])
call('DEL', REPORTED)
return 1
