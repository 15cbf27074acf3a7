"""A line being edited: keys in, characters and a cursor out, and how many columns they take. It knows no terminal.

A step is an extended grapheme cluster (UAX #29), what is seen as one character: a letter with its accents, a syllable
of Hindi, a flag, a family of emoji.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wcwidth import grapheme_boundary_before, iter_graphemes, iter_graphemes_reverse

from twistchat.terminal.columns import fitting
from twistchat.terminal.history import MOST_REMEMBERED, History

MOST_CHARACTERS = 16_384
"""Of one line, unless it is said."""


class Window(NamedTuple):
    """A part of the line."""

    shown: str
    before: int
    """Columns before the cursor."""
    behind: int
    """Columns behind it."""


class Editor:
    """A line with a cursor, and the lines before it."""

    def __init__(self, most_characters: int = MOST_CHARACTERS, most_lines: int = MOST_REMEMBERED) -> None:
        """Begin an empty line.

        Args:
            most_characters: Of one line; what is typed or pasted beyond is not taken.
            most_lines: Of history.
        """
        self._most = most_characters
        self.characters: list[str] = []
        self.cursor = 0
        """How many characters stand before it."""
        self.history = History(most_lines)
        self._keys = self._bindings()

    def _bindings(self) -> dict[str, Callable[[], None]]:
        edits = {
            "left": self.left,
            "right": self.right,
            "home": self.home,
            "end": self.end,
            "up": self.earlier,
            "down": self.later,
            "backspace": self.backspace,
            "delete": self.delete,
            "ctrl-u": self.kill_to_beginning,
            "ctrl-k": self.kill_to_end,
            "ctrl-w": self.kill_word,
        }
        also = {"ctrl-a": "home", "ctrl-e": "end", "ctrl-b": "left"}
        also |= {"ctrl-f": "right", "ctrl-p": "up", "ctrl-n": "down"}
        return {**edits, **{key: edits[name] for key, name in also.items()}}

    def press(self, key: str) -> bool:
        """Obey a key as `Keys` names it, or type it where it is a character.

        Returns:
            False where the line is full. A key without a meaning here does nothing.
        """
        edit = self._keys.get(key)
        if edit is not None:
            edit()
        elif len(key) == 1:
            return self.insert(key)
        return True

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(self.characters)

    @property
    def before(self) -> str:
        """What stands before the cursor."""
        return "".join(self.characters[: self.cursor])

    def insert(self, text: str) -> bool:
        """Type something at the cursor; false where the line is full."""
        if len(self.characters) + len(text) > self._most:
            return False
        self.characters[self.cursor : self.cursor] = text
        self.cursor += len(text)
        return True

    def set(self, text: str) -> None:
        """Put another line in place of this one."""
        self.characters = list(text)
        self.cursor = len(self.characters)

    def replace_before(self, count: int, text: str) -> None:
        """Put a text in place of so many characters before the cursor."""
        self._cut(self.cursor - count, self.cursor)
        self.insert(text)

    def finish(self) -> str:
        """End the line and begin an empty one."""
        line = self.text
        self.history.add(line)
        self.set("")
        return line

    def abandon(self) -> None:
        """Begin an empty line, forgetting this one."""
        self.history.rewind()
        self.set("")

    # --- keys

    def left(self) -> None:
        """Go back by what is seen as one character."""
        self.cursor = self._step_back()

    def right(self) -> None:
        """Go on by what is seen as one character."""
        self.cursor = self._step_on()

    def home(self) -> None:
        """Go to the beginning."""
        self.cursor = 0

    def end(self) -> None:
        """Go to the end."""
        self.cursor = len(self.characters)

    def backspace(self) -> None:
        """Take out what stands before the cursor."""
        self._cut(self._step_back(), self.cursor)

    def delete(self) -> None:
        """Take out what stands behind the cursor."""
        self._cut(self.cursor, self._step_on())

    def kill_to_beginning(self) -> None:
        """Take out all before the cursor."""
        self._cut(0, self.cursor)

    def kill_to_end(self) -> None:
        """Take out all behind the cursor."""
        self._cut(self.cursor, len(self.characters))

    def kill_word(self) -> None:
        """Take out the word before the cursor."""
        start = self._back_while(str.isspace, self.cursor)
        self._cut(self._back_while(lambda character: not character.isspace(), start), self.cursor)

    def earlier(self) -> None:
        """Show the line before in the history."""
        self._show(self.history.earlier(self.text))

    def later(self) -> None:
        """Show the next line in the history; behind the last one is what was being typed."""
        self._show(self.history.later(self.text))

    def _show(self, line: str) -> None:
        if line != self.text:
            self.set(line)

    # --- what is seen

    def window(self, columns: int) -> Window:
        """The part of the line around the cursor that fits into less than so many columns."""
        before, used = fitting(iter_graphemes_reverse(self.before), columns)
        behind, more = fitting(iter_graphemes("".join(self.characters[self.cursor :])), columns - used)
        return Window("".join([*before[::-1], *behind]), used, more)

    def _cut(self, start: int, end: int) -> None:
        del self.characters[start:end]
        self.cursor = start

    def _step_back(self) -> int:
        return grapheme_boundary_before(self.text, self.cursor) if self.cursor else 0

    def _step_on(self) -> int:
        return self.cursor + len(next(iter_graphemes("".join(self.characters[self.cursor :])), ""))

    def _back_while(self, test: Callable[[str], bool], position: int) -> int:
        while position > 0 and test(self.characters[position - 1]):
            position -= 1
        return position
