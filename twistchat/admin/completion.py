"""What the Tab key offers: verbs where one may stand, people and rooms where they may."""

from __future__ import annotations

import re

from twistchat.admin.operator import Operator
from twistchat.terminal.completion import Offer, among

_WORD = re.compile(r"\w*$")
_LAST = re.compile(r"\S*$")


def offer(before: str, operator: Operator, has_python: bool) -> Offer:
    """Complete what stands before the cursor."""
    quoted = _open_quote(before)
    if quoted is not None:
        return among(quoted, _people_and_rooms(operator))
    if not has_python and " " in before.lstrip():
        return among(_ending(_LAST, before), _people_and_rooms(operator))
    return among(_ending(_WORD, before), list(operator.verbs))


def _ending(pattern: re.Pattern[str], before: str) -> str:
    match = pattern.search(before)
    return match[0] if match else ""


def _people_and_rooms(operator: Operator) -> list[str]:
    return [*(session.name for session in operator.hub.roster if session.name is not None), *operator.hub.rooms]


def _open_quote(before: str) -> str | None:
    """What stands behind a quotation mark that is not closed yet."""
    quote, start = "", 0
    for position, character in enumerate(before):
        if quote and character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote, start = character, position + 1
    return before[start:] if quote else None
