"""Searching: newest first, through windows of the log, until a page is full or the time is up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

from twistchat.core.events import Entry
from twistchat.core.queries import PAGE, Found, Query
from twistchat.log import index
from twistchat.log.grams import expression, like
from twistchat.log.rows import entries, text_of

SEARCH_SECONDS = 1.0
"""How long one answer may take; what is then not yet searched is for `/more`."""

FIRST_WINDOW = 50_000
"""Numbers looked at before the time is looked at."""

WIDEST_WINDOW = 2_000_000

WINDOW_SECONDS = SEARCH_SECONDS / 8
"""After a window that took less the next is twice as wide, else half as wide: a cold disk reads a hundred times slower
than memory, and the widest window would take it 8 s."""

_COLUMNS = "e.number, e.time, e.room, e.kind, e.name, e.text"
_BY_INDEX = f"""
    SELECT {_COLUMNS} FROM lines CROSS JOIN log.entries AS e ON e.number = lines.rowid
    WHERE lines MATCH ? AND lines.rowid > ? AND lines.rowid < ? {{likes}} ORDER BY lines.rowid DESC
"""
_BY_READING = f"""
    SELECT {_COLUMNS} FROM log.entries AS e
    WHERE e.past AND e.number > ? AND e.number < ? {{likes}} ORDER BY e.number DESC
"""
_LIKE = " AND e.text LIKE ? ESCAPE '\\'"
_BEFORE = "SELECT coalesce(max(upto), 0) FROM steps WHERE newest < ?"
_LATEST = "SELECT coalesce(max(upto), 0) FROM steps WHERE oldest < ?"
_ENDS = "SELECT coalesce((SELECT min(number) FROM log.entries), 1), coalesce((SELECT max(number) FROM log.entries), 0)"


def search(log: Path, path: Path, query: Query, now: Callable[[], float] = monotonic) -> Found:
    """Find the newest entries that match; entries that are not indexed yet are read, all of them without an index.

    Args:
        log: The log's file.
        path: The index's file.
        query: What to search for; it names a room at least.
        now: Measures the time that this may take.

    Raises:
        sqlite3.Error: One of the files cannot be read.
    """
    with closing(_opened(log, path)) as db:
        return _Search(db, query, now).page()


def _opened(log: Path, path: Path) -> sqlite3.Connection:
    """The index; an empty one while there is none, as before the first upkeep and while it is made anew."""
    try:
        db = index.attached(path, log)
    except sqlite3.DatabaseError:
        return index.without(log)
    try:
        index.check(db)
    except sqlite3.DatabaseError:
        db.close()
        return index.without(log)
    return db


class _Search:
    def __init__(self, db: sqlite3.Connection, query: Query, now: Callable[[], float]) -> None:
        self._now = now
        self._deadline = now() + SEARCH_SECONDS
        self._db = db
        self._query = query
        self._likes = [like(word) for word in query.words]
        self._indexed = index.state(db).indexed
        first, last = db.execute(_ENDS).fetchone()
        self._floor = first - 1
        self._latest = self._indexed
        """The last that is indexed and may be old enough."""
        self._ceiling = last + 1 if query.before is None else min(query.before, last + 1)
        if query.since is not None:
            (older,) = db.execute(_BEFORE, (query.since,)).fetchone()
            self._floor = max(self._floor, older)
        if query.until is not None:
            (self._latest,) = db.execute(_LATEST, (query.until,)).fetchone()

    def page(self) -> Found:
        """Look through one window after another."""
        found: list[Entry] = []
        for floor, ceiling in self._windows():
            for entry in self._look(floor, ceiling):
                if len(found) == PAGE:
                    return Found(found, found[-1].number)
                found.append(entry)
            if floor > self._floor and self._now() >= self._deadline:
                return Found(found, floor + 1)
        return Found(found, None)

    def _windows(self) -> Iterator[tuple[int, int]]:
        """Ranges of numbers, newest first, without their ends; each is wholly indexed or not at all."""
        ceiling, width, began = self._ceiling, FIRST_WINDOW, self._now()
        while True:
            if ceiling - 1 <= self._indexed:
                ceiling = min(ceiling, self._latest + 1)
            if ceiling - 1 <= self._floor:
                return
            floor = max(self._floor, ceiling - width)
            if floor < self._indexed < ceiling - 1:
                floor = self._indexed
            yield floor, ceiling
            ended = self._now()
            width = min(width * 2, WIDEST_WINDOW) if ended - began < WINDOW_SECONDS else max(width // 2, FIRST_WINDOW)
            ceiling, began = floor + 1, ended

    def _look(self, floor: int, ceiling: int) -> Iterator[Entry]:
        statement, values = _BY_READING, [floor, ceiling, *self._likes]
        if ceiling - 1 <= self._indexed:
            statement, values = _BY_INDEX, [expression(self._query), *values]
        rows = self._db.execute(statement.format(likes=_LIKE * len(self._likes)), values)
        return (entry for row in rows for entry in entries([row]) if self._query.matches(entry, text_of(entry.event)))
