"""A chat without a network: a Hub on a Clock that stands still, and people who come to it by fake connections.

Tests of the core speak through these two; where one looks inside, it does so by a name that is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from support.client import FakeClient
from support.flakylog import FlakyLog
from support.tokens import TokenFormat
from support.vault import OpenVault
from twisted.internet.task import Clock

from twistchat.core import person, pipeline, queue
from twistchat.core.author import Author
from twistchat.core.events import Event
from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.core.member import Member
from twistchat.core.ports import Elsewhere, Format, Log, Names
from twistchat.core.session import Session
from twistchat.core.submission import Delivered
from twistchat.log.memory import MemoryLog

FORMAT = TokenFormat()
"""What people at fake connections read."""


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

    def types(self, *lines: str, tag: str | None = None) -> None:
        """Send lines, each with that tag; what they bring comes with the end of the turn."""
        for line in lines:
            self.session.receive(line, tag)

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

    @property
    def name(self) -> str | None:
        """The name that was given, or None."""
        return self.session.name

    @property
    def rooms(self) -> set[str]:
        """The rooms that they are in."""
        return set(self.inside.rooms)

    @property
    def inside(self) -> person.Person:
        """What the core knows them as."""
        return self.session.person


class Chat:
    """A Hub with a Clock and a log, and the people in it."""

    def __init__(
        self,
        log: Log | None = None,
        clock: Clock | None = None,
        names: Names | None = None,
        elsewhere: Elsewhere | None = None,
        **limits: Any,
    ) -> None:
        """Make an empty chat.

        Args:
            log: In place of a MemoryLog that the tests can make slow or let fail.
            clock: The log's, where it has one.
            names: Where names are reserved beside here.
            elsewhere: The other servers.
            limits: Limits that differ from the default; people may talk as fast as they like unless `flood` is given.
        """
        self.format: Format[bytes] = FORMAT
        """What people who connect are shown."""
        self.clock = clock or Clock()
        self.set_by = 0.0
        """By how many seconds somebody has set the machine's clock."""
        self.log: Any = log or FlakyLog(MemoryLog(self.wall))
        self.vault = OpenVault()
        at_once = replace(Limits(flood=None), **limits)
        self.hub = Hub(self.log, self.clock, self.wall, at_once, names=names, vault=self.vault, elsewhere=elsewhere)

    def wall(self) -> float:
        """The time of day."""
        return self.clock.seconds() + self.set_by

    def turn(self) -> None:
        """Let the reactor's turn end: what was submitted is committed and delivered."""
        self.clock.advance(0)

    def connects(self, **client: Any) -> Person:
        """Somebody connects, and has given no name yet."""
        client.setdefault("format", self.format)
        return Person(self, FakeClient(**client))

    def use_up_turn(self) -> None:
        """Have this turn no more time for anything."""
        self.hub.turn.fill()

    def enters(self, name: str, **client: Any) -> Person:
        """Somebody connects, gives a name and is in the lobby; what they heard on the way is forgotten."""
        person = self.connects(**client)
        person.sends(name)
        assert person.rooms, person.hears()
        person.hears()
        return person

    def limit(self, **limits: Any) -> None:
        """Change limits while people are here."""
        self.hub.limits = replace(self.hub.limits, **limits)

    # --- looking inside

    @property
    def named(self) -> set[person.Person]:
        """Those whose names are taken."""
        return set(self.hub.roster)

    @property
    def names(self) -> set[str | None]:
        """The names that are taken."""
        return {person.name for person in self.named}

    def keep_name(self, person: person.Person) -> None:
        """Free all names of somebody but the one that they have."""
        assert person.name is not None
        self.hub.roster.keep(person.name, person)

    def called(self, name: str) -> person.Person:
        """The person who has that name."""
        return self.hub.roster.find(name)

    @property
    def open_rooms(self) -> set[str]:
        """The rooms that there are."""
        return set(self.hub.rooms)

    def members(self, room: str) -> set[Member]:
        """Who is in a room; nobody where it is not open."""
        return set(self.hub.rooms[room]) if room in self.hub.rooms else set()

    def people_in(self, room: str) -> list[str]:
        """The names of those in a room, in the order of the alphabet."""
        return sorted(member.shown_name for member in self.members(room))

    def topic_of(self, room: str) -> str:
        """The topic of a room that is open."""
        return self.hub.rooms[room].record.topic

    def expects(self, room: str) -> int:
        """How many events of an open room wait for a batch."""
        return self.hub.rooms[room].expected

    @property
    def is_watched(self) -> bool:
        """Whether anybody follows what is stored."""
        return bool(self.hub.pipeline._watchers)

    @property
    def queued(self) -> int:
        """How many events wait for a batch."""
        return self.hub.pipeline.pending


def watch_pipeline(
    chat: Chat,
    submitted: Callable[[Sequence[Event]], None],
    delivered: Callable[[list[Delivered]], None],
) -> None:
    """Learn of all that happens in a chat.

    Args:
        chat: Whose.
        submitted: Is told of events that were taken for the log.
        delivered: Is told of each batch that was committed, right before people are sent it.
    """
    submit, deliver = chat.hub.pipeline.submit, chat.hub.pipeline._deliver

    def watched_submit(author: Author, member: Member, *events: Event, **more: Any) -> None:
        submit(author, member, *events, **more)
        submitted(events)

    def watched_deliver(batch: list[Delivered]) -> None:
        delivered(batch)
        deliver(batch)

    submit_line = chat.hub.pipeline.submit_line

    def watched_line(author: Author, member: Member, event: Event) -> None:
        submit_line(author, member, event)
        submitted([event])

    chat.hub.pipeline.submit_line = watched_line  # type: ignore[method-assign]
    chat.hub.pipeline.submit = watched_submit  # type: ignore[method-assign]
    chat.hub.pipeline._deliver = watched_deliver  # type: ignore[method-assign]


def shorten_batches(chat: Chat, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let a batch take so many lines, while none wait."""
    monkeypatch.setattr(queue, "MOST_IN_A_BATCH", most)
    assert chat.hub.pipeline._pending.take_all() == []


def shorten_queue(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let so many events wait for a batch at most."""
    monkeypatch.setattr(pipeline, "MOST_PENDING", most)
