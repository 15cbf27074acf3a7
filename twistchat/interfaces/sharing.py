"""Ports that several servers on one machine have at once: the kernel gives each newcomer to one of them (SO_REUSEPORT).

All of them have to be the same user's (socket(7)), and each has to share. By UDP the kernel goes by who sends: a peer
comes to the same server as long as servers neither come nor go.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet.error import CannotListenError


class SharingReactor:
    """A reactor whose TCP and UDP ports are shared; all else is the reactor's own."""

    shares_ports = True

    def __init__(self, reactor: Any) -> None:
        """Stand before a reactor."""
        self._reactor = reactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Twisted's, with a socket that is shared."""
        with _bound(port, interface, socket.SOCK_STREAM) as shared:
            shared.listen(backlog)
            return self._reactor.adoptStreamPort(shared.fileno(), shared.family, factory)

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> Any:
        """Twisted's, with a socket that is shared."""
        with _bound(port, interface, socket.SOCK_DGRAM) as shared:
            return self._reactor.adoptDatagramPort(shared.fileno(), shared.family, protocol, maxPacketSize)


def shares_ports(reactor: Any) -> bool:
    """Whether ports that a reactor listens at may be had by others, too."""
    return bool(getattr(reactor, "shares_ports", False))


def share(socket_: socket.socket) -> None:
    """Have a socket, which is not bound yet, share its port."""
    socket_.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


@contextmanager
def _bound(port: int, interface: str, kind: socket.SocketKind) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    with socket.socket(family, kind) as shared:
        share(shared)
        if kind is socket.SOCK_STREAM:
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            shared.setblocking(False)
            shared.bind((interface, port))
        except OSError as error:
            raise CannotListenError(interface, port, error) from error
        yield shared
