"""Appending: the one connection that stores what happens, a batch at a time.

Rule 1: the connection goes on reading between commits (`_Snapshot`). SQLite then refuses a write if anybody else has
written since, so the newest number need not be asked for, and of the six locks that a commit would take and give back
two are left.
Rule 2: what it reads is let go before each checkpoint (`release`), which goes no further than the oldest reader; and at
each failure, as whoever waits for all readers holds the lock that the next try needs.
Rule 3: a batch is one statement where it can be, which is a transaction by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from twistchat.core.events import Entry, Stored
from twistchat.log import origins, places
from twistchat.log.failures import is_busy, is_stale
from twistchat.log.rows import ROW_OF, EntryRow
from twistchat.log.schema import connect
from twistchat.log.watch import Watch
from twistchat.wire.flat import flat_room

T = TypeVar("T")
V = TypeVar("V")

ROWS_AT_ONCE = 100
"""Entries that one statement inserts; alone each would take a third longer, much of it to let go of Python's lock."""

MOST_KEPT = 16 * 1024 * 1024
"""Bytes that the write-ahead log keeps once it begins anew, however long it was: what 500 commits leave fits in, and to
write over what is there costs half of what it costs to make a file longer."""

_LAST = "SELECT coalesce(max(number), 0) FROM entries"
_CHANGE_NOTHING = "INSERT OR REPLACE INTO marks SELECT name, number FROM marks WHERE name = 'identity'"
"""It writes a page all the same; an UPDATE to what is there does not, so that it works on a disk that takes nothing."""

_HOLD = "SELECT 1 FROM sqlite_master"
"""Any table but `entries`: SQLite would look at an open cursor of that for each row that goes in."""

_entry: Callable[[tuple[int, float, Stored, None]], Entry] = partial(tuple.__new__, Entry)
"""Takes half the time of Entry(...)."""


@cache
def _insertion(rows: int) -> str:
    """The statement that stores so many entries: their numbers go on from `?1`, their time is `?2`.

    Whatever fails ends the transaction: SQLite keeps no copies of pages for going on after it.
    """
    values = ", ".join([f"(?1 + {row}, ?2, ?, ?, ?, ?, ?)" for row in range(rows)])
    return f"INSERT OR ROLLBACK INTO entries (number, time, room, kind, name, text, past) VALUES {values}"


class NumberedRows(NamedTuple):
    """What was committed elsewhere at once: it has its numbers and its time."""

    first: int
    """The number of the first row; the others follow."""

    time: float
    rows: Sequence[EntryRow]
    origin: origins.Origin | None = None
    """Whose batch ends with these rows, where that is known; the log has to be `origins.prepared` for it."""

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1


