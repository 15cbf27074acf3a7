"""`twistchat serve --processes N`: a server for each core, all of them one chat by a Redis of their own."""
