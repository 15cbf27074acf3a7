"""What can be asked of the log beside its latest lines, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from twistchat.core import names
from twistchat.core.events import Entry
from twistchat.core.names import Place

PAGE = 20
"""Entries of a page that a search answers with."""


MOST_PAST_BYTES = 120_000
"""Of text in one answer of the past, so that it fits into a slow reader's backlog of 256 KiB."""


@dataclass(frozen=True, slots=True)
class Older:
    """The lines of a room before one of them."""

    room: str
    count: int
    """How many at most."""
    before: int | None = None
    """The number that they are below; None for the newest."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search: an entry must have every word in it, as a part of its text, case aside."""

    words: tuple[str, ...]
    rooms: tuple[Place, ...]
    """Where to look; the asker may read all of them."""
    name: str | None = None
    """Whose entries, if only theirs; case and width do not matter."""
    since: float | None = None
    """The earliest time, in seconds since 1970."""
    before: int | None = None
    """The number that entries must be below."""
    after: Mapping[Place, int] = field(default_factory=dict, hash=False)
    """For some of the rooms the number that their entries must be above."""
    until: float | None = None
    """The time that entries must be before, in seconds since 1970."""

    def matches(self, entry: Entry, text: str) -> bool:
        """Whether an entry is one of those that are searched for.

        Args:
            entry: The entry.
            text: What it says.
        """
        event = entry.event
        return (
            event.past
            and event.room in self.rooms
            and (self.before is None or entry.number < self.before)
            and (not self.after or entry.number > self.after.get(event.room, 0))
            and (self.since is None or entry.time >= self.since)
            and (self.until is None or entry.time < self.until)
            and (self.name is None or (event.name is not None and names.key(event.name) == names.key(self.name)))
            and all(word.lower() in text.lower() for word in self.words)
        )


class Found(NamedTuple):
    """A page of what a search found."""

    entries: Sequence[Entry]
    """Newest first."""

    before: int | None
    """Where the search goes on: below this number; None when nothing older can match."""


class Seen(NamedTuple):
    """Who came, went, or was here in between, as a part of the log has it."""

    times: Mapping[str, float]
    """Of each name the latest, in seconds since 1970."""

    upto: int
    """The number of the last entry that was looked at."""


class Missed(NamedTuple):
    """What was said while somebody was away."""

    entries: Sequence[Entry]
    """The newest of it, oldest first."""

    older: int
    """How many more there are before those."""
