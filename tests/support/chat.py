"""A chat without a network: a Hub on a Clock that stands still, and people who come to it by fake connections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from support.client import FakeClient
from support.flakylog import FlakyLog
from twisted.internet.task import Clock

from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.core.ports import Format, Log
from twistchat.core.session import Session
from twistchat.log.memory import MemoryLog
from twistchat.wire.line import LineFormat

FORMAT = LineFormat()


class Person:
    """Somebody at a fake connection."""

    def __init__(self, chat: Chat, client: FakeClient) -> None:
        self.chat = chat
        self.client = client
        self.session: Session = chat.hub.connect(client)

    def sends(self, *lines: str) -> None:
        """Send lines, and let the turn end."""
        self.types(*lines)
        self.chat.turn()

    def types(self, *lines: str) -> None:
        """Send lines; what they bring comes with the end of the turn."""
        for line in lines:
            self.session.receive(line)

    def hears(self) -> list[str]:
        """The lines that came since this was last asked."""
        return self.client.take()

    def asks(self, line: str) -> list[str]:
        """Send a line, and return what comes of it in this turn, without what came before."""
        self.hears()
        self.sends(line)
        return self.hears()

    def vanishes(self) -> None:
        """Lose the connection; what it brings comes with the end of the turn."""
        self.client.connected = False
        self.session.close()


class Chat:
    """A Hub with a Clock and a log, and the people in it."""

    def __init__(self, log: Log | None = None, clock: Clock | None = None, **limits: Any) -> None:
        """Make an empty chat.

        Args:
            log: In place of a MemoryLog that the tests can make slow or let fail.
            clock: The log's, where it has one.
            limits: Limits that differ from the default; people may talk as fast as they like unless `flood` is given.
        """
        self.format: Format[bytes] = FORMAT
        """What people who connect are shown."""
        self.clock = clock or Clock()
        self.log: Any = log or FlakyLog(MemoryLog(self.clock.seconds))
        self.hub = Hub(self.log, self.clock, replace(Limits(flood=None), **limits))

    def turn(self) -> None:
        """Let the reactor's turn end: what was submitted is committed and delivered."""
        self.clock.advance(0)

    def connects(self, **client: Any) -> Person:
        """Somebody connects, and has given no name yet."""
        client.setdefault("format", self.format)
        return Person(self, FakeClient(**client))

    def enters(self, name: str, **client: Any) -> Person:
        """Somebody connects, gives a name and is in the lobby; what they heard on the way is forgotten."""
        person = self.connects(**client)
        person.sends(name)
        assert person.session.rooms, person.hears()
        person.hears()
        return person

    def limit(self, **limits: Any) -> None:
        """Change limits while people are here."""
        self.hub.limits = replace(self.hub.limits, **limits)
