"""Whose copy a log is: a mark in its file, so that none is served alone, or in another cluster, by mistake."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from twistchat.errors import CannotStart
from twistchat.log.failures import reason
from twistchat.log.schema import BUSY_SECONDS, connect

_GET = "SELECT number FROM marks WHERE name = 'cluster'"
_SET = "INSERT OR REPLACE INTO marks VALUES ('cluster', ?)"


def cluster_of(path: Path) -> int | None:
    """The mark of the cluster whose copy a log is; None where it is one of its own, or not there yet.

    Raises:
        CannotStart: It cannot be read.
    """
    try:
        return _mark(path)
    except sqlite3.Error as error:
        raise CannotStart(f"The log {path} cannot be used: {reason(error)}.") from error


def _mark(path: Path) -> int | None:
    if not path.exists():
        return None
    with closing(connect(path, BUSY_SECONDS)) as db:
        found = db.execute(_GET).fetchone()
    return None if found is None else int(found[0])


def belongs(path: Path, cluster: int) -> None:
    """Mark a log as a copy of a cluster's.

    Raises:
        sqlite3.Error: It is not marked.
    """
    with closing(connect(path, BUSY_SECONDS)) as db:
        db.execute(_SET, (cluster,))
        db.commit()


def check_alone(path: Path) -> None:
    """Make sure that a log is one of its own: numbers that it gave away, others would give away, too.

    Raises:
        CannotStart: It is a cluster's copy.
    """
    try:
        is_copy = _mark(path) is not None
    except sqlite3.Error:
        return  # whoever opens it says what is wrong with it, and what to do
    if is_copy:
        raise CannotStart(
            f"The log {path} is a copy of the common log of several servers. Give --cluster, or another --state-dir; "
            "`twistchat export` and `import` make a log of its own of it."
        )
