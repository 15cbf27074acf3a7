-- vouch(server, lease, person, ...): say who was at another server, of which Redis has forgotten all. It has one lease
-- to come back; then its people are told to be gone.
local server = ARGV[1]
if call('ZSCORE', LEASES, server) then return 0 end
call('ZADD', LEASES, now() + tonumber(ARGV[2]), server)
for i = 3, #ARGV do call('HSET', people(server), ARGV[i], '') end
return 1
