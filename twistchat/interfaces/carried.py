"""What goes to another process of one connection; and connections that nobody is at any more."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.protocol import Protocol

from twistchat.core.session import Session
from twistchat.interfaces.egress import bare, is_plain
from twistchat.interfaces.talker import Talker
from twistchat.wire.packing import Written


class CarriedConnection(NamedTuple):
    """What one client is."""

    state: Written
    """What is written down of it."""
    transport: Any
    """Whose socket goes with it; None where it has none of its own, or none any more."""


def with_socket(state: Written, transport: Any) -> CarriedConnection | None:
    """What goes of a connection of bytes; None where it is sealed, which another process could not go on with.

    Args:
        state: What is written down of it.
        transport: Its own.
    """
    if state["ingress"]["lost"]:
        return CarriedConnection(state, None)
    socket = bare(transport)
    return CarriedConnection(state, socket) if is_plain(socket) else None


class ComesBack(Protocol):
    """A protocol that a member's connection comes in by, or comes back by from another process."""

    transport: Any

    def __init__(self) -> None:
        self._come: Callable[[], None] = self._come_in

    def come_back_as(self, state: Written, session_of: Callable[[Talker], Session]) -> None:
        """Be where a state was written down, in place of coming in, once there is a transport.

        Args:
            state: It.
            session_of: Gives a client its session back.
        """
        self._come = partial(self._come_back, state, session_of)

    @abstractmethod
    def _come_in(self) -> None:
        """Begin anew."""

    @abstractmethod
    def _come_back(self, state: Written, session_of: Callable[[Talker], Session]) -> None:
        """Be where a state was written down; nothing is sent, read or timed before the client's `begin`."""


class CarriedClient(ComesBack):
    """A connection of bytes that is the core's client itself."""

    _connections: Any

    @property
    def home(self) -> str:
        """The service that it came by, and by which it can come back."""
        home: str = self._connections.home
        return home

    @abstractmethod
    def state(self) -> Written:
        """What another process needs to go on, beside the session and the socket."""

    def carried(self) -> CarriedConnection | None:
        """What goes to another process; None where that cannot be."""
        return with_socket(self.state(), self.transport)


class NoTransport:
    """The connection of somebody who has gone, and of whom something is still to be said."""

    def write(self, data: bytes) -> None:
        """Nobody reads it."""

    def writeSequence(self, data: Any) -> None:
        """Nobody reads it."""

    def loseConnection(self) -> None:
        """It is lost."""

    def abortConnection(self) -> None:
        """It is lost."""

    def getPeer(self) -> None:
        """Nobody."""

    def getHost(self) -> None:
        """Nowhere."""

    def pauseProducing(self) -> None:
        """Nothing comes."""

    def resumeProducing(self) -> None:
        """Nothing comes."""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Nothing is ever asked for."""

    def unregisterProducer(self) -> None:
        """Nothing was."""
