"""What the Tab key offers: verbs where one may stand, people and rooms where they may."""

from __future__ import annotations

import re
from typing import NamedTuple

from twistchat.admin.desk import Desk
from twistchat.admin.verbs import VERBS

MOST_OFFERED = 100

_WORD = re.compile(r"\w*$")
_LAST = re.compile(r"\S*$")


class Offer(NamedTuple):
    """What the text before the cursor can be completed to."""

    fragment: str
    """The end of that text which the candidates begin with, case aside."""
    candidates: list[str]


def offer(before: str, desk: Desk, has_python: bool) -> Offer:
    """Complete what stands before the cursor."""
    quoted = _open_quote(before)
    if quoted is not None:
        return _among(quoted, _people_and_rooms(desk))
    if not has_python and " " in before.lstrip():
        return _among(_ending(_LAST, before), _people_and_rooms(desk))
    return _among(_ending(_WORD, before), list(VERBS))


def _ending(pattern: re.Pattern[str], before: str) -> str:
    match = pattern.search(before)
    return match[0] if match else ""


def _among(fragment: str, words: list[str]) -> Offer:
    found = sorted(word for word in words if word.casefold().startswith(fragment.casefold()))
    return Offer(fragment, found[:MOST_OFFERED])


def _people_and_rooms(desk: Desk) -> list[str]:
    return [*(session.name for session in desk.hub.roster if session.name is not None), *desk.hub.rooms]


def _open_quote(before: str) -> str | None:
    """What stands behind a quotation mark that is not closed yet."""
    quote, start = "", 0
    for position, character in enumerate(before):
        if quote and character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote, start = character, position + 1
    return before[start:] if quote else None
