-- callkey(key): what all servers make the secrets of their calls of: the first one's. It is in no entry and no act.
call('HSETNX', STATE, 'callkey', ARGV[1])
return call('HGET', STATE, 'callkey')
