"""The search index: a file of its own beside the log, which follows it and can be made anew from it at any time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from twistchat.log.failures import is_damage
from twistchat.log.grams import VERSION, indexed
from twistchat.log.schema import connect, create, identity
from twistchat.log.watch import inode_of

STEP = 500
"""Lines indexed in one transaction: about 10 ms, nearly all of it outside Python's lock."""

LOCK_SECONDS = 0.2
"""How long the index's thread waits for a search, and a search for that thread, which may be making the index."""

_LINES = (
    "CREATE VIRTUAL TABLE lines USING fts5 (text, content = '', detail = none, columnsize = 0, tokenize = 'trigram')"
)
_TABLES = (
    "CREATE TABLE steps (upto INTEGER PRIMARY KEY, oldest REAL NOT NULL, newest REAL NOT NULL) STRICT",
    "CREATE TABLE state (log INTEGER NOT NULL, indexed INTEGER NOT NULL, pruned INTEGER NOT NULL) STRICT",
)
_BEGIN = "INSERT INTO state VALUES (?, 0, 0)"
# Lines come and go as one JSON text: each row of its own would pass Python's lock to and fro with the reactor's thread,
# which sends as many frames slower as there are rows.
_NEXT = """
    SELECT max(number), min(time), max(time), json_group_array(json_array(number, room, name, text)) FILTER (WHERE past)
    FROM (SELECT * FROM log.entries WHERE number > ? ORDER BY number LIMIT ?)
"""
_INDEX = """
    INSERT INTO lines (rowid, text) SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
"""
_FORGET = """
    INSERT INTO lines (lines, rowid, text)
    SELECT 'delete', json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
"""
_LAST = "SELECT coalesce(max(number), 0) FROM log.entries"
_STEP = "INSERT INTO steps SELECT ?, ?, max(?, coalesce((SELECT newest FROM steps ORDER BY upto DESC LIMIT 1), 0))"


def has_trigrams() -> bool:
    """Whether SQLite can index parts of words; where it cannot, there is no index, and searches read the log."""
    with closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute(_LINES)
        except sqlite3.OperationalError:
            return False
    return True


class IndexState(NamedTuple):
    """How far the index is."""

    log: int
    """Which log it is of."""
    indexed: int
    """Entries up to this number are in it."""
    pruned: int
    """Entries up to this number were taken out again."""


def check(db: sqlite3.Connection) -> None:
    """Make sure that a connection's index can be searched.

    Raises:
        sqlite3.Error: It cannot: it is not made yet, or this SQLite has no FTS5.
    """
    db.execute("SELECT 1 FROM lines, state LIMIT 0")


def state(db: sqlite3.Connection) -> IndexState:
    """How far the index is that a connection is to.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    return IndexState(*db.execute("SELECT log, indexed, pruned FROM state").fetchone())


def attached(index: Path, log: Path) -> sqlite3.Connection:
    """A connection to the index, with the log attached as `log`, only to be read: BEGIN IMMEDIATE would lock it too.

    Raises:
        sqlite3.Error: One of them cannot be opened.
    """
    return _with_log(connect(index, LOCK_SECONDS), log)


def without(log: Path) -> sqlite3.Connection:
    """A connection to an index in memory that has nothing yet, with the log attached as `log`: all has to be read.

    Raises:
        sqlite3.Error: The log cannot be opened.
    """
    db = sqlite3.connect("file::memory:", isolation_level=None, check_same_thread=False, uri=True)
    for statement in _TABLES:
        db.execute(statement)
    db.execute(_BEGIN, (0,))
    return _with_log(db, log)


def _with_log(db: sqlite3.Connection, log: Path) -> sqlite3.Connection:
    try:
        db.execute("ATTACH ? AS log", (f"{log.absolute().as_uri()}?mode=ro",))
    except BaseException:
        db.close()
        raise
    return db


def _texts(rows: Iterable[Sequence[Any]]) -> str:
    """Rows of number, room, name and text as what the statements above take."""
    return json.dumps([(number, indexed(*texts)) for number, *texts in rows], ensure_ascii=False)


class Index:
    """Follows the log in small steps. Used by one thread at a time; its methods raise sqlite3.Error."""

    def __init__(self, path: Path, log: Path) -> None:
        """Name the files; nothing is opened yet."""
        self.is_possible = has_trigrams()
        """Whether there can be an index; where not, searches read the log itself."""
        self._path = path
        self._log = log
        self._db: sqlite3.Connection | None = None
        self._inode = 0

    def open(self) -> None:
        """Open the index, and make it anew if it is missing, damaged, or not of this log; idempotent."""
        inode = inode_of(self._path)
        if self._db is not None and inode == self._inode:
            return
        self.close()
        if not inode:
            self.discard()  # SQLite would put what is left in its write-ahead log into the new file
        try:
            create(self._path)
            self._db, self._inode = attached(self._path, self._log), inode_of(self._path)
            if not self._is_right(self._db):
                self._make_anew()
        except sqlite3.Error as error:
            self.close()
            if not is_damage(error):
                raise
            self._make_anew()

    def follow(self, may_wait: int = 0) -> bool:
        """Index the next entries; true if there may be more.

        Args:
            may_wait: How many entries need not be indexed yet.
        """
        if not self.is_possible:
            return False
        self.open()
        assert self._db is not None
        at = state(self._db).indexed
        if self._db.execute(_LAST).fetchone()[0] - at <= may_wait:
            return False
        upto, oldest, newest, rows = self._db.execute(_NEXT, (at, STEP)).fetchone()
        with self._transaction() as db:
            db.execute(_INDEX, (_texts(json.loads(rows or "[]")),))
            db.execute(_STEP, (upto, oldest, newest))
            db.execute("UPDATE state SET indexed = ?", (upto,))
        return True

    def forget(self, rows: Iterable[tuple[int, str, str, str, bool]], upto: int) -> None:
        """Take entries out that the log will not keep.

        Args:
            rows: Number, room, name, text and `past` of all entries up to a number that the log still has.
            upto: That number.
        """
        if not self.is_possible:
            return
        self.open()
        assert self._db is not None
        _, at, pruned = state(self._db)
        gone = _texts([(n, *texts) for n, *texts, past in rows if past and pruned < n <= at])
        with self._transaction() as db:
            db.execute(_FORGET, (gone,))
            db.execute("DELETE FROM steps WHERE upto < ?", (upto,))
            db.execute("UPDATE state SET pruned = max(pruned, ?), indexed = max(indexed, ?)", (upto, upto))

    def close(self) -> None:
        """Let go of the files; idempotent."""
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def discard(self) -> None:
        """Throw the index away; it is made anew when it is needed."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _transaction(self) -> _Transaction:
        assert self._db is not None
        return _Transaction(self._db)

    def _is_right(self, db: sqlite3.Connection) -> bool:
        ((version,),) = db.execute("PRAGMA user_version")
        if version != VERSION:
            return False
        log, at, _ = state(db)
        (last,) = db.execute(_LAST).fetchone()
        return bool(log == identity(db, "log") and at <= last)

    def _make_anew(self) -> None:
        self.discard()
        create(self._path)
        self._db, self._inode = attached(self._path, self._log), inode_of(self._path)
        self._db.execute("PRAGMA journal_mode = WAL")
        with self._transaction() as db:  # whoever searches meanwhile finds all of it or nothing
            for statement in (_LINES, *_TABLES):
                db.execute(statement)
            db.execute(_BEGIN, (identity(db, "log"),))
            db.execute(f"PRAGMA user_version = {VERSION}")


class _Transaction:
    """All of it, or nothing."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> sqlite3.Connection:
        self._db.execute("BEGIN IMMEDIATE")
        return self._db

    def __exit__(self, kind: type[BaseException] | None, *_details: Any) -> None:
        if kind is None:
            self._db.execute("COMMIT")
        else:
            with suppress(sqlite3.Error):  # SQLite may have rolled it back by itself
                self._db.execute("ROLLBACK")
