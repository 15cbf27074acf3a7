-- whisper(key, message): to the server that has a name; nothing of it is kept. Answers with that server, or with nothing
-- where nobody has the name, or nobody listens there.
local server = call('HGET', NAMES, ARGV[1])
if not server or call('PUBLISH', PREFIX .. 'to:' .. server, ARGV[2]) == 0 then return false end
return server
