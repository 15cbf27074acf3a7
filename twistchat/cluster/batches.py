"""A batch as the stream has it, and as the copy and the chat have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from twistchat.core.events import Entry, Stored
from twistchat.log.rows import KIND_NAMES, ROW_OF, EntryRow, event
from twistchat.log.writer import NumberedRows
from twistchat.wire.flat import STORED

ENACTED = "enacted"
"""The kind of an entry that is an administrator's or a moderator's act. It is shown to nobody; its text is the act."""

_IS_PAST = {kind.kind: int(kind.past) for kind in STORED}

Row = Sequence[Any]
"""Room, kind, name and text."""


class Batch(NamedTuple):
    """Entries that were stored at once."""

    last: int
    """The number of the last."""

    server: str
    """Whose batch it is; behind `~` where that server was buried, and empty where it is not known any more."""

    seq: int
    """Its number among the server's batches; 0 where it has none."""

    time: str
    """Seconds since 1970, by Redis's clock, with six digits behind the point."""

    packed: bytes
    """The rows as JSON."""

    rows: Sequence[Row]

    @property
    def first(self) -> int:
        """The number of the first entry."""
        return self.last - len(self.rows) + 1

    def numbered(self) -> NumberedRows:
        """What the copy keeps of it."""
        rows = [EntryRow(room, kind, name, text, _IS_PAST.get(kind, 0)) for room, kind, name, text in self.rows]
        return NumberedRows(self.first, float(self.time), rows)

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
    return Batch(last, fields[1].decode(), int(fields[3]), fields[5].decode(), fields[7], json.loads(fields[7]))


def of_rows(rows: Iterable[tuple[int, float, Row]]) -> list[Batch]:
    """Batches made again of what a copy has: what has the same time was stored at once.

    Args:
        rows: Number, time and row of entries in their order.
    """
    groups: list[tuple[int, str, list[Row]]] = []
    for number, time, row in rows:
        written = f"{time:.6f}"
        if groups and groups[-1][1] == written and groups[-1][0] == number - 1:
            groups[-1] = (number, written, [*groups[-1][2], row])
        else:
            groups.append((number, written, [row]))
    return [Batch(last, "", 0, time, packed(some), some) for last, time, some in groups]
