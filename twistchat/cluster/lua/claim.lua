-- claim(server, run, key, ...): reserve keys, all or none; 1 or 0.
local server = ARGV[1]
local wrong = refusal(server, ARGV[2])
if wrong then return wrong end
for i = 3, #ARGV do
  local owner = call('HGET', NAMES, ARGV[i])
  if owner and owner ~= server then return 0 end
end
for i = 3, #ARGV do take_key(server, ARGV[i]) end
return 1
