"""Appending: the one connection that stores what happens, a batch at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path

from twistchat.core.events import Entry, Event
from twistchat.log.failures import is_busy
from twistchat.log.rows import values
from twistchat.log.schema import connect

ROWS_AT_ONCE = 32
"""Entries that one statement inserts; alone each would take a third longer, much of it to let go of Python's lock."""

_LAST = "SELECT coalesce(max(number), 0) FROM entries"


@cache
def _insert(count: int) -> str:
    rows = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * count)
    return f"INSERT INTO entries (number, time, room, kind, name, text, past) VALUES {rows}"


class Writer:
    """Commits batches. Used by one thread at a time; never waits for a lock.

    After a failure the file is opened anew, so that it works again as soon as the cause has gone.
    """

    def __init__(self, path: Path, now: Callable[[], float], synchronous: str) -> None:
        """Prepare to write; nothing is opened yet.

        Args:
            path: The log's file.
            now: Gives the time of an event, in seconds since 1970.
            synchronous: `NORMAL`: a commit survives the end of the process; `FULL`: that of the machine too.
        """
        self._path = path
        self._now = now
        self._synchronous = synchronous
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._is_gone = False

    def last(self) -> int:
        """The number of the newest entry; 0 in an empty log.

        Raises:
            sqlite3.Error: The file cannot be read.
        """
        return int(self._opened().execute(_LAST).fetchone()[0])

    def commit(self, events: Sequence[Event]) -> list[Entry]:
        """Store events, all or none.

        Raises:
            sqlite3.Error: They are not stored.
        """
        try:
            if self._is_gone:
                raise sqlite3.OperationalError("the file was taken away; the server must be started anew")
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
            entries = self._insert(db, events)
            db.execute("COMMIT")
            return entries
        except BaseException as error:
            self._give_up(error)
            raise

    def look(self) -> None:
        """Notice whether the file was taken away or replaced: SQLite would go on writing to what nobody finds again."""
        if self._db is not None:
            self._is_gone = self._inode != _inode(self._path)

    def close(self) -> None:
        """Let go of the file; idempotent."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _insert(self, db: sqlite3.Connection, events: Sequence[Event]) -> list[Entry]:
        # Asked each time: an import in another process may have appended meanwhile. It costs 2 microseconds.
        (last,) = db.execute(_LAST).fetchone()
        now = self._now()
        entries = [Entry(number, now, event) for number, event in enumerate(events, last + 1)]
        for start in range(0, len(entries), ROWS_AT_ONCE):
            some = entries[start : start + ROWS_AT_ONCE]
            db.execute(_insert(len(some)), [*chain.from_iterable((n, now, *values(event)) for n, _, event in some)])
        return entries

    def _give_up(self, error: BaseException) -> None:
        if self._db is None:
            return
        with suppress(sqlite3.Error):  # SQLite may have rolled it back by itself
            self._db.execute("ROLLBACK")
        if not self._is_gone and not (isinstance(error, sqlite3.Error) and is_busy(error)):
            with suppress(sqlite3.Error):
                self.close()

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            db = connect(self._path)
            db.execute(f"PRAGMA synchronous = {self._synchronous}")
            db.execute("PRAGMA wal_autocheckpoint = 0")  # it waits for the disk: another thread's
            self._db, self._inode = db, _inode(self._path)
        return self._db


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0
