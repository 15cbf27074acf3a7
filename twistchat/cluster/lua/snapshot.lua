-- snapshot(): the last number, and who is where, as SERVER, ROOM and NAME on a line each.
local all = {number()}
for _, server in ipairs(call('ZRANGE', LEASES, 0, -1)) do
  for _, each in ipairs(call('HKEYS', people(server))) do all[#all + 1] = server .. '\n' .. each end
end
return all
