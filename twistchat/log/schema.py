"""The log's file: its tables, how older ones are brought up to date, and what is checked before it is used."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from twistchat.errors import CannotStart
from twistchat.log.failures import is_damage, reason
from twistchat.log.wal import committed_pages, keep_what_was_left_out

APPLICATION = 0x54774368
"""SQLite's application_id of our files: `TwCh`."""

_KINDS_OF_TERMS = (
    "kind IN ('sealed', 'private', 'keyset', 'keygone', 'topiclock', 'secret', 'moderated', 'outside', 'limit', "
    "'masks', 'admitted', 'expelled')"
)

OF_TERMS = f"(NOT past AND kind <> 'joined' AND kind <> 'left' AND {_KINDS_OF_TERMS})"
"""Entries that a room's terms follow from (`twistchat.core.terms`). They are kept for good: a private room would be
open to everybody if its rulings were forgotten before its lines.

SQLite uses the index on them where a question has exactly these words. What there is much of is told by the first of
them: to look for its kind among twelve, as version 3's index did, was more than half of what storing a line cost.
"""

STEPS: Sequence[Sequence[str]] = (
    (
        """
        CREATE TABLE entries (
            number INTEGER PRIMARY KEY,
            time REAL NOT NULL,
            room TEXT NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            text TEXT NOT NULL,
            past INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX entries_past ON entries (room) WHERE past",
        "CREATE INDEX entries_presence ON entries (room, name COLLATE NOCASE) WHERE NOT past",
        "CREATE INDEX entries_topics ON entries (room) WHERE kind = 'topicset'",
        "CREATE TABLE marks (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        f"PRAGMA application_id = {APPLICATION}",
    ),
    (
        """
        CREATE TABLE places (
            room TEXT NOT NULL,
            block INTEGER NOT NULL,
            PRIMARY KEY (room, block)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX places_blocks ON places (block)",
        "INSERT INTO places SELECT DISTINCT room, number >> 7 FROM entries WHERE past",
        "DROP INDEX entries_past",
    ),
    (f"CREATE INDEX entries_terms ON entries (room, kind) WHERE {_KINDS_OF_TERMS}",),
    ("DROP INDEX entries_terms", f"CREATE INDEX entries_terms ON entries (room, kind) WHERE {OF_TERMS}"),
)
"""What makes each version from the one before it. Steps that were released are never changed, only followed by more.

An index ends with the number by itself, as that is the table's rowid. `places` says which blocks of numbers a room has
lines in: see places.py.
"""

BUSY_SECONDS = 5.0
"""How long starting waits for another program that writes to the file."""

CHECKED_BYTES = 32 * 1024 * 1024
"""A file up to this size is checked as a whole at start, which takes 0.1 s; a larger one at its ends."""


def connect(path: Path, wait: float = 0.0) -> sqlite3.Connection:
    """Open a file that exists, for one thread at a time; transactions are begun and ended by hand.

    Args:
        path: The file.
        wait: Seconds to wait for another that writes.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, timeout=wait, isolation_level=None, check_same_thread=False, uri=True)


def create(path: Path) -> None:
    """Make an empty file that only its owner can read, if there is none; what SQLite puts beside it is alike."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


LEAST_SQLITE = (3, 37)
"""Which tables that are STRICT need; it is of November 2021."""


def check_sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """Make sure that SQLite knows all that is asked of it.

    Raises:
        CannotStart: It does not.
    """
    if version < LEAST_SQLITE:
        raise CannotStart(
            f"The log needs SQLite {'.'.join(map(str, LEAST_SQLITE))}, and this Python has "
            f"{'.'.join(map(str, version))}. Use a newer Python, or --log memory."
        )


def prepare(path: Path, steps: Sequence[Sequence[str]] = STEPS) -> Path | None:
    """Make the log's file, or check it and bring it up to date; a copy of an older one is kept.

    Args:
        path: The file.
        steps: What makes each version from the one before it.

    Returns:
        A copy of its write-ahead log, if a part of that could not be read after a crash; else None.

    Raises:
        CannotStart: It is damaged, of a newer version, no log, or cannot be written to; it was not changed.
    """
    check_sqlite()
    wal = path.with_name(f"{path.name}-wal")
    try:
        create(path)
        committed = committed_pages(wal)
        with closing(connect(path, BUSY_SECONDS)) as db:
            left_out = keep_what_was_left_out(db, wal, committed)
            version = checked_version(db, path, len(steps))
            if version < len(steps):
                _update(db, path, version, steps)
            db.execute("PRAGMA journal_mode = WAL")
            check_pages(db, path)
            return left_out
    except OSError as error:
        raise CannotStart(f"The log {path} cannot be opened: {error.strerror}.") from error
    except sqlite3.Error as error:
        if is_damage(error):
            raise _damaged(path, str(error)) from error
        raise CannotStart(f"The log {path} cannot be used: {reason(error)}.") from error


def identity(db: sqlite3.Connection, schema: str = "main") -> int:
    """The random number that tells this log from every other."""
    (found,) = db.execute(f"SELECT number FROM {schema}.marks WHERE name = 'identity'").fetchone()
    return int(found)


def checked_version(db: sqlite3.Connection, path: Path, newest: int) -> int:
    """Which version's tables a log has.

    Raises:
        CannotStart: It is another program's, or of a newer version.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION:
        raise CannotStart(f"{path} is a database of another program. Give another --state-dir.")
    if version > newest:
        raise CannotStart(
            f"The log {path} was written by a newer twistchat (its version {version}, this one knows {newest}). "
            "Install that one, or give another --state-dir."
        )
    return int(version)


def _update(db: sqlite3.Connection, path: Path, version: int, steps: Sequence[Sequence[str]]) -> None:
    if version:
        _keep_copy(db, path.with_name(f"{path.name}.version-{version}"))
    db.execute("BEGIN IMMEDIATE")  # whoever fails before the end closes the connection, which takes all of it back
    for statement in (statement for step in steps[version:] for statement in step):
        db.execute(statement)
    db.execute("INSERT OR IGNORE INTO marks VALUES ('identity', ?)", (secrets.randbits(62),))
    db.execute(f"PRAGMA user_version = {len(steps)}")
    db.execute("COMMIT")


def put_back(path: Path, steps: Sequence[Sequence[str]] = STEPS) -> bool:
    """Have a log be as it was before a newer version brought it up to date, and stored nothing since.

    Args:
        path: The log.
        steps: What makes each version that this process knows.

    Returns:
        Whether that was necessary.

    Raises:
        sqlite3.Error: It cannot be done.
        OSError: The same.
    """
    with closing(connect(path, BUSY_SECONDS)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version <= len(steps):
            return False
        with closing(connect(path.with_name(f"{path.name}.version-{len(steps)}"))) as copy:
            copy.backup(db)
    return True


def _keep_copy(db: sqlite3.Connection, path: Path) -> None:
    path.unlink(missing_ok=True)
    create(path)
    with closing(connect(path)) as copy:
        db.backup(copy)


def check_pages(db: sqlite3.Connection, path: Path) -> None:
    """Read all of a log, or the ends of a large one.

    Raises:
        CannotStart: It is damaged.
        sqlite3.Error: It cannot be read.
    """
    if path.stat().st_size <= CHECKED_BYTES:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise _damaged(path, found)
    for order in ("ASC", "DESC"):
        db.execute(f"SELECT * FROM entries ORDER BY number {order} LIMIT 1000").fetchall()


def _damaged(path: Path, detail: str) -> CannotStart:
    return CannotStart(
        f"The log {path} is damaged ({' '.join(detail.split())}). It was left as it is. Put a copy back in its place, "
        f"or move it away to begin an empty one; `sqlite3 {path} .recover` shows what can still be read."
    )
