"""The prompt on a terminal: colours, completion, and answers that arrive without breaking the line being typed."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from textwrap import fill

from twisted.conch.manhole import lastColorizedLine

from twistchat import __version__
from twistchat.admin.completion import offer
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Live
from twistchat.admin.prompt import Prompt
from twistchat.core.events import Entry
from twistchat.terminal.columns import wrapped
from twistchat.terminal.completion import Offer
from twistchat.terminal.readline import Readline
from twistchat.terminal.screen import LEAST_COLUMNS

_SGR = re.compile(r"\x1b\[[0-9;]*m")

GREETING_COLUMNS = 79
"""A row of the greeting at most: most terminals have 80 columns."""

MOST_OF_LABEL = 20
"""Characters of who somebody is, so that the greeting's first row fits."""


class Console:
    """One administrator's terminal: reads lines for a prompt, and shows what it answers."""

    def __init__(
        self,
        operator: Operator,
        columns: int,
        write: Callable[[str], None],
        leave: Callable[[], None],
        has_python: bool = True,
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Greet, and show the first prompt; the screen is not cleared.

        Args:
            operator: The administrator's.
            columns: Of the terminal.
            write: Sends text to the terminal.
            leave: Ends the session.
            has_python: Whether lines are Python.
            guard: Entered while a line runs.
        """
        self._operator = operator
        self._leave = leave
        self.columns = max(LEAST_COLUMNS, columns)
        self._readline = Readline(self, columns, write)
        self._prompt = Prompt(operator, self, has_python, guard)
        self._following: list[Callable[[], None]] = []
        self.show(_greeting(operator, has_python))
        self._readline.draw()

    def receive(self, data: bytes) -> None:
        """Take what was typed."""
        self._readline.receive(data)

    def resize(self, columns: int) -> None:
        """Note another width of the terminal."""
        self.columns = max(LEAST_COLUMNS, columns)
        self._readline.resize(columns)

    def close(self) -> None:
        """Stop what still shows lines."""
        while self._following:
            self._following.pop()()

    # --- for the prompt

    def show(self, text: str) -> None:
        """Show text where the line was typed."""
        self._readline.print(wrapped(text, self.columns))

    def show_above(self, text: str) -> None:
        """Show lines above the one being typed."""
        self._readline.print_above(wrapped(text, self.columns))

    def follow(self, live: Live) -> None:
        """Show lines as they happen, until Ctrl-C."""

        def take(entry: Entry) -> None:
            self.show_above(f"{live.shown(entry)}\n")

        self._following.append(live.watch(take))

    # --- for the line editor

    @property
    def mark(self) -> str:
        """What stands before the line."""
        if self._prompt.is_waiting_for_more:
            return "... "
        return ">>> " if self._prompt.has_python else "twistchat> "

    def keeps(self, line: str) -> bool:
        """What was typed stands above what it is answered with."""
        return True

    def take(self, line: str) -> None:
        """Run a line."""
        self._prompt.take(line)

    def interrupt(self) -> None:
        """Ctrl-C: what is live ends, and so does a statement of several lines."""
        self.close()
        self._prompt.forget()

    def end(self) -> None:
        """Ctrl-D: a statement of several lines ends, or else the session."""
        if self._prompt.is_asking:
            self.show("\n")
            self._prompt.take("")
        elif self._prompt.is_waiting_for_more:
            self._readline.drop()
        else:
            self.show("\n")
            self._leave()

    def offer(self, before: str) -> Offer:
        """Verbs, people and rooms."""
        return offer(before, self._operator, self._prompt.has_python)

    def coloured(self, line: str) -> str:
        """Python as Python is coloured."""
        if not self._prompt.has_python or not line.strip():
            return line
        try:
            coloured = lastColorizedLine(line).decode("utf-8")
        except (tokenize.TokenError, SyntaxError, IndexError, ValueError):  # what is half typed is often no Python
            return line
        coloured += line[len(line.rstrip()) :]
        return coloured if _SGR.sub("", coloured) == line else line


def _greeting(operator: Operator, has_python: bool) -> str:
    """Who one is, every verb, and how to go on; `help` has the rest."""
    what = "Python in the server (`hub`)" if has_python else "verbs; Python is off"
    verbs = fill(" ".join(operator.verbs), GREETING_COLUMNS, initial_indent="  ", subsequent_indent="  ")
    example = next(iter(operator.verbs))
    return (
        f"twistchat {__version__}: {what}. You are {operator.who[:MOST_OF_LABEL]}.\n"
        f"{verbs}\n"
        f"  {f'help({example})' if has_python else f'help {example}'} explains, Tab completes, "
        "Ctrl-C ends what is live, Ctrl-D all.\n"
    )
