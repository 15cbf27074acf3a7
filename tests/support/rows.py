"""A terminal as its rows, for what is drawn there."""

from __future__ import annotations

import re

from wcwidth import iter_graphemes, wcswidth


class Rows:
    """Enough of a terminal: one row is the current one, those above are done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.row: list[str] = []  # one entry a column; the second of a wide character is empty
        self.column = 0
        self.cleared = 0
        self.bells = 0

    def write(self, text: str) -> None:
        for sequence, control, seen in re.findall(r"(\x1b\[[0-9;]*[A-Za-z])|([\r\n\a])|([^\x1b\r\n\a]+)", text):
            if sequence:
                self._obey(sequence)
            elif control == "\r":
                self.column = 0
            elif control == "\n":
                self.done.append(self.text)
                self.row = []
            elif control == "\a":
                self.bells += 1
            for character in iter_graphemes(seen):
                self._put(character)

    def _obey(self, sequence: str) -> None:
        match sequence[-1]:
            case "K":
                del self.row[self.column :]
            case "D":
                self.column -= int(sequence[2:-1])
            case "J":
                self.cleared += 1
            case other:
                assert other in "mH", sequence

    def _put(self, character: str) -> None:
        columns = max(1, wcswidth(character))
        self.row[self.column : self.column + columns] = [character, *[""] * (columns - 1)]
        self.column += columns

    @property
    def text(self) -> str:
        return "".join(self.row)

    @property
    def behind_cursor(self) -> str:
        return "".join(self.row[self.column :])
