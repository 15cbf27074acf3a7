"""A log in memory: for tests, and for those who want nothing on disk. It ends with the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice, takewhile
from operator import attrgetter
from typing import Any, Self

from twisted.internet.defer import Deferred, succeed

from twistchat.core import names
from twistchat.core.events import Entry, Joined, Left, Renamed, Ruling, Stored, TopicSet
from twistchat.core.names import EVERYWHERE, Place
from twistchat.core.ports import Committed, Deliver, to_nobody
from twistchat.core.queries import PAGE, Found, Missed, Query, Seen
from twistchat.core.terms import ADMISSIONS, MOST_ADMITTED, SETTINGS
from twistchat.log.rows import entries, row, text_of
from twistchat.wire.flat import flat_room, place

KEPT = 10_000
"""Entries kept of each room; older ones are forgotten."""

KEPT_ROOMS = 1000
"""Rooms kept; past that the one that was quiet for the longest is forgotten."""


class _Kept:
    """What is kept of one room."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.topic: Entry | None = None
        self.settings: dict[str, Entry] = {}
        self.admissions: deque[Entry] = deque(maxlen=2 * MOST_ADMITTED)

    def note_terms(self, entry: Entry) -> None:
        """Keep a ruling that the room's terms follow from."""
        if isinstance(entry.event, SETTINGS):
            self.settings[entry.event.kind] = entry
        elif isinstance(entry.event, ADMISSIONS):
            self.admissions.append(entry)

    def written(self) -> list[list[list[Any]]]:
        """All of it, as JSON has it."""
        topic = [] if self.topic is None else [self.topic]
        return [[_row(e) for e in some] for some in (self.entries, topic, self.settings.values(), self.admissions)]

    @classmethod
    def read(cls, written: list[list[list[Any]]]) -> Self:
        """What was written so; kinds that are not known here are left out."""
        kept = cls()
        said, topic, settings, admissions = ([*entries(map(tuple, rows))] for rows in written)
        kept.entries.extend(said)
        kept.topic = topic[0] if topic else None
        for entry in (*settings, *admissions):
            kept.note_terms(entry)
        return kept

    def past(self, before: int | None = None) -> Iterator[Entry]:
        """What people who join are shown, newest first."""
        return (e for e in reversed(self.entries) if e.event.past and (before is None or e.number < before))


