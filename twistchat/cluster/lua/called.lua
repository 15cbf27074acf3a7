-- called(server, run, call, position): keep how far a call is, as the server whose turn it is; 1, or 0 for any other.
local server = ARGV[1]
local wrong = refusal(server, ARGV[2])
if wrong then return wrong end
if call('HGET', STATE, 'caller') ~= server or not holds(server) then return 0 end
call('HSET', CALLED, ARGV[3], ARGV[4])
return 1
