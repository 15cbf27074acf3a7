"""Whose copy a log is: a mark in its file, so that none is served alone, or in another cluster, by mistake."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from twistchat.errors import CannotStart
from twistchat.log.failures import reason
from twistchat.log.schema import BUSY_SECONDS, connect

CLUSTER, EPOCH = "cluster", "epoch"

_GET = "SELECT number FROM marks WHERE name = ?"
_SET = "INSERT OR REPLACE INTO marks VALUES (?, ?)"


def cluster_of(path: Path) -> int | None:
    """The mark of the cluster whose copy a log is; None where it is one of its own, or not there yet.

    Raises:
        CannotStart: It cannot be read.
    """
    try:
        return _mark(path, CLUSTER)
    except sqlite3.Error as error:
        raise CannotStart(f"The log {path} cannot be used: {reason(error)}.") from error


def _mark(path: Path, name: str) -> int | None:
    if not path.exists():
        return None
    with closing(connect(path, BUSY_SECONDS)) as db:
        found = db.execute(_GET, (name,)).fetchone()
    return None if found is None else int(found[0])


def belongs(path: Path, cluster: int) -> None:
    """Mark a log as a copy of a cluster's.

    Raises:
        sqlite3.Error: It is not marked.
    """
    _set(path, CLUSTER, cluster)


def epoch_of(path: Path) -> int:
    """Which opening of the common log a copy goes on from, in microseconds since 1970; 0 if that is not known.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    return _mark(path, EPOCH) or 0


def enter_epoch(path: Path, epoch: int) -> None:
    """Have a copy know that what it is given from now on comes from a later opening, and that it agrees with that.

    Raises:
        sqlite3.Error: It was not kept.
    """
    _set(path, EPOCH, epoch)


def _set(path: Path, name: str, number: int) -> None:
    with closing(connect(path, BUSY_SECONDS)) as db:
        db.execute(_SET, (name, number))
        db.commit()


def check_alone(path: Path) -> None:
    """Make sure that a log is one of its own: numbers that it gave away, others would give away, too.

    Raises:
        CannotStart: It is a cluster's copy.
    """
    try:
        is_copy = _mark(path, CLUSTER) is not None
    except sqlite3.Error:
        return  # whoever opens it says what is wrong with it, and what to do
    if is_copy:
        raise CannotStart(
            f"The log {path} is a copy of the common log of several servers. Give --cluster, or another --state-dir; "
            "`twistchat export` and `import` make a log of its own of it."
        )