class _Snapshot:
    """The log as a connection last saw it, kept for as long as this object lives and nobody else writes."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._cursor = db.execute(_HOLD)  # its rows are never fetched, so it goes on reading
        (self.last,) = db.execute(_LAST).fetchone()
        self.places: set[places.Place] = set()
        """What is noted already of the newest block."""

    def let_go(self) -> None:
        """Read no longer."""
        self._cursor.close()


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
        self._snapshot: _Snapshot | None = None
        self._watch = Watch(path)
        self._trouble: str | None = None

    def last(self) -> int:
        """The number of the newest entry; 0 in an empty log.

        Raises:
            sqlite3.Error: The file cannot be read.
        """
        return int(self._opened().execute(_LAST).fetchone()[0])

    def commit(self, events: Sequence[Stored]) -> list[Entry]:
        """Store events, all or none.

        Args:
            events: One at least.

        Raises:
            sqlite3.Error: They are not stored.
        """
        return self._written(self._store, events)

    def keep(self, batches: Sequence[NumberedRows]) -> None:
        """Store what another log has numbered, all or none.

        Args:
            batches: One at least, in the order of their numbers, which are above all that there are.

        Raises:
            sqlite3.Error: They are not stored.
        """
        self._written(self._store_numbered, batches)

    def _written(self, store: Callable[[Sequence[V]], T], what: Sequence[V]) -> T:
        try:
            if self._trouble is not None:
                raise sqlite3.OperationalError(self._trouble)
            try:
                return store(what)
            except sqlite3.OperationalError as error:
                if not is_stale(error):
                    raise
            self.release()
            return store(what)
        except BaseException as error:
            self._give_up(error)
            raise

    def once(self, write: Callable[[Sequence[V]], T], what: Sequence[V]) -> T:
        """Store something by one of the above, and read no longer: for another thread than that of the checkpoints.

        Raises:
            sqlite3.Error: It is not stored.
        """
        try:
            return write(what)
        finally:
            self.release()

    def release(self) -> None:
        """Read no longer, so that a checkpoint may have everything; the next commit begins anew. Idempotent."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.let_go()

    @property
    def trouble(self) -> str | None:
        """What happened to the files, so that nothing is stored until they are back; None if nothing did."""
        return self._trouble

    def try_out(self) -> None:
        """See whether a commit works, by one that changes nothing.

        Raises:
            sqlite3.Error: It does not.
        """
        self.release()
        try:
            if self._trouble is not None:
                raise sqlite3.OperationalError(self._trouble)
            self._opened().execute(_CHANGE_NOTHING)
        except BaseException as error:
            self._give_up(error)
            raise

    def look(self) -> None:
        """Notice whether the files were taken away, replaced or cut; nothing is stored then until they are back."""
        if self._db is not None:
            self._trouble = self._watch.trouble()

    def close(self) -> None:
        """Let go of the file; idempotent."""
        self.release()
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _store(self, events: Sequence[Stored]) -> list[Entry]:
        db = self._opened()
        at = self._snapshot = self._snapshot or _Snapshot(db)
        first, last = at.last + 1, at.last + len(events)
        now = self._now()
        new = places.of(map(flat_room, {event.room for event in events if event.past}), first, last) - at.places
        insertions = [*_insertions([ROW_OF[type(event)](event) for event in events], first, now)]
        if new or len(insertions) > 1:
            _insert_all(db, insertions, new)
            at.places = places.in_newest_block(at.places | new, last)
        else:
            db.execute(*insertions[0])
        at.last = last
        return [*map(_entry, zip(count(first), repeat(now), events, repeat(None)))]

    def _store_numbered(self, batches: Sequence[NumberedRows]) -> None:
        db = self._opened()
        at = self._snapshot = self._snapshot or _Snapshot(db)
        noted: set[places.Place] = set()
        for batch in batches:
            noted |= places.of({row.room for row in batch.rows if row.past}, batch.first, batch.last)
        insertions = [each for batch in batches for each in _insertions(batch.rows, batch.first, batch.time)]
        known = [batch.origin for batch in batches if batch.origin is not None]
        _insert_all(db, insertions, noted - at.places, known)
        at.last = batches[-1].last
        at.places = places.in_newest_block(at.places | noted, at.last)

    def _give_up(self, error: BaseException) -> None:
        self.release()
        if self._db is None:
            return
        with suppress(sqlite3.Error):  # SQLite may have rolled it back by itself
            self._db.execute("ROLLBACK")
        if self._trouble is None and not (isinstance(error, sqlite3.Error) and is_busy(error)):
            with suppress(sqlite3.Error):
                self.close()

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            db = connect(self._path)
            db.execute(f"PRAGMA synchronous = {self._synchronous}")
            db.execute("PRAGMA wal_autocheckpoint = 0")  # it waits for the disk: another thread's
            db.execute(f"PRAGMA journal_size_limit = {MOST_KEPT}")
            self._db = db
            self._watch.begin()
        return self._db


Statement = tuple[str, Sequence[Any]]


def _insertions(rows: Sequence[tuple[str, str, str, str, int]], first: int, now: float) -> Iterator[Statement]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        yield _insertion(len(some)), [first + start, now, *chain.from_iterable(some)]


def _insert_all(
    db: sqlite3.Connection,
    insertions: Iterable[Statement],
    new: Iterable[places.Place],
    known: Sequence[origins.Origin] = (),
) -> None:
    db.execute("BEGIN IMMEDIATE")
    for insertion in insertions:
        db.execute(*insertion)
    db.executemany(places.INSERT, new)
    if known:
        db.executemany(origins.INSERT, known)
    db.execute("COMMIT")
