"""An export as a table for spreadsheets: CSV as in RFC 4180."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from twistchat.log.exporting import StoredLine, iso

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What spreadsheet programs take for a formula at the beginning of a cell (OWASP, CSV Injection), those of Chinese and
Japanese also where it is wide; some cut off blanks before it."""


def written(lines: Iterable[StoredLine]) -> Iterator[str]:
    """The table, row by row, with a row of titles.

    Args:
        lines: What is exported; a `'` stands before what somebody said that a spreadsheet would compute.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(StoredLine._fields)
    for line in lines:
        rows.writerow((line.number, iso(line.time), line.room, line.kind, _inert(line.name), _inert(line.text)))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell
