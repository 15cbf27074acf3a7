-- import(who, run, upto, count, keep, entries, times, time): number and store old lines, which have times of their own;
-- `upto` is the last one's place in what is imported, so that one that is sent again is stored once. It needs no lease,
-- as nobody is there by it. The last number; 0 where these are stored.
local who, run, upto, count = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if call('HGET', STATE, 'run') ~= run then return redis.error_reply('RECOVERING not every server has said what it has') end
if upto <= tonumber(call('HGET', STATE, 'seq:' .. who) or '0') then return 0 end
local last = call('HINCRBY', STATE, 'number', count)
put(last, who, upto, ARGV[8], ARGV[6], tonumber(ARGV[5]), ARGV[7])
call('HSET', STATE, 'seq:' .. who, upto)
return last
