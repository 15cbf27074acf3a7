"""Ports and connections of another process, gone on with: nothing is read before it is told to begin."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any, NamedTuple

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from twistchat.interfaces.carried import NoTransport

Begin = Callable[[], object]
"""Goes on with what came back, once all has."""


class Descriptor(NamedTuple):
    """A socket of another process, which is this one's to close now."""

    number: int
    family: int
    """Its address family, as `socket` has them."""


class AdoptingReactor:
    """A reactor that listens at one socket, which is there already; all else is the reactor's own.

    An endpoint that listens by it does around the port whatever it always does: TLS, a proxy's words.
    """

    def __init__(self, reactor: Any, descriptor: Descriptor) -> None:
        """Stand before a reactor."""
        self._reactor = reactor
        self._descriptor = descriptor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def _adopt(self, factory: Any) -> IListeningPort:
        number, family = self._descriptor
        try:
            port: IListeningPort = self._reactor.adoptStreamPort(number, family, factory)
        finally:
            os.close(number)  # Twisted has one of its own
        return port

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> IListeningPort:
        """Listen at the socket."""
        return self._adopt(factory)

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen at the socket, for TLS."""
        from twisted.protocols.tls import TLSMemoryBIOFactory

        return self._adopt(TLSMemoryBIOFactory(contextFactory, False, factory))

    def listenUNIX(
        self, address: str, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool = False
    ) -> IListeningPort:
        """Listen at the socket."""
        return self._adopt(factory)

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> IListeningPort:
        """Listen at the socket, in place of one of systemd's."""
        return self._adopt(factory)


class _Only(Factory[Protocol]):
    """Has one protocol."""

    noisy = False

    def __init__(self, protocol: Protocol) -> None:
        self._only = protocol

    def buildProtocol(self, addr: object) -> Protocol:
        return self._only


def connect_again(reactor: Any, descriptor: Descriptor | None, protocol: Protocol) -> Begin | None:
    """Give a protocol its connection back, of which it reads nothing before it is told to.

    Args:
        reactor: What to do it with.
        descriptor: Its socket; None where nobody is at the far end any more.
        protocol: It.

    Returns:
        What is to be called to begin, where the peer has gone meanwhile; None where it is there.
    """
    if descriptor is None:
        protocol.makeConnection(NoTransport())
        return None
    with socket.socket(descriptor.family, socket.SOCK_STREAM, fileno=descriptor.number) as same:
        if _has_peer(same):
            reactor.adoptStreamConnection(descriptor.number, descriptor.family, _Only(protocol))  # by one of its own
            return None
    protocol.makeConnection(NoTransport())
    return lambda: protocol.connectionLost(Failure(ConnectionLost()))


def _has_peer(connection: socket.socket) -> bool:
    """Whether a connection was not reset; Twisted could not adopt it then."""
    try:
        connection.getpeername()
    except OSError:
        return False
    return True
