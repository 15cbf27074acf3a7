"""Datagram chat over UDP: bare datagrams for the forking tutorial's own client, numbered ones that all arrive."""
