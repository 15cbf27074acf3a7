"""What a log needs beside writing and reading, in a thread of its own: checkpoints, the search index, forgetting."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from twistchat.log import cutting, places
from twistchat.log.failures import is_damage
from twistchat.log.index import Index
from twistchat.log.schema import OF_TERMS, connect

DAY = 86400.0

PRESENCE_SECONDS = 30 * DAY
"""How long joining, leaving and renaming is kept, for the operator."""

PRUNE_STEP = 200
"""Entries deleted in one transaction: 2 ms in which nothing else is stored."""

PRESENCE_STEP = 2000
"""Entries looked through for old presence in one transaction."""

CHECKPOINT_SECONDS = 60.0
"""How long a little may wait for its checkpoint, so that a quiet chat does not keep a disk awake."""

CHECKPOINT_COMMITS = 500
"""Commits that are worth a checkpoint; each leaves some 12 KiB in the write-ahead log."""

MOST_FRAMES = 16_000
"""Pages in the write-ahead log, 64 MiB: above that writing waits until all of it is in the file, else it would grow
for as long as the load lasts."""

BUSY_COMMITS = 50
"""A second; above that the index waits, as it would cost the sending of each line a tenth."""

MOST_UNINDEXED = 100_000
"""Lines that may wait for the index while people talk much: a search reads so many in a tenth of a second."""

LOCK_SECONDS = 0.2
"""How long this thread waits for the writer, which is done in microseconds."""


_OLDEST = """
    SELECT number, room, name, text, past, time FROM entries WHERE number < (SELECT max(number) FROM entries)
    AND NOT OF_TERMS ORDER BY number LIMIT ?
""".replace("OF_TERMS", OF_TERMS)
_DELETE = f"DELETE FROM entries WHERE number <= ? AND NOT {OF_TERMS}"
_OLDEST_BEHIND = """
    SELECT number, time FROM entries WHERE number > ? AND number < (SELECT max(number) FROM entries)
    ORDER BY number LIMIT ?
