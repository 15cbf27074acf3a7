"""Looking at a log without changing anything, beside a server or without one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from twistchat.errors import CannotStart
from twistchat.log.failures import reason
from twistchat.log.schema import STEPS, check_pages, checked_version
from twistchat.log.wal import committed_pages


class Examined(NamedTuple):
    """What was seen."""

    trouble: str = ""
    """Why no server could use it, in a sentence; empty where one could."""
    newest: float | None = None
    """The time of its newest line, in seconds since 1970."""
    numbers: int = 0
    """The number of that line."""
    behind: int | None = None
    """How many numbers the search index does not have yet; None where there is no index that can be read."""
    wal_bytes: int = 0
    """Of the write-ahead log."""
    left_pages: int = 0
    """Pages of a write-ahead log that a server left as it died; the next start takes them in, and checks all."""


def examine(log: Path, search: Path, is_used: bool) -> Examined:
    """Look at the log's files.

    Args:
        log: The log's file, which is there.
        search: The search index's.
        is_used: Whether a server runs on them. Without one, SQLite must not look for a write-ahead log: it would make
            files beside it, and take in what is in it.
    """
    wal = log.with_name(f"{log.name}-wal")
    try:
        wal_bytes = wal.stat().st_size if wal.exists() else 0
        left = 0 if is_used else committed_pages(wal)
        if left:
            return Examined(wal_bytes=wal_bytes, left_pages=left)
        with closing(_opened(log, is_used)) as db:
            checked_version(db, log, len(STEPS))
            check_pages(db, log)
            row = db.execute("SELECT number, time FROM entries ORDER BY number DESC LIMIT 1").fetchone()
    except CannotStart as error:
        return Examined(str(error))
    except OSError as error:
        return Examined(f"{log} cannot be read: {error.strerror}.")
    except sqlite3.Error as error:
        return Examined(f"{log} cannot be read: {reason(error)}.")
    numbers, newest = row or (0, None)
    return Examined("", newest, numbers, _behind(search, numbers, is_used), wal_bytes)


def _behind(search: Path, numbers: int, is_used: bool) -> int | None:
    try:
        with closing(_opened(search, is_used)) as db:
            (indexed,) = db.execute("SELECT indexed FROM state").fetchone()
    except sqlite3.Error:
        return None
    return max(0, numbers - int(indexed))


def _opened(path: Path, is_used: bool) -> sqlite3.Connection:
    how = "mode=ro" if is_used else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", timeout=1.0, uri=True)
