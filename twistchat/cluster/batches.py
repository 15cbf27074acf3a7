"""A batch as the stream has it, and as the copy and the chat have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from twistchat.core.events import Entry, Stored
from twistchat.log.origins import Origin
from twistchat.log.rows import KIND_NAMES, ROW_OF, EntryRow, event
from twistchat.log.writer import NumberedRows
from twistchat.wire.flat import STORED

ENACTED = "enacted"
"""The kind of an entry that is an administrator's or a moderator's act. It is shown to nobody; its text is the act."""

_IS_PAST = {kind.kind: int(kind.past) for kind in STORED}

IMPORTED = "+"
"""What the name begins with of whoever puts old lines into the log: they are kept, and shown to nobody as news."""

Row = Sequence[Any]
"""Room, kind, name and text."""


class Batch(NamedTuple):
    """Entries that were stored at once."""

    last: int
    """The number of the last."""

    server: str
    """Whose batch it is; behind `~` where that server was buried, behind `+` where it was imported, and empty where it
    is not known any more."""

    seq: int
    """Its number among the server's batches; 0 where it has none."""

    time: str
    """Seconds since 1970, by Redis's clock, with six digits behind the point."""

    packed: bytes
    """The rows as JSON."""

    rows: Sequence[Row]

    times: Sequence[float] = ()
    """That of each row, where they have not all the batch's, which is the last one's then."""

    @property
    def is_news(self) -> bool:
        """Whether it tells of what has just happened."""
        return not self.server.startswith(IMPORTED)

    @property
    def first(self) -> int:
        """The number of the first entry."""
        return self.last - len(self.rows) + 1

    def after(self, number: int) -> Batch:
        """What of it is behind a number: a Redis that was given its entries back may have cut them otherwise."""
        if number < self.first:
            return self
        rows, times = self.rows[number + 1 - self.first :], self.times[number + 1 - self.first :]
        return self._replace(rows=rows, packed=packed(rows), times=times)

    def numbered(self, slot: int) -> Iterator[NumberedRows]:
        """What the copy keeps of it.

        Args:
            slot: Where it keeps whose it is.
        """
        origin = Origin(slot, self.first, self.last, self.server, self.seq) if self.server else None
        rows = [EntryRow(room, kind, name, text, _IS_PAST.get(kind, 0)) for room, kind, name, text in self.rows]
        if not self.times:
            yield NumberedRows(self.first, float(self.time), rows, origin)
            return
        for time, group in groupby(enumerate(rows), lambda each: self.times[each[0]]):
            some = [*group]
            is_last = some[-1][0] == len(rows) - 1
            yield NumberedRows(self.first + some[0][0], time, [row for _, row in some], origin if is_last else None)

    def entries(self) -> list[Entry]:
        """What the chat is brought of it: acts, and what only a newer version knows, are left out."""
        time = float(self.time)
        numbered = enumerate(self.rows, self.first)
        return [Entry(number, time, event(*row)) for number, row in numbered if row[1] in KIND_NAMES]

    def acts(self) -> list[tuple[int, str]]:
        """The acts in it, with their numbers."""
        return [(number, row[3]) for number, row in enumerate(self.rows, self.first) if row[1] == ENACTED]


def rows_of(events: Iterable[Stored]) -> list[Row]:
    """Events as rows."""
    return [ROW_OF[type(each)](each)[:4] for each in events]


def packed(rows: Sequence[Row]) -> bytes:
    """Rows as the stream has them.

    Raises:
        UnicodeEncodeError: There is half a character in one, which no other server could read.
    """
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def read_item(item: Sequence[Any]) -> Batch:
    """An item of the stream: its id, and the names and values of its fields in turn."""
    ident, fields = item
    last = int(ident.partition(b"-")[0])
    times = json.loads(fields[9]) if len(fields) > 9 else ()
    return Batch(last, fields[1].decode(), int(fields[3]), fields[5].decode(), fields[7], json.loads(fields[7]), times)


Numbered = tuple[int, float, Row]
"""Number, time and row of an entry."""


def of_rows(rows: Iterable[Numbered], origins: Iterable[Origin]) -> list[Batch]:
    """Batches made again of what a copy has.

    Args:
        rows: Entries in their order.
        origins: Whose they are, where that is known, in the same order; what else has the same time was stored at once.
    """
    remaining = iter(origins)
    origin = next(remaining, None)
    groups: list[tuple[Origin | None, list[Numbered]]] = []
    for row in rows:
        while origin is not None and origin.last < row[0]:
            origin = next(remaining, None)
        whose = origin if origin is not None and origin.first <= row[0] else None
        if groups and _go_together(*groups[-1], whose, row):
            groups[-1][1].append(row)
        else:
            groups.append((whose, [row]))
    return [_batch(whose, some) for whose, some in groups]


def _go_together(whose: Origin | None, some: Sequence[Numbered], next_whose: Origin | None, row: Numbered) -> bool:
    number, time, _ = some[-1]
    is_next = whose is next_whose and number == row[0] - 1
    return is_next and (whose is not None or written(time) == written(row[1]))


def _batch(whose: Origin | None, some: Sequence[Numbered]) -> Batch:
    rows = [row for _, _, row in some]
    last, time, _ = some[-1]
    times = [] if all(each == time for _, each, _ in some) else [each for _, each, _ in some]
    server, seq = ("", 0) if whose is None else (whose.server, whose.seq)
    return Batch(last, server, seq, written(time), packed(rows), rows, times)


def written(time: float) -> str:
    """A time as the stream has it."""
    return f"{time:.6f}"
