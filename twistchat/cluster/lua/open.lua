-- open(server, run, last, time, lease, cluster, settled, epoch): the first word on every connection.
--   run: which process Redis is now; another one than before means a restart or a takeover.
--   last, time: of the newest entry that the server has.
--   settled: up to which batch the server waits for none any more: one that was given up shall not come later.
--   epoch: which of Redis's openings the server's entries come from, the newest: two that differ are told apart by it.
-- Answers with a word, the last number, the last batch of that server, whether its lease holds, the cluster's mark, and
-- the epoch:
-- 0 open, 1 wait, 2 heal: the server has more, 3 diverged: it has what nobody else has, 4 another cluster, 5 supersede:
-- what Redis was given is older than what the server has, and differs.
local server, run, last, time, lease = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local mark, settled, epoch = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local current = call('HGET', STATE, 'cluster')
if not current then
  call('HSET', STATE, 'cluster', mark, 'owned', last > 0 and 1 or 0)
  current = mark
elseif last > 0 and number() == 0 and call('HGET', STATE, 'owned') ~= '1' then
  -- Who came first had nothing: nobody has lost anything if it is whose log this is that decides.
  call('HSET', STATE, 'cluster', mark, 'owned', 1, 'before', current)
  call('HDEL', STATE, 'run')
  current = mark
end
local is_open = call('HGET', STATE, 'run') == run
local function answer(word)
  return {word, number(), tonumber(call('HGET', STATE, 'seq:' .. server) or '0'),
    call('ZSCORE', LEASES, server) and 1 or 0, current, call('HGET', STATE, 'epoch') or '0'}
end
if last > 0 and mark ~= current and mark ~= call('HGET', STATE, 'before') then return answer(4) end
-- The batch that has the server's newest entry, if there is one: batches need not end where the server's did.
local item = last > 0 and call('XRANGE', LOG, last .. '-0', '+', 'COUNT', 1)[1]
if item then
  local fields = item[2]
  local from_end = tonumber(string.match(item[1], '^%d+')) - last
  local place = #cjson.decode(fields[8]) - from_end
  local its_time = fields[10] and string.format('%.6f', cjson.decode(fields[10])[place] or 0) or fields[6]
  if place > 0 and its_time ~= time then
    return answer(not is_open and epoch > seconds('epoch') and 5 or 3)
  end
end
if not is_open then
  if call('HGET', STATE, 'recovering') ~= run then
    -- Who knows no lease knows not who else has something.
    local is_blank = call('EXISTS', LEASES) == 0
    call('HSET', STATE, 'recovering', run, 'began', now(), 'blank', is_blank and 1 or 0)
    call('HDEL', STATE, 'ceded', 'healer')
    call('DEL', REPORTED, AWAITED)
  end
  if epoch > seconds('newest') then call('HSET', STATE, 'newest', ARGV[8]) end
  if last > number() then
    if is_ceded(last, epoch) then return answer(3) end
    -- One after the other: all at once would each read and send what one of them gets in. A turn is prolonged by what is
    -- given back, not by asking: who cannot read its own copy asks again and again.
    local is_turn = now() < seconds('healing')
    local healer = call('HGET', STATE, 'healer')
    if healer and is_turn then return answer(healer == server and 2 or 1) end
    call('HSET', STATE, 'healer', server, 'turn', lease / 5, 'healing', string.format('%.6f', now() + lease / 5))
    return answer(2)
  end
  call('SADD', REPORTED, server)
  local is_missing, patience = call('HGET', STATE, 'blank') == '1', lease
  if is_missing and number() == 0 and not call('HGET', STATE, 'healer') then patience = lease / 5 end -- all seems new
  for _, other in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    if call('SISMEMBER', REPORTED, other) == 0 then is_missing = true end
  end
  for _, other in ipairs(call('SMEMBERS', AWAITED)) do
    if call('SISMEMBER', REPORTED, other) == 0 then is_missing = true end
  end
  if is_missing and now() < tonumber(call('HGET', STATE, 'began')) + patience then return answer(1) end
  local newest = math.max(seconds('newest'), seconds('epoch'))
  call('HSET', STATE, 'run', run, 'epoch', string.format('%.6f', math.max(now(), newest + 0.001)))
  for _, other in ipairs(call('ZRANGE', LEASES, 0, -1)) do call('ZADD', LEASES, now() + lease, other) end
elseif last > number() then
  return answer(3)
end
if call('ZSCORE', LEASES, server) and settled > tonumber(call('HGET', STATE, 'seq:' .. server) or '0') then
  call('HSET', STATE, 'seq:' .. server, settled)
end
call('HSET', STATE, 'opened', server) -- it is not open to who could not write
return answer(0)
