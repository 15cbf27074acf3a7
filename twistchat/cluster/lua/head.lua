-- What all scripts have in common. Times are Redis's own, in seconds: servers' clocks may differ.
local LOG, STATE, NAMES, LEASES, REPORTED, ABOUT, ACTS, CALLED, AWAITED =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local PREFIX = string.sub(LOG, 1, -4)
local call = redis.call

local function now()
  local time = call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1e6
end

local function number()
  return tonumber(call('HGET', STATE, 'number') or '0')
end

local function seconds(field)
  return tonumber(call('HGET', STATE, field) or '0')
end

local function people(server)
  return PREFIX .. 'people:' .. server
end

local function keys(server)
  return PREFIX .. 'keys:' .. server
end

-- One item a batch; its id is the number of its last entry, so that who asks for what is behind LAST asks by number.
-- Where its entries have times of their own, `times` has them all.
local function put(last, server, seq, time, entries, keep, times)
  local item = {'MINID', '~', math.max(0, last - keep) .. '-0', last .. '-0', 'o', server, 'q', seq, 't', time, 'e', entries}
  if times then
    item[#item + 1] = 'w'
    item[#item + 1] = times
  end
  call('XADD', LOG, unpack(item))
end

-- Nobody writes before everybody has said what they have, nor whoever was buried.
local function refusal(server, run)
  if call('HGET', STATE, 'run') ~= run then return redis.error_reply('RECOVERING not every server has said what it has') end
  if not call('ZSCORE', LEASES, server) then return redis.error_reply('FENCED that server was taken for dead') end
end

-- Whether, in this recovery, what comes behind a number is known to be newer than a server's epoch.
local function is_ceded(last, epoch)
  local from = call('HGET', STATE, 'ceded')
  return from and last > tonumber(from) and epoch < seconds('ceded-to')
end

local function holds(server)
  local ends = call('ZSCORE', LEASES, server)
  return ends and tonumber(ends) > now()
end

local function take_key(server, key)
  call('HSET', NAMES, key, server)
  call('SADD', keys(server), key)
end

local function free_key(server, key)
  if call('HGET', NAMES, key) == server then call('HDEL', NAMES, key) end
  call('SREM', keys(server), key)
end
