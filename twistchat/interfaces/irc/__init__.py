"""IRC: clients and bots that people have already, in the same rooms as everybody (RFC 2812, IRCv3)."""