"""
_PRESENCE_DONE = "SELECT coalesce(max(number), 0) FROM marks WHERE name = 'presence'"


class Keep(NamedTuple):
    """How much is kept."""

    seconds: float | None = None
    """What is older goes; None keeps everything."""
    lines: int | None = None
    """What is beyond so many lines goes; None keeps everything."""
    presence: float = PRESENCE_SECONDS
    """When joining, leaving and renaming go, in seconds."""


class Upkeep:
    """Does one small step after another. Used by one thread at a time; its methods raise sqlite3.Error."""

    def __init__(self, path: Path, index: Index, keep: Keep, now: Callable[[], float]) -> None:
        """Prepare; nothing is opened yet.

        Args:
            path: The log's file.
            index: Its search index.
            keep: How much is kept.
            now: Gives the time, in seconds since 1970.
        """
        self._path = path
        self._index = index
        self._keep = keep
        self._now = now
        self._db: sqlite3.Connection | None = None
        self._checkpointed = now()
        self._commits = 0
        self._last_step = now(), 0
        self._lines_checked = now() - CHECKPOINT_SECONDS
        self._lines_floor = 0

    def step(self, commits: int) -> bool:
        """Do a little of everything that is due; true if there is more to do.

        Args:
            commits: How many there were since the log was opened.
        """
        try:
            self.checkpoint(commits)
            return any([self._index_more(commits), self.prune(), self.prune_presence()])
        except sqlite3.Error:
            self.close()
            raise

    def checkpoint(self, commits: int) -> None:
        """Bring the write-ahead log's pages into the file, if it is time.

        Args:
            commits: How many there were since the log was opened.
        """
        now, new = self._now(), commits - self._commits
        is_time = now - self._checkpointed >= CHECKPOINT_SECONDS
        if new < (1 if is_time else CHECKPOINT_COMMITS):
            return
        self._checkpointed, self._commits = now, commits
        _, frames, _ = self._checkpoint("PASSIVE")
        if frames > MOST_FRAMES:
            is_hindered, *_ = self._checkpoint("RESTART")
            if is_hindered:  # somebody reads what is older: try again at the next step
                self._commits -= CHECKPOINT_COMMITS

    def is_sound(self) -> bool:
        """Check the whole file, which takes as long as reading it; not by pages that this thread remembers."""
        self.close()
        try:
            (found,) = self._opened().execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            self.close()
            if is_damage(error):
                return False
            raise
        return bool(found == "ok")

    def cut(self, aside: Path, after: int) -> int:
        """Set the entries behind a number aside; see `cutting.cut`. The index is made anew."""
        self.close()
        self._index.discard()
        return cutting.cut(self._path, aside, after)

    def close(self) -> None:
        """Let go of the files; idempotent."""
        self._index.close()
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    # --- forgetting

    def prune(self) -> bool:
        """Delete some of what is over the limits, the oldest first; true if there may be more.

        The newest entry always stays, as the next number is made from it. An entry goes after those before it, so an
        old line that was imported behind newer ones stays until they go.
        """
        horizon = -1.0 if self._keep.seconds is None else self._now() - self._keep.seconds
        floor = self._line_floor()
        if self._keep.seconds is None and not floor:
            return False
        gone = self._oldest(_OLDEST, (PRUNE_STEP,), lambda row: row[5] < horizon or row[0] <= floor)
        if gone:
            upto = gone[-1][0]
            self._index.forget([row[:5] for row in gone], upto)
            self._delete((_DELETE, (upto,)), (places.FORGET, (upto,)))
        return len(gone) == PRUNE_STEP

    def prune_presence(self) -> bool:
        """Delete some of the presence that is too old; true if there may be more."""
        (at,) = self._opened().execute(_PRESENCE_DONE).fetchone()
        horizon = self._now() - self._keep.presence
        old = self._oldest(_OLDEST_BEHIND, (at, PRESENCE_STEP), lambda row: row[1] < horizon)
        if old:
            upto = old[-1][0]
            self._delete(
                (f"DELETE FROM entries WHERE number > ? AND number <= ? AND NOT past AND NOT {OF_TERMS}", (at, upto)),
                ("INSERT OR REPLACE INTO marks VALUES ('presence', ?)", (upto,)),
            )
        return len(old) == PRESENCE_STEP

    def _oldest(
        self, statement: str, values: tuple[int, ...], is_old: Callable[[tuple[Any, ...]], bool]
    ) -> list[tuple[Any, ...]]:
        """Rows up to the first that is not old; none behind it is looked at.

        Each row that is fetched passes Python's lock to and fro with the reactor's thread, and mostly none is old.
        """
        with closing(self._opened().execute(statement, values)) as rows:
            return [*takewhile(is_old, rows)]

    def _line_floor(self) -> int:
        """The number up to which entries are beyond the lines that are kept; 0 if none is."""
        if self._keep.lines is None:
            return 0
        if self._now() - self._lines_checked >= CHECKPOINT_SECONDS:  # it reads all that is kept
            self._lines_checked = self._now()
            beyond = "SELECT number FROM entries WHERE past ORDER BY number DESC LIMIT 1 OFFSET ?"
            row = self._opened().execute(beyond, (self._keep.lines,)).fetchone()
            self._lines_floor = 0 if row is None else row[0]
        return self._lines_floor

    def _delete(self, *statements: tuple[str, tuple[int, ...]]) -> None:
        db = self._opened()
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in statements:
                db.execute(statement, values)
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have rolled it back by itself
                db.execute("ROLLBACK")
            raise

    # --- the files

    def _index_more(self, commits: int) -> bool:
        try:
            return self._index.follow(MOST_UNINDEXED if self._is_busy(commits) else 0)
        except sqlite3.Error as error:
            if is_damage(error):
                self._index.discard()
            raise

    def _is_busy(self, commits: int) -> bool:
        now, (time, before) = self._now(), self._last_step
        self._last_step = now, commits
        return commits - before > BUSY_COMMITS * max(now - time, 0.001)

    def _checkpoint(self, how: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._opened().execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        return row

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            db = connect(self._path, LOCK_SECONDS)
            db.execute("PRAGMA wal_autocheckpoint = 0")
            self._db = db
        return self._db
