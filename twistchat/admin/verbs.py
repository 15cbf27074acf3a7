"""The table of verbs. Each row is a function at the prompt and a command by `ssh HOST VERB`, with its help.

A new verb is one function with its row. The words of its usage stand for its parameters, in their order:
`WORD` and `[WORD]` for one word, `TEXT...` for all the rest, `[--for TIME]` for an option.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome
from twistchat.errors import UnknownVerb, UnknownVerbNearest, WrongUse

Run = Callable[..., Outcome | Coroutine[Any, Any, Outcome]]

_PIECE = re.compile(r"\[--(?P<option>[a-z]+) [A-Z]+\]|(?P<optional>\[)?[A-Z]+(?P<rest>\.\.\.)?\]?")


class Parameter(NamedTuple):
    """What one piece of a usage stands for."""

    name: str
    option: str | None
    """Its name behind `--`; None for a word by its place."""
    takes_rest: bool
    is_needed: bool
    is_number: bool


@dataclass(frozen=True)
class Verb:
    """A row of the table."""

    name: str
    usage: str
    explanation: str
    parameters: Sequence[Parameter]
    run: Run

    @property
    def signature(self) -> inspect.Signature:
        """The function's parameters as they are at the prompt."""
        whole = inspect.signature(self.run)
        return whole.replace(
            parameters=[each.replace(annotation=each.empty) for each in [*whole.parameters.values()][1:]],
            return_annotation=whole.empty,
        )

    @property
    def call(self) -> str:
        """How it is called at the prompt."""
        return f"{self.name}{self.signature}"


VERBS: dict[str, Verb] = {}


def verb(usage: str, explanation: str) -> Callable[[Run], Run]:
    """Add a function to the table, under the first word of its usage."""

    def add(run: Run) -> Run:
        name, _, pieces = usage.partition(" ")
        of_function = [*inspect.signature(run).parameters.values()][1:]
        matches = [*_PIECE.finditer(pieces)]
        parameters = [
            Parameter(
                each.name,
                match["option"],
                match["rest"] is not None,
                each.default is each.empty,
                each.annotation == "int",
            )
            for each, match in zip(of_function, matches, strict=True)
        ]
        VERBS[name] = Verb(name, usage, explanation, parameters, run)
        return run

    return add


def find(name: str) -> Verb:
    """The verb of that name.

    Raises:
        UnknownVerb: There is none; the sentence names the nearest, if one is near.
    """
    found = VERBS.get(name.replace("-", "_"))
    if found is not None:
        return found
    nearest = difflib.get_close_matches(name, VERBS, 1)
    raise UnknownVerbNearest(name, nearest[0]) if nearest else UnknownVerb(name)


def bind_words(row: Verb, words: Sequence[str]) -> dict[str, object]:
    """Give a verb's words their parameters; behind `--` nothing is an option.

    Raises:
        WrongUse: They do not fit.
    """
    options, plain = _options(row, words)
    for each in row.parameters:
        if each.option is None and plain:
            options[each.name] = " ".join(plain) if each.takes_rest else plain[0]
            plain = [] if each.takes_rest else plain[1:]
    if plain or any(each.is_needed and each.name not in options for each in row.parameters):
        raise WrongUse(row.usage)
    return _converted(row, options)


def _options(row: Verb, words: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    by_option = {f"--{each.option}": each.name for each in row.parameters if each.option is not None}
    found: dict[str, object] = {}
    plain: list[str] = []
    left = iter(words)
    for word in left:
        option, equals, value = word.partition("=")
        if word == "--":
            plain.extend(left)
        elif option in by_option:
            found[by_option[option]] = value if equals else next(left, None)
        elif word.startswith("--"):
            raise WrongUse(row.usage)
        else:
            plain.append(word)
    if None in found.values():
        raise WrongUse(row.usage)
    return found, plain


def bind_call(row: Verb, args: Sequence[object], kwargs: dict[str, object]) -> dict[str, object]:
    """Give what a verb was called with its parameters.

    Raises:
        WrongUse: It does not fit.
    """
    try:
        return _converted(row, row.signature.bind(*args, **kwargs).arguments)
    except TypeError:
        raise WrongUse(row.call) from None


def _converted(row: Verb, values: dict[str, object]) -> dict[str, object]:
    numbers = {each.name for each in row.parameters if each.is_number}
    converted: dict[str, object] = {}
    for name, value in values.items():
        if name in numbers and not re.fullmatch("[0-9]{1,15}", str(value)):
            raise WrongUse(row.usage)
        converted[name] = int(str(value)) if name in numbers else str(value)
    return converted


async def run(row: Verb, operator: Operator, values: dict[str, object]) -> Outcome:
    """Do it.

    Raises:
        ChatError: It was refused; nothing was done.
    """
    answer = row.run(operator, **values)
    return await answer if inspect.iscoroutine(answer) else answer  # type: ignore[return-value]
