"""This server's copy of the common log: its own `log.db`, into which all goes before anybody sees it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.task import deferLater
from twisted.logger import Logger

from twistchat.cluster.batches import Batch, of_rows
from twistchat.cluster.scripts import KEPT_IN_STREAM
from twistchat.errors import NotStored
from twistchat.log.belonging import note_apart
from twistchat.log.schema import BUSY_SECONDS, connect
from twistchat.log.sqlite import SqliteLog

log = Logger()

RETRY_SECONDS = 0.5
"""Before a batch is kept that the disk did not take: until then nobody here sees it, nor anything behind it."""

MOST_IN_MEMORY = 2000
"""Batches kept with the server that they are of: more than a takeover loses in a second."""

_LAST = "SELECT number, time FROM entries ORDER BY number DESC LIMIT 1"
_AFTER = "SELECT number, time, room, kind, name, text FROM entries WHERE number > ? ORDER BY number LIMIT ?"
_BEFORE = "SELECT max(number) FROM entries WHERE number < ?"


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
        self._recent: deque[Batch] = deque(maxlen=MOST_IN_MEMORY)
        self._is_closed = False
        self.last = 0
        """The number of its last entry."""
        self.time = "0"
        """That entry's time, as the stream has it."""

    def open(self) -> None:
        """Begin, once the log that keeps it is open.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        with closing(connect(self._path, BUSY_SECONDS)) as db:
            found = db.execute(_LAST).fetchone()
        if found is not None:
            self.last, self.time = found[0], f"{found[1]:.6f}"

    def note_apart(self) -> None:
        """Have it set aside at the next start."""
        note_apart(self._path.parent)

    def close(self) -> None:
        """Keep nothing more; idempotent."""
        self._is_closed = True

    async def keep(self, batches: Sequence[Batch]) -> bool:
        """Keep batches, however long it takes until the disk takes them.

        Returns:
            False where it was closed before they were.
        """
        numbered = [batch.numbered() for batch in batches]
        while not self._is_closed:
            try:
                await self.kept.keep(numbered)
            except NotStored:
                await deferLater(self._reactor, RETRY_SECONDS)
            else:
                self.last, self.time = batches[-1].last, batches[-1].time
                self._recent.extend(batches)
                return True
        return False

    def behind(self, number: int, most: int = 500) -> list[Batch]:
        """The next batches behind a number, as many as have some entries: those in memory with their servers.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        if self._recent and self._recent[0].first <= number + 1:
            return [batch for batch in self._recent if batch.last > number][:most]
        with closing(connect(self._path, BUSY_SECONDS)) as db:
            rows = db.execute(_AFTER, (number, most)).fetchall()
        upto = self._recent[0].first if self._recent else self.last + 1
        batches = of_rows((n, time, row) for n, time, *row in rows if n < upto)
        if len(rows) == most and len(batches) > 1 and rows[-1][0] < upto - 1:
            batches.pop()  # it may go on
        return batches

    def first_for_empty(self) -> int:
        """The number behind which an empty stream is given what there is: as much as it keeps."""
        return max(0, self.last - KEPT_IN_STREAM)
