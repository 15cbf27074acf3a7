"""Which server's batch entries of a common log are, in a copy of it: its newest batches, kept in the same commit.

Without that a Redis that lost a batch would be given it back by a server that was started again as nobody's, and
whoever waits for it would store it once more.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from twistchat.log.schema import BUSY_SECONDS, connect

MOST = 8192
"""Batches: more than those of the five seconds that one is waited for, at 1,500 a second. Then the oldest row goes."""

INSERT = "INSERT OR REPLACE INTO origins VALUES (?, ?, ?, ?, ?)"

CUT = "DELETE FROM origins WHERE last > ?"
"""Of those of entries behind a number."""

_CREATE = """
    CREATE TABLE IF NOT EXISTS origins (
        slot INTEGER PRIMARY KEY,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        server TEXT NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT
"""
_NEWEST = "SELECT slot FROM origins ORDER BY last DESC LIMIT 1"
_BEHIND = "SELECT slot, first, last, server, seq FROM origins WHERE last > ? AND first <= ? ORDER BY last"


class Origin(NamedTuple):
    """Whose batch some entries are."""

    slot: int
    """Its row, from 0 to MOST - 1."""
    first: int
    last: int
    server: str
    seq: int
    """Its number among the server's batches."""


def prepared(path: Path) -> int:
    """Make the table in a log, if it is not there.

    Returns:
        The row for the next origin.

    Raises:
        sqlite3.Error: It cannot be made.
    """
    with closing(connect(path, BUSY_SECONDS)) as db:
        db.execute(_CREATE)
        newest = db.execute(_NEWEST).fetchone()
    return 0 if newest is None else (newest[0] + 1) % MOST


def between(db: sqlite3.Connection, after: int, upto: int) -> list[Origin]:
    """The origins of entries behind a number and up to another, in their order.

    Raises:
        sqlite3.Error: They cannot be read.
    """
    return [Origin(*row) for row in db.execute(_BEHIND, (after, upto))]
