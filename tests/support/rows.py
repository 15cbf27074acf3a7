"""A terminal as its rows, for what is drawn there."""

from __future__ import annotations

import re
import unicodedata


class Rows:
    """Enough of a terminal: one row is the current one, those above are done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.row: list[str] = []  # one entry a column; the second of a wide character is empty
        self.column = 0
        self.cleared = 0
        self.bells = 0

    def write(self, text: str) -> None:
        for sequence, character in re.findall(r"(\x1b\[[0-9;]*[A-Za-z])|(.)", text, re.DOTALL):
            if sequence:
                self._obey(sequence)
            elif character == "\r":
                self.column = 0
            elif character == "\n":
                self.done.append(self.text)
                self.row = []
            elif character == "\a":
                self.bells += 1
            else:
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
        columns = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        self.row[self.column : self.column + columns] = [character, *[""] * (columns - 1)]
        self.column += columns

    @property
    def text(self) -> str:
        return "".join(self.row)

    @property
    def behind_cursor(self) -> str:
        return "".join(self.row[self.column :])
