"""Taking lines out of a log, also while a server uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import NamedTuple

from twistchat.log.schema import BUSY_SECONDS, connect

READ_STEP = 1000
"""Lines read at once, so that no long reading keeps the write-ahead log from being emptied."""

_SELECT = """
    SELECT number, time, room, kind, name, text FROM entries
    WHERE number > ? AND (room = ? OR ?) AND time >= ? AND time < ? ORDER BY number LIMIT ?
"""


class StoredLine(NamedTuple):
    """One entry, as the log has it."""

    number: int
    time: float
    """In seconds since 1970."""
    room: str
    """Empty for what was said everywhere."""
    kind: str
    name: str
    text: str


class Wanted(NamedTuple):
    """Which entries are taken."""

    room: str | None = None
    """Whose, if only one room's."""
    since: float = -inf
    """The earliest time, in seconds since 1970."""
    until: float = inf
    """The first time that is too late."""


EVERYTHING = Wanted()


def exported(path: Path, wanted: Wanted = EVERYTHING) -> Iterator[StoredLine]:
    """The log's entries in its order, up to those that are there when the end is reached.

    Args:
        path: The log's file.
        wanted: Which of them.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    at, (room, since, until) = 0, wanted
    with closing(connect(path, BUSY_SECONDS)) as db:
        while rows := db.execute(_SELECT, (at, room, room is None, since, until, READ_STEP)).fetchall():
            yield from map(StoredLine._make, rows)
            at = rows[-1][0]


def json_line(line: StoredLine) -> str:
    """An entry as one line of JSON, as an import takes it: its time is UTC as in ISO 8601."""
    return json.dumps(line._replace(time=iso(line.time))._asdict(), ensure_ascii=False) + "\n"  # type: ignore[arg-type]


def iso(seconds: float) -> str:
    """A time, given in seconds since 1970, as ISO 8601 has it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
