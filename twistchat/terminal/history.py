"""The lines before the one being typed, and the way back through them."""

from __future__ import annotations

MOST_REMEMBERED = 1000
"""Lines of history, unless it is said."""


class History:
    """Lines, oldest first, and which of them is shown; behind the last one is what was being typed."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        """Begin empty.

        Args:
            most: Lines that are remembered.
        """
        self._most = most
        self._lines: list[str] = []
        self._position = 0
        self._typed = ""

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, position: int) -> str:
        return self._lines[position]

    def find(self, words: str, newest: int) -> int | None:
        """The position of the newest line that has something in it, case aside, from a position on backwards."""
        wanted = words.casefold()
        positions = range(min(newest, len(self) - 1), -1, -1)
        return next((each for each in positions if wanted in self._lines[each].casefold()), None)

    def add(self, line: str) -> None:
        """Remember a line, and be at the end again; an empty one, or the same once more, is not kept."""
        if line.strip() and self._lines[-1:] != [line]:
            self._lines.append(line)
            del self._lines[: -self._most]
        self.rewind()

    def rewind(self) -> None:
        """Be at the end again."""
        self._position = len(self._lines)

    def earlier(self, shown: str) -> str:
        """The line before the shown one; the first one again where there is none."""
        if self._position == len(self._lines):
            self._typed = shown
        if self._position == 0:
            return shown
        self._position -= 1
        return self._lines[self._position]

    def later(self, shown: str) -> str:
        """The line behind the shown one; behind the last is what was being typed."""
        if self._position == len(self._lines):
            return shown
        self._position += 1
        return self._lines[self._position] if self._position < len(self._lines) else self._typed
