"""What a room has since one was last here: shown once each, in the log's order, however it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twistchat.core.events import Entry

MOST_CAUGHT_UP = 1000
"""Lines that are fetched of what was missed; who missed more is told how to see the rest."""

MOST_KEPT = 10_000
"""Entries of a room kept while one is on the way in; a server that sends without end fills no memory."""

Item = tuple[Entry, Mapping[str, Any]]


class Catchup:
    """Collects one room's entries while one is on the way in, from the past that comes by itself and from /history."""

    def __init__(self, seen: int | None) -> None:
        """Begin.

        Args:
            seen: The highest number that was shown of this room; None where nothing was.
        """
        self.seen = seen
        self._items: dict[int, Item] = {}
        self._past: set[int] = set()
        self.is_another_log = False
        """Whether numbers below those of the last connection came: the server has begun a new log."""
        self._before = -1

    def add(self, entry: Entry, value: Mapping[str, Any]) -> None:
        """Take what came."""
        if len(self._items) >= MOST_KEPT:
            return
        self._items.setdefault(entry.number, (entry, value))
        if value.get("past"):
            self._past.add(entry.number)
        elif self.seen is not None and 0 < entry.number <= self.seen:
            self.seen, self.is_another_log = 0, True

    @property
    def is_cut(self) -> bool:
        """Whether more was missed than is fetched."""
        return self.seen is not None and len(self._past) >= MOST_CAUGHT_UP and min(self._past) > self.seen

    def older_than(self) -> int | None:
        """Below which number to ask for more, 0 for the newest; None where nothing is missing."""
        if self.seen is None or self.is_cut or any(number <= self.seen for number in self._past):
            return None
        before = min(self._past, default=0)
        if before == self._before:  # the last answer brought nothing
            return None
        self._before = before
        return before

    def missed(self) -> list[Item]:
        """What has not been shown, in the log's order."""
        return [item for number, item in sorted(self._items.items()) if number > (self.seen or 0)]

    @property
    def first(self) -> int:
        """The lowest number that was fetched."""
        return min(self._items, default=0)
