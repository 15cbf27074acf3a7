"""What text takes on a terminal, where Chinese characters are two columns wide."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wcwidth import iter_graphemes, wcswidth

_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
_WORD = re.compile(r"\s*\S+")

MOST_WRAPPED = 4096
"""Characters of a line that is wrapped at its words; a longer one is the terminal's to wrap, as it would take long."""


def width(text: str) -> int:
    """Columns that a text takes on a terminal: the sum of what is seen as one character each (UAX #29).

    It has no control characters.
    """
    if text.isascii():
        return len(text)
    return sum(max(0, wcswidth(each)) for each in iter_graphemes(text))


def fitting(graphemes: Iterable[str], columns: int) -> tuple[list[str], int]:
    """As many as fit into less than so many columns, and the columns that they take; what follows is not looked at."""
    taken: list[str] = []
    used = 0
    for each in graphemes:
        if used + width(each) >= columns:
            break
        taken.append(each)
        used += width(each)
    return taken, used


def wrapped(text: str, columns: int) -> str:
    """Text whose lines fit a terminal: wrapped at words, each row but the first under the line's last column.

    Args:
        text: Lines as they would stand in a file. One with colours, or one that is very long, stays as it is.
        columns: Of the terminal; at least four.
    """
    return "\n".join(row for line in text.split("\n") for row in _rows(line, columns))


def _rows(line: str, columns: int) -> list[str]:
    if len(line) > MOST_WRAPPED or "\x1b" in line or width(line) <= columns:
        return [line]
    columns_begin = [place.end() for place in _GAP.finditer(line)]
    under = [column for column in (width(line[:end]) for end in columns_begin) if column <= 2 * columns // 3]
    indent = " " * (under[-1] if under else min(2, columns // 2))
    rows, row = [], ""
    for word in _WORD.findall(line):
        if row.strip() and width(row + word) > columns:
            rows.append(row)
            row = indent + word.lstrip()
        else:
            row += word
        while width(row) > columns:
            fits, _ = fitting(iter_graphemes(row), columns + 1)
            rows.append("".join(fits))
            row = indent + row[len(rows[-1]) :]
    return [*rows, row]
