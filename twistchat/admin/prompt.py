"""What a line at the prompt does: Python with the verbs as functions, or the verbs alone, where it is off."""

from __future__ import annotations

import ast
import code
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from io import TextIOBase
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.admin import hints
from twistchat.admin.binding import bind_words, read_words
from twistchat.admin.form import refusal
from twistchat.admin.function import NoValue, VerbFunction
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Asked, Live, Table
from twistchat.admin.verb import VerbTable
from twistchat.errors import ChatError, WrongUse

MOST_ASKED = 1000
"""Lines that a verb may ask for; more are not kept."""

CONSOLE = "<console>"
"""The name of the file that typed lines are said to stand in."""


class _Written(TextIOBase):
    """What `print` writes to while a line runs."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def write(self, text: str) -> int:
        self._show(text)
        return len(text)


class Viewer(Protocol):
    """What a prompt shows its answers on; a terminal, or a test."""

    columns: int
    """How wide it is now."""

    def show(self, text: str) -> None:
        """Show text in the place where the line was typed."""
        ...

    def show_above(self, text: str) -> None:
        """Show lines while something else may be half typed."""
        ...

    def follow(self, live: Live) -> None:
        """Show lines as they happen until somebody has enough."""
        ...


class Prompt(code.InteractiveInterpreter):
    """Runs lines for one administrator."""

    def __init__(
        self,
        operator: Operator,
        viewer: Viewer,
        has_python: bool = True,
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Make a prompt.

        Args:
            operator: The administrator's.
            viewer: Where answers are shown.
            has_python: Whether lines are Python; if not, a line is a verb, as a call or as words.
            guard: Entered while Python runs; it may raise KeyboardInterrupt.
        """
        self.functions = {name: VerbFunction(row, operator) for name, row in operator.verbs.items()}
        super().__init__({"__name__": "__console__", "__doc__": None, "hub": operator.hub, **self.functions})
        self._operator = operator
        self._viewer = viewer
        self.has_python = has_python
        self._guard = guard
        self._lines: list[str] = []
        self._asked: Asked | None = None
        self._list: list[str] = []

    @property
    def is_asking(self) -> bool:
        """Whether lines are taken for a verb that asked for them."""
        return self._asked is not None

    @property
    def is_waiting_for_more(self) -> bool:
        """Whether the lines so far are no whole statement."""
        return bool(self._lines) or self.is_asking

    def forget(self) -> None:
        """Drop the lines of an unfinished statement."""
        self._lines.clear()
        self._list.clear()
        self._asked = None

    def take(self, line: str) -> None:
        """Run a line, or keep it until its statement is whole."""
        if line.strip():
            self._operator.note("line", line)
        if self._asked is not None:
            self._take_asked(self._asked, line)
            return
        if not self.has_python:
            self._run_verb(line)
            return
        self._lines.append(line)
        is_unfinished = self.runsource("\n".join(self._lines), CONSOLE)
        if not is_unfinished or self._shows_hint(hints.of_words):
            self._lines.clear()

    def _take_asked(self, asked: Asked, line: str) -> None:
        """Keep a line that a verb asked for; an empty one ends them."""
        if line.strip() and len(self._list) < MOST_ASKED:
            self._list.append(line)
            return
        lines = [*self._list, *([line] if line.strip() else [])]
        self.forget()
        self._await(Deferred.fromCoroutine(asked.go_on(lines)))

    # --- with Python

    def runcode(self, code: Any) -> None:
        """Run what was typed, with its output and results on the viewer."""
        displayhook, sys.displayhook = sys.displayhook, self._display
        try:
            with redirect_stdout(_Written(self._viewer.show)), self._guard():
                super().runcode(code)
        except KeyboardInterrupt:  # it came at the very end
            self._viewer.show("KeyboardInterrupt\n")
        except SystemExit:
            self._viewer.show("exit() would end the chat for everyone; Ctrl-D ends this prompt.\n")
        finally:
            sys.displayhook = displayhook

    def _shows_hint(self, *kinds: Callable[[str, VerbTable], str | None]) -> bool:
        """Say how the line should have been written, if it is one of those kinds of lines."""
        if len(self._lines) != 1:
            return False
        verbs = VerbTable(each.row for name, each in self.functions.items() if self.locals.get(name) is each)
        try:
            hint = next((hint for kind in kinds if (hint := kind(self._lines[0], verbs)) is not None), None)
        except ChatError as error:
            hint = self._refusal(error).rstrip("\n")
        if hint is not None:
            self._viewer.show(f"{hint}\n")
        return hint is not None

    def _refusal(self, error: ChatError) -> str:
        return refusal(error, self._operator.verbs, as_call=self.has_python)

    def showsyntaxerror(self, filename: str | None = None, **kwargs: Any) -> None:
        """Say how a verb is written, if the line is no Python because of that."""
        is_own = any(word in self.locals for line in self._lines[:1] for word in line.split()[:1])
        mistyped = () if is_own else (hints.of_mistyped,)  # what the operator has named so is meant
        if not self._shows_hint(hints.of_call, hints.of_words, *mistyped):
            super().showsyntaxerror(filename, **kwargs)

    def write(self, data: str) -> None:
        """What Python says of errors."""
        self._viewer.show(data)

    def showtraceback(self) -> None:
        """Say what went wrong: a refusal by its sentence, anything else as Python does."""
        error = sys.exc_info()[1]
        if isinstance(error, ChatError):
            self._viewer.show(self._refusal(error))
        elif isinstance(error, KeyboardInterrupt):
            self._viewer.show("KeyboardInterrupt\n")
        elif not self._shows_hint(*_kinds(error)):
            super().showtraceback()

    def _display(self, value: Any) -> None:
        if isinstance(value, Deferred):
            self._await(value)
        elif value is not None:
            self.locals["_"] = value
            self._present(value, self._viewer.show)

    # --- without Python

    def _run_verb(self, line: str) -> None:
        try:
            if line.strip():
                self._await(self._verb_called(line))
        except ChatError as error:
            self._viewer.show(self._refusal(error))

    def _verb_called(self, line: str) -> Any:
        call = _as_call(line)
        if call is not None:
            name, args, kwargs = call
            return self.functions[self._operator.verbs.find(name).name](*args, **kwargs)
        try:
            words: Sequence[str] = shlex.split(line)
        except ValueError:
            raise WrongUse("VERB WORDS..., with quotes in pairs") from None
        row, words = read_words(self._operator.verbs, words)
        return Deferred.fromCoroutine(self._operator.run(row, bind_words(row, words)))

    # --- answers

    def _await(self, value: Any) -> None:
        """Show an answer that is there, or once it is."""
        if not isinstance(value, Deferred):
            self._present(value, self._viewer.show)
            return
        is_typing = False

        def show(text: str) -> None:
            (self._viewer.show_above if is_typing else self._viewer.show)(text)

        def present(answer: Any) -> Any:
            self._present(answer, show)
            return answer

        value.addCallbacks(present, lambda failure: self._explain(failure, show))
        is_typing = True

    def _present(self, value: Any, show: Callable[[str], None]) -> None:
        if isinstance(value, Asked):
            self._asked = value
        if isinstance(value, Live):
            show(f"{value.text()}\n")
            self._viewer.follow(value)
        else:
            show(f"{self._shown(value)}\n")

    def _shown(self, value: Any) -> str:
        if isinstance(value, Table):
            return value.text(self._viewer.columns)
        return repr(value) if self.has_python else str(value.text())

    def _explain(self, failure: Failure, show: Callable[[str], None]) -> None:
        if isinstance(failure.value, ChatError):
            show(self._refusal(failure.value))
        else:
            show(failure.getTraceback())


