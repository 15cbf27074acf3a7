"""What connects to an address: plain lines, lines by TLS, or numbered datagrams."""

from __future__ import annotations

from typing import Any

from twisted.internet.endpoints import HostnameEndpoint, connectProtocol

from twistchat.client.address import Address
from twistchat.client.known_servers import KnownServers
from twistchat.client.link import Connect
from twistchat.client.memory import known_servers_file
from twistchat.client.transports import LineWire, datagrams

CONNECT_SECONDS = 15


def connector(reactor: Any, address: Address, ca: bytes | None = None) -> Connect:
    """What connects to an address.

    Args:
        reactor: What to connect with.
        address: Where to.
        ca: Certificates in PEM to trust with TLS, and nothing else; without them the server's key is remembered.
    """
    if address.kind == "udp":
        return lambda link: datagrams(reactor, link, address)
    endpoint = HostnameEndpoint(reactor, address.host, address.port, timeout=CONNECT_SECONDS)
    if address.kind == "tls":
        return _sealed(endpoint, address, ca)
    return lambda link: connectProtocol(endpoint, LineWire(link))


def _sealed(endpoint: HostnameEndpoint, address: Address, ca: bytes | None) -> Connect:
    from twistchat.client import pinning  # what only TLS needs is imported for it alone

    if ca is not None:
        return pinning.certified(endpoint, address, ca)
    servers = KnownServers(known_servers_file())
    return lambda link: pinning.pinned(endpoint, link, address, servers)
