"""Reading lines at a terminal, as GNU readline does for programs that have one: keys edit, Enter gives the line.

What is printed meanwhile stands above the half-typed line, which stays whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twistchat.terminal.columns import width
from twistchat.terminal.completion import Offer
from twistchat.terminal.editor import Editor
from twistchat.terminal.keys import Keys
from twistchat.terminal.screen import Screen
from twistchat.terminal.search import Search

INDENT = "    "
"""What the Tab key types where nothing can be completed."""


class Reader(Protocol):
    """Whoever the lines are for."""

    @property
    def mark(self) -> str:
        """What stands before the line, such as `>>> `."""
        ...

    def keeps(self, line: str) -> bool:
        """Whether a line stays on the screen once it is ended by Enter, or is erased, as it will be shown otherwise."""
        ...

    def take(self, line: str) -> None:
        """A line was ended by Enter."""
        ...

    def interrupt(self) -> None:
        """Ctrl-C: the line was dropped."""
        ...

    def end(self) -> None:
        """Ctrl-D on an empty line."""
        ...

    def offer(self, before: str) -> Offer:
        """What the text before the cursor can be completed to."""
        ...

    def coloured(self, line: str) -> str:
        """The line with its colours, or as it is; colours take no columns."""
        ...


class Readline:
    """Edits lines for a reader."""

    def __init__(
        self,
        reader: Reader,
        columns: int,
        write: Callable[[str], None],
        searching: str = "search",
        editor: Editor | None = None,
    ) -> None:
        """Show nothing yet; `draw` shows the first line.

        Args:
            reader: Whom the lines are for.
            columns: The terminal's width.
            write: Sends text to the terminal.
            searching: What stands before the query while the history is searched.
            editor: What edits the line; one of its own unless given.
        """
        self._reader = reader
        self._screen = Screen(columns, write)
        self._keys = Keys()
        self._editor = editor or Editor()
        self._is_drawn = False  # the row, as it is
        self._search: Search | None = None
        self._searching = searching
        self._actions: dict[str, Callable[[], None]] = {
            "enter": self._enter,
            "tab": self._complete,
            "ctrl-c": self.drop,
            "ctrl-d": self._delete_or_end,
            "ctrl-l": self._screen.clear,
            "ctrl-r": self._begin_search,
        }

    # --- from the terminal

    def receive(self, data: bytes) -> None:
        """Take what was typed."""
        for key in self._keys.feed(data):
            self._press(key)
        self.draw()

    def resize(self, columns: int) -> None:
        """Note another size of the terminal, which redraws nothing but the line."""
        self._screen.resize(columns)
        if not self._screen.is_at_left:
            self.draw()

    def _press(self, key: str) -> None:
        self._is_drawn = False
        if self._search is None or not self._is_of_search(self._search, key):
            self._obey(key)

    def _is_of_search(self, search: Search, key: str) -> bool:
        found = search.press(key)
        if found is False:
            self._screen.ring()
        if search.is_over:
            self._search = None
        return found is not None

    def _begin_search(self) -> None:
        self._search = Search(self._editor)

    def _obey(self, key: str) -> None:
        action = self._actions.get(key)
        if action is not None:
            action()
        elif not self._editor.press(key):
            self._screen.ring()

    # --- keys that are more than editing

    def _enter(self) -> None:
        self._editor.end()
        if self._reader.keeps(self._editor.text):
            self.draw()
            self._screen.put("\n")
        else:
            self._screen.erase()
        self._is_drawn = False
        self._reader.take(self._editor.finish())
        self._screen.begin_row()

    def drop(self) -> None:
        """Drop the line, as Ctrl-C does."""
        self._screen.put("^C\n")
        self._editor.abandon()
        self._reader.interrupt()

    def _delete_or_end(self) -> None:
        if self._editor.characters:
            self._editor.delete()
        else:
            self._reader.end()

    def _complete(self) -> None:
        offer = self._reader.offer(self._editor.before)
        if (not offer.fragment and not offer.candidates) or not self._editor.before.strip():
            self._editor.insert(INDENT)
        elif offer.candidates and offer.is_open:
            self.print_above("  ".join(offer.candidates) + "\n")
        elif offer.candidates:
            self._editor.replace_before(len(offer.fragment), offer.common)

    # --- on the screen

    def print(self, text: str) -> None:
        """Show text where the cursor is: an answer to the line that was just taken."""
        self._is_drawn = False
        self._screen.put(text)

    def print_above(self, text: str) -> None:
        """Show lines above the one being typed, which is drawn anew only where it has changed since it was drawn."""
        if self._is_drawn:
            self._screen.put_above_row(text)
        else:
            self._screen.put_above(text)
            self.draw()

    def erase(self) -> None:
        """Show no line being typed, as nothing more is to be typed."""
        self._is_drawn = False
        self._screen.erase()

    def draw(self) -> None:
        """Draw the line anew."""
        columns = self._screen.columns
        mark = self._search.mark(self._searching, columns) if self._search is not None else self._reader.mark
        shown, _before, behind = self._editor.window(columns - width(mark))
        coloured = self._reader.coloured(shown) if shown == self._editor.text else shown
        self._screen.draw(mark + coloured, behind)
        self._is_drawn = True
