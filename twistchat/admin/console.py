"""The prompt on a terminal: editing, colours, and lines that arrive without breaking the one being typed."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import takewhile

from twisted.conch.manhole import lastColorizedLine

from twistchat import __version__
from twistchat.admin.completion import offer
from twistchat.admin.desk import Desk
from twistchat.admin.editor import Editor
from twistchat.admin.keys import Keys
from twistchat.admin.prompt import Prompt
from twistchat.admin.tables import Live, width
from twistchat.core.events import Entry

_SGR = re.compile(r"\x1b\[[0-9;]*m")

LEAST_COLUMNS = 20
"""Of a terminal; a narrower one, or one of unknown size, is taken to have as many."""


MOST_OF_LABEL = 20
"""Characters of who somebody is, so that the greeting fits into four lines of a terminal."""


class Console:
    """One administrator's terminal."""

    def __init__(
        self,
        desk: Desk,
        columns: int,
        write: Callable[[str], None],
        leave: Callable[[], None],
        has_python: bool = True,
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Greet, and show the first prompt; the screen is not cleared.

        Args:
            desk: The administrator's.
            columns: Of the terminal.
            write: Sends text to the terminal.
            leave: Ends the session.
            has_python: Whether lines are Python.
            guard: Entered while a line runs.
        """
        self._desk = desk
        self._write = write
        self._leave = leave
        self._editor = Editor()
        self._keys = Keys()
        self._prompt = Prompt(desk, self, has_python, guard)
        self._following: list[Callable[[], None]] = []
        self._at_line_start = True
        self._actions = self._key_actions()
        self.resize(columns)
        self.show(_banner(desk, has_python))
        self._draw()

    def _key_actions(self) -> dict[str, Callable[[], None]]:
        editor = self._editor
        edits = {
            "left": editor.left,
            "right": editor.right,
            "home": editor.home,
            "end": editor.end,
            "up": editor.earlier,
            "down": editor.later,
            "backspace": editor.backspace,
            "delete": editor.delete,
            "ctrl-u": editor.kill_to_beginning,
            "ctrl-k": editor.kill_to_end,
            "ctrl-w": editor.kill_word,
        }
        also = {"ctrl-a": "home", "ctrl-e": "end", "ctrl-b": "left"}
        also |= {"ctrl-f": "right", "ctrl-p": "up", "ctrl-n": "down"}
        others = {
            "enter": self._enter,
            "tab": self._complete,
            "ctrl-c": self._interrupt,
            "ctrl-d": self._end_of_input,
            "ctrl-l": self._clear,
        }
        return {**edits, **{key: edits[name] for key, name in also.items()}, **others}

    # --- from the terminal

    def receive(self, data: bytes) -> None:
        """Take what was typed."""
        for key in self._keys.feed(data):
            action = self._actions.get(key)
            if action is not None:
                action()
            elif len(key) == 1 and not self._editor.insert(key):
                self._write("\a")
        self._draw()

    def resize(self, columns: int) -> None:
        """Note another size of the terminal, which redraws nothing but the line."""
        self._columns = max(LEAST_COLUMNS, columns)
        if not self._at_line_start:
            self._draw()

    def close(self) -> None:
        """Stop what still shows lines."""
        while self._following:
            self._following.pop()()

    # --- keys

    def _enter(self) -> None:
        self._editor.end()
        self._draw()
        self._put("\n")
        self._prompt.take(self._editor.finish())
        self._begin_line()

    def _complete(self) -> None:
        fragment, candidates = offer(self._editor.before, self._desk, self._prompt.has_python)
        if (not fragment and not candidates) or not self._editor.before.strip():
            self._editor.insert("    ")
        elif candidates:
            common = _common_beginning(candidates)
            if len(candidates) > 1 and len(common) <= len(fragment):
                self.interrupt("  ".join(candidates) + "\n")
            else:
                for _ in fragment:
                    self._editor.backspace()
                self._editor.insert(common)

    def _interrupt(self) -> None:
        self._put("^C\n")
        self.close()
        self._prompt.forget()
        self._editor.abandon()

    def _end_of_input(self) -> None:
        if self._editor.characters:
            self._editor.delete()
        elif self._prompt.is_waiting_for_more:
            self._interrupt()
        else:
            self._put("\n")
            self._leave()

    def _clear(self) -> None:
        self._write("\x1b[H\x1b[2J")

    # --- on the screen

    def show(self, text: str) -> None:
        """Show text where the line was typed."""
        if text:
            self._put(text)

    def interrupt(self, text: str) -> None:
        """Show lines above the one being typed."""
        self._write("\r\x1b[K")
        self._at_line_start = True
        self._put(text)
        self._begin_line()
        self._draw()

    def follow(self, live: Live) -> None:
        """Show lines as they happen, until Ctrl-C."""

        def take(entry: Entry) -> None:
            self.interrupt(f"{live.shown(entry)}\n")

        self._following.append(live.watch(take))

    def _put(self, text: str) -> None:
        self._at_line_start = text.endswith("\n")
        self._write(text.replace("\r\n", "\n").replace("\n", "\r\n"))

    def _begin_line(self) -> None:
        if not self._at_line_start:
            self._put("\n")

    def _draw(self) -> None:
        """Draw the line anew: what does not fit into the terminal's width is left out on both sides."""
        mark = self._mark()
        shown, cursor = self._editor.window(self._columns - len(mark))
        back = width(shown) - cursor
        coloured = self._coloured(shown) if shown == self._editor.text else shown
        self._write(f"\r\x1b[K{mark}{coloured}" + (f"\x1b[{back}D" if back else ""))
        self._at_line_start = False

    def _mark(self) -> str:
        if not self._prompt.has_python:
            return "twistchat> "
        return "... " if self._prompt.is_waiting_for_more else ">>> "

    def _coloured(self, text: str) -> str:
        if not self._prompt.has_python or not text.strip():
            return text
        try:
            coloured = lastColorizedLine(text).decode("utf-8")
        except (tokenize.TokenError, SyntaxError, IndexError, ValueError):  # what is half typed is often no Python
            return text
        coloured += text[len(text.rstrip()) :]
        return coloured if _SGR.sub("", coloured) == text else text


def _common_beginning(words: list[str]) -> str:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(min(words), max(words), strict=False))
    return "".join(first for first, _ in pairs)


def _banner(desk: Desk, has_python: bool) -> str:
    what = "Python in the server (`hub`)" if has_python else "verbs; Python is off"
    return (
        f"twistchat {__version__}: {what}. You are {desk.who[:MOST_OF_LABEL]}.\n"
        "  announce say topic   who rooms stats tail history search   help(kick), Tab\n"
        "  kick ban unban bans mute unmute rename close_room lock unlock\n"
        "  audit, why(17), undo(17)   Ctrl-C ends what is live, Ctrl-D the session\n"
    )
