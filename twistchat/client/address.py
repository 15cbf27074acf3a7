"""Where to join: `tcp://host:7976`, `udp://host:8888`, `tls://host:7976`, or just a host. `name@host` says who."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

DEFAULT = "tcp://127.0.0.1:7976"

_PORTS = {"tcp": 7976, "udp": 8888, "tls": 7976}
_PAGES = {"http", "https", "ws", "wss"}


class Address(NamedTuple):
    """A server's port, and what is spoken there."""

    kind: str
    """`tcp`, `udp` or `tls`."""
    host: str
    port: int
    name: str = ""
    """Who goes there; empty where that was not said."""

    def __str__(self) -> str:
        """The address alone."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read an address as people write it.

    Raises:
        ValueError: It cannot be read; the text says what is wanted.
    """
    wanted = f"{text!r} is no address: write tcp://HOST:PORT, udp://HOST:PORT or tls://HOST:PORT, with NAME@ or not"
    try:
        parts = urlsplit(text if "://" in text else f"tcp://{text}")
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme in _PAGES and parts.hostname:
        at = str(Address("tcp", parts.hostname, _PORTS["tcp"]))
        raise ValueError(f"{text} is a page for a browser: open it there, or join by another port, such as {at}")
    has_more = bool(parts.path.strip("/") or parts.query or parts.fragment or parts.password is not None)
    if parts.scheme not in _PORTS or not parts.hostname or has_more:
        raise ValueError(wanted)
    name = unquote(parts.username or "")
    return Address(parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port, name)
