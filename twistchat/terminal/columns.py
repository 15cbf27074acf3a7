"""What text takes on a terminal, where Chinese characters are two columns wide."""

from __future__ import annotations

from collections.abc import Iterable

from wcwidth import iter_graphemes, wcswidth


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
