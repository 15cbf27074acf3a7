"""`twistchat bench`: how fast a server is, what it costs, and how others do at the same work."""