def _kinds(error: BaseException | None) -> Sequence[Callable[[str, VerbTable], str | None]]:
    """What a line may have been meant to be that fails so: `mute(bob)`, `kick(id)` or `audit --all`."""
    if isinstance(error, NoValue) or (isinstance(error, NameError) and _is_of_line(error)):
        return (hints.of_call, hints.of_words)
    return (hints.of_words,) if isinstance(error, TypeError) and _is_of_line(error) else ()


def _is_of_line(error: BaseException) -> bool:
    """Whether an error arose in what was typed, and not in what that called."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_filename == CONSOLE


def _as_call(line: str) -> tuple[str, list[Any], dict[str, Any]] | None:
    """Read `verb("a", b=1)` without running anything; None where it is no call of plain values."""
    try:
        expression = ast.parse(line.strip(), mode="eval").body
        if not (isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name)):
            return None
        args = [_value(each) for each in expression.args]
        kwargs = {each.arg: _value(each.value) for each in expression.keywords if each.arg is not None}
        return expression.func.id, args, kwargs
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr) -> object:
    """A literal, or a verb's bare name, as in `help(kick)`."""
    if isinstance(node, ast.Name):
        return node.id
    value = ast.literal_eval(node)
    if not isinstance(value, str | int):
        raise ValueError("no text or number")
    return value
