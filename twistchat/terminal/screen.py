"""What a terminal shows: rows that are done, and below them the one that is being typed.

1. The row being typed is redrawn whole, in its one row: what does not fit into the width is left out on both sides.
2. Text is put where the cursor is (`put`), or above the row being typed, which is drawn again below it (`put_above`).
3. A row is begun at the left edge: where text did not end its row, `begin_row` does.
"""

from __future__ import annotations

from collections.abc import Callable

LEAST_COLUMNS = 20
"""Of a terminal; a narrower one, or one of unknown size, is taken to have as many."""


class Screen:
    """A terminal of which only the width is known; nothing is cleared but the row being typed."""

    def __init__(self, columns: int, write: Callable[[str], None]) -> None:
        """Show nothing yet.

        Args:
            columns: The terminal's width.
            write: Sends text to the terminal.
        """
        self.resize(columns)
        self._write = write
        self._is_at_left = True
        self._row = ""  # as it was drawn last

    @property
    def is_at_left(self) -> bool:
        """Whether nothing stands in the current row."""
        return self._is_at_left

    def resize(self, columns: int) -> None:
        """Note another width."""
        self.columns = max(LEAST_COLUMNS, columns)

    def put(self, text: str) -> None:
        """Show text where the cursor is."""
        if text:
            self._is_at_left = text.endswith("\n")
            self._write(text.replace("\r\n", "\n").replace("\n", "\r\n"))

    def put_above(self, text: str) -> None:
        """Show text in place of the row being typed, which has to be drawn again."""
        self.erase()
        self.put(text)
        self.begin_row()

    def put_above_row(self, text: str) -> None:
        """Show lines in place of the row being typed, and that row below them, as it was drawn."""
        shown = text.replace("\r\n", "\n").replace("\n", "\r\n")
        self._write(f"\r\x1b[K{shown}{self._row}" if shown.endswith("\n") else f"\r\x1b[K{shown}\r\n{self._row}")

    def erase(self) -> None:
        """Show nothing in the row being typed."""
        self._write("\r\x1b[K")
        self._is_at_left = True

    def begin_row(self) -> None:
        """Be at the left edge of a row."""
        if not self._is_at_left:
            self.put("\n")

    def draw(self, row: str, back: int) -> None:
        """Draw the row being typed.

        Args:
            row: All of it; it fits.
            back: Columns from its end back to the cursor.
        """
        self._row = f"\r\x1b[K{row}" + (f"\x1b[{back}D" if back else "")
        self._write(self._row)
        self._is_at_left = False

    def clear(self) -> None:
        """Clear all that is shown."""
        self._write("\x1b[H\x1b[2J")

    def ring(self) -> None:
        """Say that a key could do nothing."""
        self._write("\a")