class MemoryLog:
    """Keeps the latest entries of each room."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Make an empty log.

        Args:
            now: Gives the time of an event, in seconds since 1970.
        """
        self._now = now
        self._number = 0
        self._rooms: dict[Place, _Kept] = {}
        self._deliver: Deliver = to_nobody

    def check(self) -> None:
        """There is nothing that could be wrong."""

    def open(self) -> None:
        """There is nothing to open."""

    # --- handed to another process

    def portrait(self) -> dict[str, Any]:
        """All that is kept, as another process needs it."""
        rooms = [[flat_room(room), kept.written()] for room, kept in self._rooms.items()]
        return {"number": self._number, "rooms": rooms}

    def revive(self, portrait: dict[str, Any]) -> None:
        """Keep what another process has kept."""
        self._number = portrait.get("number", 0)
        for room, written in portrait.get("rooms", ()):
            self._rooms[place(room)] = _Kept.read(written)

    def pause(self) -> None:
        """There is nothing to let go of."""

    def resume(self) -> None:
        """There is nothing to take again."""

    # ---

    @property
    def trouble(self) -> None:
        """Nothing can be wrong."""

    def follow(self, deliver: Deliver) -> None:
        """Have all that is committed from now on brought."""
        self._deliver = deliver

    def append(self, events: Sequence[Stored]) -> Deferred[None]:
        """Commit events; this never fails."""
        now = self._now()
        self._deliver([Committed([self._entry(now, event) for event in events])])
        return succeed(None)

    def _entry(self, now: float, event: Stored) -> Entry:
        self._number += 1
        entry = Entry(self._number, now, event)
        kept = self._rooms.pop(event.room, None)
        self._rooms[event.room] = kept = _Kept() if kept is None else kept
        kept.entries.append(entry)
        if isinstance(event, TopicSet):
            kept.topic = entry
        elif isinstance(event, Ruling):
            kept.note_terms(entry)
        if len(self._rooms) > KEPT_ROOMS:
            del self._rooms[next(iter(self._rooms))]
        return entry

    def latest(self, room: Place, count: int) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room, after what set its topic if that is older."""
        kept = self._room(room)
        entries = _newest(kept.past(), count)
        older = [] if kept.topic is None or kept.topic in entries else [kept.topic]
        return succeed([*older, *entries])

    def history(self, room: Place, count: int, before: int | None = None) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room below a number, oldest first."""
        return succeed(_newest(self._room(room).past(before), count))

    def between(self, room: str, after: int, before: int, count: int, newest: bool) -> Deferred[Sequence[Entry]]:
        """The entries of a room between two numbers, oldest first."""
        found = [*takewhile(lambda entry: entry.number > after, self._room(room).past(before))][::-1]
        return succeed(found[max(0, len(found) - count) :] if newest else found[:count])

    def after(self, number: int, count: int) -> Deferred[Sequence[Entry]]:
        """The entries above a number, of all places, oldest first."""
        newest_first = (
            takewhile(lambda entry: entry.number > number, reversed(e.entries)) for e in self._rooms.values()
        )
        newer = [*merge(*newest_first, key=attrgetter("number"), reverse=True)]
        return succeed(newer[::-1][:count])

    def terms(self, room: str) -> Deferred[Sequence[Entry]]:
        """What a room's terms follow from."""
        kept = self._room(room)
        return succeed(sorted([*kept.settings.values(), *kept.admissions], key=attrgetter("number")))

    def first_since(self, time: float) -> Deferred[int]:
        """The number of the first entry from a time on, or one above all."""
        since = (e.number for kept in self._rooms.values() for e in kept.entries if e.time >= time)
        return succeed(min(since, default=self._number + 1))

    def seen(self, after: int, count: int) -> Deferred[Seen]:
        """Whose coming and going is among the next entries."""
        upto = min(after + count, self._number)
        entries = (entry for kept in self._rooms.values() for entry in kept.entries if after < entry.number <= upto)
        times: dict[str, float] = {}
        for entry in sorted(entries, key=attrgetter("number")):
            if entry.event.name is not None and not entry.event.past:
                times[entry.event.name] = entry.time
        return succeed(Seen(times, upto))

    def missed(self, room: str, name: str, count: int, after: int = 0) -> Deferred[Missed | None]:
        """What was said between a person's last two stays in a room."""
        kept = self._room(room)
        moves = (entry for entry in reversed(kept.entries) if _moves(entry.event, name))
        stays = [*islice(moves, 2)]
        came = stays.pop(0).number if stays and isinstance(stays[0].event, Joined) else None
        if not stays:
            return succeed(None)
        newest_first = self._past((room, EVERYWHERE), came)
        since = max(stays[0].number, after)
        missed = [*takewhile(lambda entry: entry.number > since, newest_first)]
        return succeed(Missed(_newest(missed, count), max(0, len(missed) - count)))

    def search(self, query: Query) -> Deferred[Found]:
        """The newest entries that match."""
        matching = (e for e in self._past(query.rooms) if query.matches(e, text_of(e.event)))
        found = [*islice(matching, PAGE + 1)]
        page = found[:PAGE]
        return succeed(Found(page, page[-1].number if len(found) > PAGE else None))

    def close(self) -> Deferred[None]:
        """End; there is nothing to do."""
        return succeed(None)

    def _past(self, rooms: Iterable[Place], before: int | None = None) -> Iterator[Entry]:
        each = (self._room(room).past(before) for room in rooms)
        return merge(*each, key=attrgetter("number"), reverse=True)

    def _room(self, name: Place) -> _Kept:
        return self._rooms.get(name) or _Kept()


def _moves(event: Stored, name: str) -> bool:
    """Whether an event is that somebody came, went or changed their name."""
    return isinstance(event, Joined | Left | Renamed) and names.key(event.name) == names.key(name)


def _newest(newest_first: Iterable[Entry], count: int) -> list[Entry]:
    return [*islice(newest_first, count)][::-1]


def _row(entry: Entry) -> list[Any]:
    """An entry as JSON has it: the rows of `twistchat.log.rows`."""
    return [entry.number, entry.time, *row(entry.event)[:4]]
