-- leave(server, run): a server ends in order; it is buried with the next beat of another.
local wrong = refusal(ARGV[1], ARGV[2])
if wrong then return wrong end
call('ZADD', LEASES, 1, ARGV[1])
return 1
