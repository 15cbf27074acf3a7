"""Who is in a room, as the rows of a list of names: of a large room only what has changed is put together anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from twistchat.core.census import RoomRecord
from twistchat.wire.irc_text import rows

LEAST_PEOPLE = 100
"""Of a room whose rows are kept: everyone who comes is told everybody, which of 5,000 people took 2.5 ms each."""

MOST_ROOMS = 4
"""Rooms whose rows are kept, the latest: 100 KiB of one with 5,000 people."""

Shown = Callable[[str, str], str]
"""Tells how somebody is shown, by the key of their name and the name."""


class _Kept(NamedTuple):
    """What the rows of a room were made of, and they."""

    names: Sequence[str]
    marked: tuple[Sequence[str], Sequence[str]]
    """Keys of those who have something before their name."""
    rows: Sequence[str]
    last: int
    """Which of the names the last row begins with."""


class NamesRows:
    """Makes rows of names, for one way of showing these."""

    def __init__(self, least: int = LEAST_PEOPLE) -> None:
        """Keep none yet.

        Args:
            least: People of a room whose rows are kept.
        """
        self._least = least
        self._kept: dict[str, _Kept] = {}

    def of(self, room: RoomRecord, most: int, shown: Shown) -> Sequence[str]:
        """The rows of a room.

        Args:
            room: It.
            most: The most bytes of a row, always the same for a room.
            shown: Gives each name, always the same for who is in the room and what the room says of them.
        """
        if len(room.people) < self._least:
            return [*rows((shown(key, name) for key, name in room.people.items()), most)]
        names, marked = [*room.people.values()], ([*room.terms.operators], [*room.terms.voiced])
        kept = self._kept.pop(room.name, None)
        if kept is None or kept.marked != marked or names[: len(kept.names)] != kept.names:
            kept = _Kept((), marked, (), 0)
        made = [*rows(_from(kept.last, room, shown), most)]
        all_rows = [*kept.rows[:-1], *made]
        last = len(names) - (made[-1].count(" ") + 1)
        self._kept[room.name] = _Kept(names, marked, all_rows, last)
        if len(self._kept) > MOST_ROOMS:
            del self._kept[next(iter(self._kept))]
        return all_rows


def _from(first: int, room: RoomRecord, shown: Shown) -> Iterator[str]:
    """Those in a room from one on, as they are shown."""
    for key, name in islice(room.people.items(), first, None):
        yield shown(key, name)
