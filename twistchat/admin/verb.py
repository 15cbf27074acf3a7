"""What a verb is: a function of an operator, its usage, and what the usage's words stand for."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

from twistchat.admin.outcomes import Outcome
from twistchat.errors import UnknownVerb, UnknownVerbNearest

Run = Callable[..., Outcome | Coroutine[Any, Any, Outcome]]

_PIECE = re.compile(
    r"\[--(?P<option>[a-z]+)(?P<value> [A-Z]+(?P<words>\.\.\.)?)?\]|(?P<optional>\[)?[A-Z]+(?P<rest>\.\.\.)?\]?"
)


class Parameter(NamedTuple):
    """What one piece of a usage stands for."""

    name: str
    option: str | None
    """Its name behind `--`; None for a word by its place."""
    takes_rest: bool
    """Whether it is several words: all that are left, or, of an option, all up to the next option."""
    is_needed: bool
    is_number: bool
    is_flag: bool
    """Whether it is an option without a value."""


@dataclass(frozen=True)
class Verb:
    """A row of the table: a function at the prompt, a command by `ssh HOST VERB`, and its help."""

    name: str
    usage: str
    explanation: str
    parameters: Sequence[Parameter]
    run: Run
    """Given an operator and the parameters by name."""
    takes_list: bool = False
    """Whether lines of standard input are one list for it, where they would else be given to it one by one."""

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


def verb(usage: str, explanation: str, takes_list: bool = False) -> Callable[[Run], Verb]:
    """Make a function a verb, called by the first word of its usage.

    The usage's other words stand for the function's parameters behind the operator, in their order: `WORD` and `[WORD]`
    for one word, `TEXT...` for all the rest, `[--for TIME]` for an option, `[--match WORDS...]` for one that takes all
    words up to the next option, as ssh(1) passes on no quotation marks, `[--all]` for one without a value, which the
    function gets as True or False. A parameter that is an `int` takes a number.

    Raises:
        ValueError: The words and the parameters are not as many.
    """

    def made(run: Run) -> Verb:
        name, _, pieces = usage.partition(" ")
        of_function = [*inspect.signature(run).parameters.values()][1:]
        pairs = zip(of_function, _PIECE.finditer(pieces), strict=True)
        return Verb(name, usage, explanation, [_parameter(*pair) for pair in pairs], run, takes_list)

    return made


def _parameter(of_function: inspect.Parameter, piece: re.Match[str]) -> Parameter:
    return Parameter(
        of_function.name,
        piece["option"],
        bool(piece["rest"] or piece["words"]),
        of_function.default is of_function.empty,
        of_function.annotation in ("int", int),
        piece["option"] is not None and piece["value"] is None,
    )


class VerbTable(Mapping[str, Verb]):
    """Verbs by their names, in the order in which they are listed."""

    def __init__(self, rows: Iterable[Verb]) -> None:
        """Make a table.

        Raises:
            ValueError: Two have one name.
        """
        self._rows: dict[str, Verb] = {}
        for row in rows:
            if row.name in self._rows:
                raise ValueError(f"two verbs are called {row.name}")
            self._rows[row.name] = row

    def __getitem__(self, name: str) -> Verb:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, name: str) -> Verb:
        """The verb of that name, which may be written with a dash.

        Raises:
            UnknownVerb: There is none; the sentence names the nearest, if one is near.
        """
        found = self.get(name.replace("-", "_"))
        if found is not None:
            return found
        nearest = self.nearest(name)
        raise UnknownVerbNearest(name, nearest) if nearest else UnknownVerb(name)

    def nearest(self, name: str) -> str | None:
        """The verb whose name is written most like another, if one is near."""
        return next(iter(difflib.get_close_matches(name, self, 1)), None)


def listed_in(*modules: ModuleType) -> list[Verb]:
    """The verbs that stand in some modules, in their order."""
    return [row for module in modules for row in vars(module).values() if isinstance(row, Verb)]
