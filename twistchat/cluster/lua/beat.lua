-- beat(server, run, lease, keep, about): prolong a server's lease, and bury one whose lease has ended: 1,000 of its
-- people a beat. Answers with how many were buried.
local server, lease, keep = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local wrong = refusal(server, ARGV[2])
if wrong then return wrong end
local time = now()
-- Where nobody beat for half a lease, it was Redis that slept, not the servers.
if time - tonumber(call('HGET', STATE, 'beat') or '0') > lease / 2 then
  for _, other in ipairs(call('ZRANGE', LEASES, 0, -1)) do call('ZADD', LEASES, time + lease, other) end
end
call('HSET', STATE, 'beat', time)
call('ZADD', LEASES, time + lease, server)
call('HSET', ABOUT, server, ARGV[5])
local dead = call('ZRANGEBYSCORE', LEASES, '-inf', time, 'LIMIT', 0, 1)[1]
if not dead then return 0 end
local all, gone = call('HKEYS', people(dead)), {}
for i = 1, math.min(#all, 1000) do
  local cut = string.find(all[i], '\n', 1, true)
  gone[i] = {string.sub(all[i], 1, cut - 1), 'gone', string.sub(all[i], cut + 1), 'their server is gone'}
  call('HDEL', people(dead), all[i])
end
if #gone > 0 then
  local last = call('HINCRBY', STATE, 'number', #gone)
  put(last, '~' .. dead, 0, string.format('%.6f', time), cjson.encode(gone), keep)
end
if #all <= 1000 then
  for _, key in ipairs(call('SMEMBERS', keys(dead))) do
    if call('HGET', NAMES, key) == dead then call('HDEL', NAMES, key) end
  end
  call('DEL', keys(dead))
  call('ZREM', LEASES, dead)
  call('HDEL', STATE, 'seq:' .. dead)
  call('HDEL', ABOUT, dead)
end
return #gone
