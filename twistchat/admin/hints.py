"""What a line at the prompt of Python was meant to be: a verb given words, or called without quotation marks.

Python has its own way with such lines: `kick bob` is a SyntaxError, `mute(bob)` a NameError, `announce (half` waits for
more.
"""

from __future__ import annotations

import keyword
import re
import shlex

from twistchat.admin.binding import bind_call, bind_words, read_words
from twistchat.admin.form import call_of
from twistchat.admin.verb import Verb, VerbTable
from twistchat.errors import UnknownVerbNearest, WrongUse

# A verb, and then neither an assignment nor a call, an index or an attribute.
_WORDS = re.compile(r"\s*(?P<verb>[a-z][a-z_-]*)\s+(?![=(\[.])\S.*")
# A call in one pair of brackets, which Chinese input methods may have made wide ones.
_CALL = re.compile(r"\s*(?P<verb>[a-z][a-z_-]*)\s*[(（](?P<inside>[^()\[\]{}]*?)[)）]?\s*")
_ARGUMENT = re.compile(
    r"""\s*(?:(?P<name>\w+)\s*=\s*)?(?:(?P<quoted>"[^"]*"?|'[^']*'?|[“”][^“”]*[“”]?|[‘’][^‘’]*[‘’]?)|(?P<plain>[^,，]*?))"""
    r"\s*(?:[,，]|\Z)"
)
_QUOTES = "\"'“”‘’"


def of_words(line: str, verbs: VerbTable) -> str | None:
    """A sentence that has the call in it which `VERB WORDS...` stands for; None where the line is no verb with words.

    Raises:
        WrongUse: The verb takes other words.
    """
    match = _WORDS.fullmatch(line)
    if match is None or match["verb"].replace("-", "_") not in verbs:
        return None
    row, words = read_words(verbs, _split(line))
    try:
        values = bind_words(row, words)
    except WrongUse:
        raise WrongUse(row.call) from None
    return f"Write: {call_of(row, values)}"


def of_mistyped(line: str, verbs: VerbTable) -> str | None:
    """None; or, where a line's first word is no verb and much like one, a refusal that names it.

    Raises:
        UnknownVerbNearest: That is the refusal.
    """
    match = _WORDS.fullmatch(line)
    if match is not None and match["verb"] not in verbs and not keyword.iskeyword(match["verb"]):
        nearest = verbs.nearest(match["verb"])
        if nearest is not None:
            raise UnknownVerbNearest(match["verb"], nearest)
    return None


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # an apostrophe, often
        return line.split()


def of_call(line: str, verbs: VerbTable) -> str | None:
    """A sentence that has `verb(words)` in it as it must be written; None where the line is no call of a verb.

    Raises:
        WrongUse: The verb takes others.
    """
    match = _CALL.fullmatch(line)
    row = verbs.get(match["verb"].replace("-", "_")) if match is not None else None
    if match is None or row is None:
        return None
    by_place, by_name = _arguments(row, match["inside"])
    return f"Write: {call_of(row, bind_call(row, by_place, by_name))}"


def _arguments(row: Verb, inside: str) -> tuple[list[str], dict[str, object]]:
    """What stands between the brackets, by place and by name; a text without quotation marks may have commas in it."""
    by_place: list[str] = []
    by_name: dict[str, object] = {}
    rest = next((place for place, each in enumerate(row.parameters) if each.takes_rest), None)
    is_open = False
    for each in filter(lambda match: match[0], _ARGUMENT.finditer(inside.strip())):
        value = each["quoted"].strip(_QUOTES) if each["quoted"] else each["plain"].strip()
        if each["name"]:
            by_name[each["name"]] = value
        elif is_open and not each["quoted"]:
            by_place[-1] += f", {value}"
        else:
            is_open = not each["quoted"] and len(by_place) == rest
            by_place.append(value)
    return by_place, by_name
