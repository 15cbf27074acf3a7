"""Putting lines into a log, also while a server uses it: those of an export, or a plain transcript: `name: text`.

A line of an export is a JSON object: `number`, `time` (UTC, ISO 8601), `room`, `kind`, `name`, `text`.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
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
"""Called now and then with how many lines were read."""

WRITE_STEP = 500
"""Lines stored in one transaction, 3 ms in which a server that uses the log has to wait."""

LONGEST_NAME = 64
LONGEST_TEXT = 4096
"""Characters; more than any server lets people send unless it was told to."""

_BYTE_ORDER_MARK = "\ufeff"
"""What some editors begin a file with."""

_BY_NOBODY = frozenset({TopicSet.kind, *(ruling.kind for ruling in RULINGS)})
"""What may have no name."""

_TRANSCRIPT = re.compile(r"(\S+?) ?(?:: |\uff1a ?)(.*)")
"""A colon and a space, or the colon that is typed in Chinese, which brings its own."""

_INSERT = "INSERT INTO entries (number, time, room, kind, name, text, past) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Unfit(Exception):
    """A line that cannot be taken; the text says why."""


class FitLine(NamedTuple):
    """A line that can be stored."""

    number: int
    """Its place in what was read, from 1."""
    time: float
    row: EntryRow


class BadLine(NamedTuple):
    """A line that cannot be stored."""

    number: int
    """Its place in what was read, from 1."""
    why: str


def judged(lines: Iterable[bytes], room: str, now: float) -> Iterator[FitLine | BadLine]:
    """Which lines can be stored, and why the others cannot; blank ones are neither.

    Args:
        lines: Lines of JSON, or `name: text`, in UTF-8 or GB18030.
        room: Where lines go that name no room.
        now: The time of lines that have none, in seconds since 1970.
    """
    encoding = Encoding()
    for number, line in enumerate(lines, 1):
        try:
            text = encoding.decode(line).removeprefix(_BYTE_ORDER_MARK)
            if text.strip():
                yield FitLine(number, *_read(text, room, now))
        except NotText:
            yield BadLine(number, "text in neither UTF-8 nor GB18030")
        except (Unfit, ChatError) as error:
            yield BadLine(number, str(error))


class Storing:
    """Stores lines behind those that are there; they get new numbers and keep their times."""

    def __init__(self, path: Path) -> None:
        """Begin with nothing.

        Args:
            path: The log's file.
        """
        self._path = path
        self.stored = 0
        """How many are stored."""
        self.upto = 0
        """The place of the last one in what was read; all that is fit up to there is stored, whatever happens then."""

    def store(self, lines: Iterable[FitLine], progress: Progress) -> None:
        """Store lines, some at a time.

        Args:
            lines: In their order.
            progress: Told how far in what was read it is.

        Raises:
            sqlite3.Error: They cannot be stored; those before are.
        """
        source = iter(lines)
        with closing(connect(self._path, BUSY_SECONDS)) as db:
            while batch := [*islice(source, WRITE_STEP)]:
                began = time.monotonic()
                _store(db, batch)
                self.stored += len(batch)
                self.upto = batch[-1].number
                time.sleep(time.monotonic() - began)  # a server that uses the log has as much time as that took
                progress(self.upto)


def _store(db: sqlite3.Connection, batch: list[FitLine]) -> None:
    db.execute("BEGIN IMMEDIATE")
    (last,) = db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
    rows = [(number, line.time, *line.row) for number, line in enumerate(batch, last + 1)]
    db.executemany(_INSERT, rows)
    places.note(db, last)
    db.execute("COMMIT")


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
    except json.JSONDecodeError as error:
        raise Unfit(f"no JSON: {error.msg} at character {error.pos + 1}") from None
    except (ValueError, RecursionError):  # numbers without end, brackets within brackets
        raise Unfit("no JSON of an export") from None
    texts = [found.get("room", room), found.get("kind", "said"), found.get("name"), found.get("text", "")]
    for key, text in zip(("room", "kind", "name", "text"), texts, strict=True):
        if not isinstance(text, str):
            raise Unfit(f"no text as its {key!a}" if key in found else f"without a {key!a}")
    try:
        seconds = datetime.fromisoformat(found["time"]).timestamp() if "time" in found else now
    except (ValueError, TypeError, OverflowError):
        raise Unfit("a 'time' that is not written as 2026-11-21T20:59:34Z") from None
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
    return names.harmless(name, LONGEST_NAME)
