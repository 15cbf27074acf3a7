"""This server's copy of the common log: its own `log.db`, into which all goes before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.task import deferLater
from twisted.logger import Logger

from twistchat.cluster.batches import Batch, of_rows, written
from twistchat.cluster.scripts import KEPT_IN_STREAM
from twistchat.errors import NotStored
from twistchat.log import origins
from twistchat.log.belonging import enter_epoch, epoch_of
from twistchat.log.cutting import free_name
from twistchat.log.schema import BUSY_SECONDS, connect
from twistchat.log.sqlite import SqliteLog

log = Logger()

RETRY_SECONDS = 0.5
"""Before a batch is kept that the disk did not take: until then nobody here sees it, nor anything behind it."""

_LAST = "SELECT number, time FROM entries ORDER BY number DESC LIMIT 1"
_NEXT = "SELECT min(number) FROM entries WHERE number > ?"
_BETWEEN = "SELECT number, time, room, kind, name, text FROM entries WHERE number BETWEEN ? AND ? ORDER BY number"


class Copy:
    """The copy."""

    def __init__(self, kept: SqliteLog, path: Path, reactor: Any) -> None:
        """Name it; nothing is opened yet.

        Args:
            kept: What keeps it.
            path: Its file.
            reactor: Time for intervals.
        """
        self.kept = kept
        self._path = path
        self._reactor = reactor
        self._slot = 0
        self._is_closed = False
        self.last = 0
        """The number of its last entry."""
        self.time = "0"
        """That entry's time, as the stream has it."""
        self.epoch = 0
        """Which opening of the common log it comes from, in microseconds since 1970; 0 if that is not known."""

    def open(self) -> None:
        """Begin, once the log that keeps it is open.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        with closing(connect(self._path, BUSY_SECONDS)) as db:
            found = db.execute(_LAST).fetchone()
        self.last, self.time = (found[0], written(found[1])) if found is not None else (0, "0")
        self._slot = origins.prepared(self._path)
        self.epoch = epoch_of(self._path)

    def enter(self, epoch: int) -> None:
        """Have it known on disk that what comes now is of another opening, before any of that is kept.

        Raises:
            sqlite3.Error: It cannot be written.
        """
        if epoch != self.epoch:
            enter_epoch(self._path, epoch)
            self.epoch = epoch

    def has(self, batch: Batch) -> bool:
        """Whether it has just what a batch has.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        return self._found_of(batch) == _entries(batch)

    def agrees(self, batch: Batch) -> bool:
        """Whether it has nothing else in place of what a batch has; it may have forgotten some.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        theirs = _entries(batch)
        return all(entry in theirs for entry in self._found_of(batch))

    def _found_of(self, batch: Batch) -> list[tuple[Any, ...]]:
        with closing(connect(self._path, BUSY_SECONDS)) as db:
            found = db.execute(_BETWEEN, (batch.first, batch.last)).fetchall()
        return [(number, written(time), *row) for number, time, *row in found]

    async def cut(self, after: int) -> tuple[int, str]:
        """Set aside what is behind a number, as the common log has other things there.

        Returns:
            How many entries that was, and the name of the log that they are in now.

        Raises:
            sqlite3.Error, CannotStart: It cannot be done.
        """
        aside = free_name(self._path)
        moved = await self.kept.cut(aside, after)
        self.open()
        return moved, aside.name

    def close(self) -> None:
        """Keep nothing more; idempotent."""
        self._is_closed = True

    async def keep(self, batches: Sequence[Batch]) -> bool:
        """Keep batches, however long it takes until the disk takes them.

        Returns:
            False where it was closed before they were.
        """
        slotted = enumerate(batches, self._slot)
        numbered = [rows for slot, batch in slotted for rows in batch.numbered(slot % origins.MOST)]
        while not self._is_closed:
            try:
                await self.kept.keep(numbered)
            except NotStored:
                await deferLater(self._reactor, RETRY_SECONDS)
            else:
                self.last, self.time = batches[-1].last, batches[-1].time
                self._slot = (self._slot + len(batches)) % origins.MOST
                return True
        return False

    def behind(self, number: int, most: int = 500) -> list[Batch]:
        """The next batches behind a number, of about so many entries; none where there is nothing more.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        with closing(connect(self._path, BUSY_SECONDS)) as db:
            (first,) = db.execute(_NEXT, (number,)).fetchone()
            if first is None:
                return []
            known = origins.between(db, first - 1, first + most - 1)
            upto = max([first + most - 1, *(origin.last for origin in known)])  # none is taken in part
            rows = db.execute(_BETWEEN, (first, upto)).fetchall()
        return of_rows(((n, time, row) for n, time, *row in rows), known)

    def first_for_empty(self) -> int:
        """The number behind which an empty stream is given what there is: as much as it keeps."""
        return max(0, self.last - KEPT_IN_STREAM)


def _entries(batch: Batch) -> list[tuple[Any, ...]]:
    """A batch's entries as a copy has them: number, time and row."""
    times = batch.times or [float(batch.time)] * len(batch.rows)
    timed = enumerate(zip(times, batch.rows, strict=True), batch.first)
    return [(number, written(time), *row) for number, (time, row) in timed]
