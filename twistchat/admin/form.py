"""How verbs are written in what an operator reads: as calls at the prompt of Python, as commands elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twistchat.admin.outcomes import as_json
from twistchat.admin.verb import Verb, VerbTable
from twistchat.errors import ChatError
from twistchat.wire.text import escaped

# In a refusal: `audit`, or /who, as people in the chat have it.
_MENTION = re.compile(r"(?<!\S)(?:`(?P<quoted>\w+)`|/(?P<slashed>\w+))(?![\w/])")


def refusal(error: ChatError, verbs: VerbTable, as_call: bool = False) -> str:
    """A refusal as a line; what was typed may be a part of it, and nothing in that reaches a terminal unescaped.

    Args:
        error: It.
        verbs: Which of its words are verbs.
        as_call: Whether verbs in it are to be written as calls.
    """

    def mention(match: re.Match[str]) -> str:
        name = match["quoted"] or match["slashed"]
        return f"`{name}{'()' if as_call else ''}`" if name in verbs else match[0]

    return f"{_MENTION.sub(mention, escaped(str(error)))}\n"


def call_of(row: Verb, values: Mapping[str, object]) -> str:
    """The call that gives a verb some values, by their places as far as that goes."""
    parts: list[str] = []
    by_name = False
    for each in row.parameters:
        if each.name not in values:
            by_name = True
        else:
            value = values[each.name]
            shown = as_json(value) if isinstance(value, str) else repr(value)
            parts.append(f"{each.name}={shown}" if by_name else shown)
    return f"{row.name}({', '.join(parts)})"
