"""What text takes on a terminal, where Chinese characters are two columns wide."""

from __future__ import annotations

from wcwidth import wcswidth


def width(text: str) -> int:
    """Columns that a text takes on a terminal; it has no control characters."""
    return max(0, wcswidth(text))
