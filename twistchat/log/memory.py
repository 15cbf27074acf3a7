"""A log in memory: for tests, and for those who want nothing on disk. It ends with the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from twisted.internet.defer import Deferred, succeed

from twistchat.core.events import Entry, Event

KEPT = 10_000
"""Entries kept of each room; older ones are forgotten."""

KEPT_ROOMS = 1000
"""Rooms kept; past that the one that was quiet for the longest is forgotten."""


class MemoryLog:
    """Keeps the latest entries of each room."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Make an empty log.

        Args:
            now: Gives the time of an event, in seconds since 1970.
        """
        self._now = now
        self._number = 0
        self._rooms: dict[str, deque[Entry]] = {}

    def append(self, events: Sequence[Event]) -> Deferred[Sequence[Entry]]:
        """Commit events; this never fails."""
        now = self._now()
        entries = [self._entry(now, event) for event in events]
        return succeed(entries)

    def _entry(self, now: float, event: Event) -> Entry:
        self._number += 1
        entry = Entry(self._number, now, event)
        kept = self._rooms.pop(event.room, None)
        self._rooms[event.room] = kept = deque(maxlen=KEPT) if kept is None else kept
        kept.append(entry)
        if len(self._rooms) > KEPT_ROOMS:
            del self._rooms[next(iter(self._rooms))]
        return entry

    def latest(self, room: str, count: int) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room that people who join are shown, oldest first."""
        newest_first = (entry for entry in reversed(self._rooms.get(room, ())) if entry.event.past)
        return succeed([*islice(newest_first, count)][::-1])
