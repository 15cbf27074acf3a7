"""A real socket under Twisted's own transport, with a reactor that does nothing by itself."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import unix
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactorClock

NEVER_MORE = 10_000


class Pair:
    """One connection: Twisted's transport at the server's end, a plain socket at the peer's."""

    def __init__(self, protocol: Protocol, buffer: int = 4096) -> None:
        """Connect.

        Args:
            protocol: What the transport calls back.
            buffer: Bytes that the kernel takes of what the peer has not read (it doubles the figure).
        """
        self.reactor = MemoryReactorClock()
        ours, self.peer = socket.socketpair()
        for end in (ours, self.peer):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        self.transport = unix.Server(ours, protocol, None, None, 1, self.reactor)

    def turn(self) -> None:
        """Do what the reactor would do now."""
        if self.transport in self.reactor.getWriters():
            self._do(self.transport.doWrite)
        if self.transport in self.reactor.getReaders():
            self._do(self.transport.doRead)
        self.reactor.advance(0)

    def _do(self, work: Callable[[], Any]) -> None:
        why = work()
        if why is not None:
            from twisted.python.failure import Failure

            self.transport.connectionLost(Failure(why))

    def read(self) -> bytes:
        """All that the peer can read until nothing more comes."""
        got = bytearray()
        for _ in range(NEVER_MORE):
            try:
                part = self.peer.recv(65536)
            except BlockingIOError:
                if self.transport not in self.reactor.getWriters():
                    return bytes(got)
                self.turn()
                continue
            if not part:
                return bytes(got)
            got += part
        raise AssertionError("this goes on for ever")

    def close(self) -> None:
        """Let go of both ends."""
        self.peer.close()
        if self.transport.connected:
            self.transport.abortConnection()
            self.reactor.advance(0)
