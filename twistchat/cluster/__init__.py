"""Several servers as one chat: a stream in Redis is their common log, of which each keeps a copy.

`Redis` here is any server of its protocol that has streams and scripts: Redis from 6.2 on, Valkey.
"""
