"""Waiting for the other process of a restart without keeping anybody else waiting."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from twistchat.succession.channel import Channel


class FirstWord:
    """Waits for the channel to have something, by the reactor."""

    def __init__(self, reactor: Any, channel: Channel) -> None:
        self._reactor = reactor
        self._channel = channel
        self.said: Deferred[None] = Deferred()
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._channel.fileno()

    def logPrefix(self) -> str:
        return "restart"

    def doRead(self) -> None:
        self.end()
        self.said.callback(None)

    def connectionLost(self, reason: object) -> None:
        """Twisted's hook, for a reactor that stops."""

    def end(self) -> None:
        """Wait no more; idempotent."""
        self._reactor.removeReader(self)
