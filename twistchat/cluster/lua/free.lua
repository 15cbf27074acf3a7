-- free(server, key, ...): give keys up that nothing in the log is about.
for i = 2, #ARGV do free_key(ARGV[1], ARGV[i]) end
return 1
