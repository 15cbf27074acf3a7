"""Taking lines out of a log and putting them into one, also while a server uses it.

A line of an export is a JSON object: `number`, `time` (UTC, ISO 8601), `room`, `kind`, `name`, `text`. What is put in
may be that, or a plain transcript: `name: text`.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from twistchat.core import names
from twistchat.core.events import Announced, TopicSet
from twistchat.core.text import clean_line
from twistchat.errors import ChatError, NotText
from twistchat.log import places
from twistchat.log.rows import KIND_NAMES, EntryRow, event, row
from twistchat.log.schema import BUSY_SECONDS, connect
from twistchat.wire.flat import RULINGS
from twistchat.wire.text import Encoding

Progress = Callable[[int], None]
"""Called now and then with how many lines are done."""

READ_STEP = 1000
"""Lines read at once, so that no long reading keeps the write-ahead log from being emptied."""

WRITE_STEP = 500
"""Lines stored in one transaction, 3 ms in which a server that uses the log has to wait."""

LONGEST_NAME = 64
LONGEST_TEXT = 4096
"""Characters; more than any server lets people send unless it was told to."""

_BYTE_ORDER_MARK = "\ufeff"
"""What some editors begin a file with."""

_BY_NOBODY = frozenset({TopicSet.kind, *(ruling.kind for ruling in RULINGS)})
"""What may have no name."""

_TRANSCRIPT = re.compile(r"(\S+?) ?: (.*)")
_SELECT = """
    SELECT number, time, room, kind, name, text FROM entries
    WHERE number > ? AND (room = ? OR ?) AND time >= ? ORDER BY number LIMIT ?
"""
_INSERT = "INSERT INTO entries (number, time, room, kind, name, text, past) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Unfit(Exception):
    """A line that cannot be taken; the text says why."""


class Imported(NamedTuple):
    """What became of the lines."""

    stored: int
    left_out: Counter[str]
    """How many were not stored, by why."""


def exported(path: Path, room: str | None = None, since: float = 0.0) -> Iterator[str]:
    """The log's entries as lines of JSON, in its order, up to those that are there when the end is reached.

    Args:
        path: The log's file.
        room: Whose entries, if only that room's.
        since: The earliest time, in seconds since 1970.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    at = 0
    with closing(connect(path, BUSY_SECONDS)) as db:
        while rows := db.execute(_SELECT, (at, room, room is None, since, READ_STEP)).fetchall():
            for number, seconds, *stored in rows:
                fields = (number, _iso(seconds), *stored)
                yield json.dumps(dict(zip(_FIELDS, fields, strict=True)), ensure_ascii=False) + "\n"
            at = rows[-1][0]


_FIELDS = ("number", "time", "room", "kind", "name", "text")


def import_lines(path: Path, lines: Iterable[bytes], room: str, progress: Progress, now: float) -> Imported:
    """Store lines behind those that are there; they get new numbers and keep their times.

    Args:
        path: The log's file.
        lines: Lines of JSON, or `name: text`, in UTF-8 or GB18030.
        room: Where lines go that name no room.
        progress: Told how many lines were read.
        now: The time of lines that have none, in seconds since 1970.

    Raises:
        sqlite3.Error: They cannot be stored; those before are.
    """
    read, stored, left_out = 0, 0, Counter[str]()
    source, encoding = iter(lines), Encoding()
    with closing(connect(path, BUSY_SECONDS)) as db:
        while batch := [*islice(source, WRITE_STEP)]:
            fit = [*_fit(batch, encoding, room, now, left_out)]
            _store(db, fit)
            read, stored = read + len(batch), stored + len(fit)
            progress(read)
    return Imported(stored, left_out)


def _store(db: sqlite3.Connection, fit: list[tuple[float, EntryRow]]) -> None:
    """Store a batch, and let a server have as much time as that took."""
    began = time.monotonic()
    db.execute("BEGIN IMMEDIATE")
    (last,) = db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
    db.executemany(_INSERT, [(number, seconds, *stored) for number, (seconds, stored) in enumerate(fit, last + 1)])
    places.note(db, last)
    db.execute("COMMIT")
    time.sleep(time.monotonic() - began)


def _fit(
    lines: Iterable[bytes], encoding: Encoding, room: str, now: float, left_out: Counter[str]
) -> Iterator[tuple[float, EntryRow]]:
    for line in lines:
        try:
            text = encoding.decode(line).removeprefix(_BYTE_ORDER_MARK)
            if text.strip():
                yield _read(text, room, now)
        except NotText:
            left_out["text in neither UTF-8 nor GB18030"] += 1
        except (Unfit, ChatError) as error:
            left_out[str(error)] += 1


def _read(line: str, room: str, now: float) -> tuple[float, EntryRow]:
    if line.startswith("{"):
        return _from_json(line, room, now)
    match = _TRANSCRIPT.fullmatch(line.strip())
    if match is None:
        raise Unfit("not `name: text`")
    return now, _row(room, "said", match[1], match[2])


def _from_json(line: str, room: str, now: float) -> tuple[float, EntryRow]:
    try:
        found = json.loads(line)
        seconds = datetime.fromisoformat(found["time"]).timestamp() if "time" in found else now
        texts = [found.get("room", room), found.get("kind", "said"), found["name"], found.get("text", "")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Unfit("not a line of an export") from None
    if not all(isinstance(text, str) for text in texts):
        raise Unfit("not a line of an export")
    if not 0 <= seconds <= now:
        raise Unfit("a time in the future, or before 1970")
    return seconds, _row(*texts)


def _row(room: str, kind: str, name: str, text: str) -> EntryRow:
    """A line as it is stored, with all that could do harm taken out."""
    if kind not in KIND_NAMES:
        raise Unfit(f"of an unknown kind, {kind[:20]!a}")
    said = clean_line(text)
    if len(said) > LONGEST_TEXT:
        raise Unfit(f"longer than {LONGEST_TEXT} characters")
    if kind == "renamed":
        said = _name(said, kind)
    is_everywhere = not room and kind == Announced.kind
    name = "" if is_everywhere else name
    where = room if is_everywhere else names.checked_room(room, LONGEST_NAME)
    return row(event(where, kind, _name(name, kind), said))


def _name(name: str, kind: str) -> str:
    """Who did it; the administrator, who has no name, announces and does some other things, as others in a room do."""
    if (kind == Announced.kind or kind in _BY_NOBODY) and not name:
        return ""
    return names.checked(name, LONGEST_NAME)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
