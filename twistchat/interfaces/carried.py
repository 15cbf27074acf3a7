"""What goes to another process of one connection; and connections that nobody is at any more."""

from __future__ import annotations

from typing import Any, NamedTuple

from twistchat.interfaces.egress import bare, is_plain
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
