"""A verb as a function of Python, as the prompt has them."""

from __future__ import annotations

import pydoc
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.admin.binding import bind_call
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome
from twistchat.admin.verb import Verb


class VerbFunction:
    """A verb as a function. What it answers shows itself at the prompt; where it has to wait, that is a Deferred."""

    def __init__(self, row: Verb, operator: Operator) -> None:
        self.row = row
        self._operator = operator
        self.__name__ = row.name
        self.__doc__ = f"{row.call}: {row.explanation}"
        self.__signature__ = row.signature

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Do it.

        Raises:
            ChatError: It was refused; nothing was done.
        """
        if self.row.name == "help" and args and not isinstance(args[0], str | VerbFunction):
            print(pydoc.plain(pydoc.render_doc(args[0])))
            return None
        named = {name: _as_value(each) for name, each in kwargs.items()}
        values = bind_call(self.row, [*map(_as_value, args)], named)
        return _at_once(Deferred.fromCoroutine(self._operator.run(self.row, values)))

    def __repr__(self) -> str:
        return f"{self.row.call}\n    {self.row.explanation}"


class NoValue(TypeError):
    """A verb was given what is neither text nor a number: a name of Python's that somebody may have, such as `id`."""


def _as_value(given: object) -> object:
    if isinstance(given, VerbFunction):
        return given.row.name
    if callable(given):
        raise NoValue("a verb takes text and numbers")
    return given


def _at_once(answer: Deferred[Outcome]) -> Any:
    """What it has fired with already, or the Deferred itself."""
    results: list[Outcome] = []
    failures: list[Failure] = []
    answer.addCallbacks(results.append, failures.append)
    if failures:
        failures[0].raiseException()
    if results:
        return results[0]
    waiting: Deferred[Outcome] = Deferred()
    answer.addBoth(lambda _: waiting.callback(results[0]) if results else waiting.errback(failures[0]))
    return waiting
