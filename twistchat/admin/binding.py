"""Giving a verb's parameters what was written for them: words by `ssh HOST VERB`, values in a call at the prompt."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from twistchat.admin.verb import Parameter, Verb, VerbTable
from twistchat.errors import WrongUse

_FLAGS = ("False", "True")


def read_words(verbs: VerbTable, words: Sequence[str]) -> tuple[Verb, Sequence[str]]:
    """The verb that words begin with, and the words for it. `VERB --help` is `help VERB`, and no words are `help`.

    Raises:
        UnknownVerb: There is none of that name.
    """
    name, *rest = words or ("--help",)
    if name == "--help":
        return verbs.find("help"), rest
    row = verbs.find(name)
    return (verbs.find("help"), [row.name]) if "--help" in before_dashes(rest) else (row, rest)


def before_dashes(words: Sequence[str]) -> Sequence[str]:
    """The words among which options may stand."""
    return words[: words.index("--")] if "--" in words else words


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
    return _converted(row, options, row.usage)


def _options(row: Verb, words: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    by_option = {f"--{each.option}": each for each in row.parameters if each.option is not None}
    found: dict[str, object] = {}
    plain: list[str] = []
    left = deque(words)
    while left:
        word = left.popleft()
        option, equals, value = word.partition("=")
        if word == "--":
            plain.extend(left)
            break
        if option in by_option:
            found[by_option[option].name] = _value(by_option[option], value if equals else None, left)
        elif word.startswith("--"):
            raise WrongUse(row.usage)
        else:
            plain.append(word)
    if None in found.values():
        raise WrongUse(row.usage)
    return found, plain


def _value(of_option: Parameter, begun: str | None, left: deque[str]) -> object:
    """An option's value, which is taken from the words that are left; None where there is none."""
    if of_option.is_flag:
        return True if begun is None else begun
    taken = [] if begun is None else [begun]
    while left and (not taken or (of_option.takes_rest and not left[0].startswith("--"))):
        taken.append(left.popleft())
    return " ".join(taken) if taken else None


def bind_call(row: Verb, args: Sequence[object], kwargs: dict[str, object]) -> dict[str, object]:
    """Give what a verb was called with its parameters.

    Raises:
        WrongUse: It does not fit.
    """
    try:
        return _converted(row, row.signature.bind(*args, **kwargs).arguments, row.call)
    except TypeError:
        raise WrongUse(row.call) from None


def _converted(row: Verb, values: dict[str, object], use: str) -> dict[str, object]:
    by_name = {each.name: each for each in row.parameters}
    try:
        return {name: _as_kind(by_name[name], str(value)) for name, value in values.items()}
    except ValueError:
        raise WrongUse(use) from None


def _as_kind(parameter: Parameter, value: str) -> object:
    """A value as the parameter takes it.

    Raises:
        ValueError: It does not.
    """
    if parameter.is_flag:
        return _FLAGS.index(value.capitalize()) == 1
    if parameter.is_number:
        if not re.fullmatch("[0-9]{1,15}", value):
            raise ValueError("no number")
        return int(value)
    return value
