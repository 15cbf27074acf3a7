-- caller(server, run): have one server do the calls out: who does them, as long as its lease holds, else who asks. Answers
-- with that server, the last number, and how far each call is, by the number of its act.
local server = ARGV[1]
local wrong = refusal(server, ARGV[2])
if wrong then return wrong end
local holder = call('HGET', STATE, 'caller')
if not holder or not holds(holder) then
  holder = server
  call('HSET', STATE, 'caller', server)
end
return {holder, number(), unpack(call('HGETALL', CALLED))}
