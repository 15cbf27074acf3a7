"""Reading what was stored: the latest lines of a room, older ones, and what somebody missed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Any

from twistchat.core.events import Entry
from twistchat.core.names import EVERYWHERE, Place
from twistchat.core.queries import Missed, Seen
from twistchat.core.terms import ADMISSIONS, MOST_ADMITTED, SETTINGS
from twistchat.log.places import IN_ROOM, NEWEST_FIRST, OLDEST_FIRST
from twistchat.log.rows import entries
from twistchat.log.schema import OF_TERMS, connect
from twistchat.wire.flat import flat_room

_COLUMNS = "number, time, room, kind, name, text"
_HISTORY = f"SELECT e.number, e.time, e.room, e.kind, e.name, e.text {IN_ROOM} {NEWEST_FIRST} LIMIT ?4"
_OLDEST = f"SELECT e.number, e.time, e.room, e.kind, e.name, e.text {IN_ROOM} {OLDEST_FIRST} LIMIT ?4"
_AFTER = f"SELECT {_COLUMNS} FROM entries WHERE number > ? ORDER BY number LIMIT ?"
_OLDER = f"SELECT count(*) {IN_ROOM}"
_TOPIC = f"SELECT {_COLUMNS} FROM entries WHERE room = ? AND kind = 'topicset' ORDER BY number DESC LIMIT 1"
_STAYS = """
    SELECT number, kind = 'joined' FROM entries WHERE room = ? AND name = ? COLLATE NOCASE AND NOT past
    ORDER BY number DESC LIMIT 2
"""
_ENDS = "SELECT coalesce(min(number), 1), coalesce(max(number), 0) + 1 FROM entries"
_SEEN = "SELECT name, max(time) FROM entries WHERE number > ? AND number <= ? AND NOT past AND name != '' GROUP BY name"
_FROM = "SELECT number, time FROM entries WHERE number >= ? ORDER BY number LIMIT 1"

_HAS_TERMS = f"SELECT 1 FROM entries WHERE room = ? AND {OF_TERMS} LIMIT 1"
_TERMS = f"SELECT {_COLUMNS} FROM entries WHERE room = ? AND kind = ? AND {OF_TERMS} ORDER BY number DESC LIMIT ?"

BEYOND = 2**63 - 1
"""Above every number: SQLite's largest integer."""


class LogReader:
    """Answers questions, in one thread at a time. After a failure the file is opened anew.

    Its methods raise sqlite3.Error where the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        """Prepare to read the log's file; nothing is opened yet."""
        self._path = path
        self._db: sqlite3.Connection | None = None

    def latest(self, room: Place, count: int) -> Sequence[Entry]:
        """The newest entries of a room, oldest first, after what set its topic if that is older."""
        newest = self.history(room, count, None)
        topic = entries(self._rows(_TOPIC, flat_room(room)))
        return newest if not topic or topic[0] in newest else [*topic, *newest]

    def history(self, room: Place, count: int, before: int | None) -> Sequence[Entry]:
        """The newest entries of a room below a number, oldest first."""
        return self._between(room, 0, BEYOND if before is None else min(before, BEYOND), count)

    def between(self, room: str, after: int, before: int, count: int, newest: bool) -> Sequence[Entry]:
        """The entries of a room between two numbers, oldest first: the newest of them, or the oldest."""
        after, before = (min(max(0, number), BEYOND) for number in (after, before))
        if newest:
            return self._between(room, after, before, count)
        return entries(self._rows(_OLDEST, room, before, after, count))

    def after(self, number: int, count: int) -> Sequence[Entry]:
        """The entries above a number, of all places, oldest first."""
        while rows := self._rows(_AFTER, number, count):
            if found := entries(rows):
                return found
            number = rows[-1][0]  # all of kinds that a newer version stored
        return ()

    def terms(self, room: str) -> Sequence[Entry]:
        """What a room's terms follow from; most rooms have nothing of that."""
        if not self._rows(_HAS_TERMS, room):
            return ()
        wanted = [*((kind, 1) for kind in SETTINGS), *((kind, 2 * MOST_ADMITTED) for kind in ADMISSIONS)]
        found = [row for kind, most in wanted for row in self._rows(_TERMS, room, kind.kind, most)]
        return sorted(entries(found), key=attrgetter("number"))

    def first_since(self, time: float) -> int:
        """The number of the first entry from a time on, or one above all: by halves, as no index has the times."""
        ((low, high),) = self._rows(_ENDS)
        while low < high:
            middle = (low + high) // 2
            earlier = [number for number, when in self._rows(_FROM, middle) if when < time]
            low, high = (earlier[0] + 1, high) if earlier else (low, middle)
        return int(low)

    def seen(self, after: int, count: int) -> Seen:
        """Whose coming and going is among the next entries."""
        ((_, end),) = self._rows(_ENDS)
        upto = min(after + count, end - 1)
        return Seen(dict(self._rows(_SEEN, after, upto)), upto)

    def missed(self, room: str, name: str, count: int, started: int, after: int = 0) -> Missed | None:
        """What was said between a person's last two stays in a room.

        Args:
            room: The room.
            name: The person's name; the case of ASCII letters does not matter.
            count: The most entries.
            started: The newest number when this server started. Somebody who was here when the one before it ended
                without a word left then.
            after: The number that they must be above.
        """
        stays = [*self._rows(_STAYS, room, name)]
        came = stays.pop(0)[0] if stays and stays[0][1] else BEYOND
        if not stays:
            return None
        left, never_left = stays[0]
        if never_left:
            left = max(left, min(started, came))
        left = max(left, after)
        newest, total = [], 0
        for each in (room, EVERYWHERE):
            newest += self._between(each, left, came, count)
            ((more,),) = self._rows(_OLDER, flat_room(each), came, left)
            total += more
        newest = sorted(newest, key=attrgetter("number"))[-count:]
        return Missed(newest, total - len(newest))

    def close(self) -> None:
        """Let go of the file; idempotent."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _between(self, room: Place, after: int, before: int, count: int) -> list[Entry]:
        return entries(self._rows(_HISTORY, flat_room(room), before, after, count))[::-1]

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            if self._db is None:
                self._db = connect(self._path)
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self.close()
            raise
