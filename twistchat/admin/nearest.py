"""What name an operator may have meant, who wrote one that nobody has."""

from __future__ import annotations

import difflib
from itertools import chain, islice

from twistchat.core.command_table import LIKENESS_CHINESE
from twistchat.core.hub import Hub
from twistchat.core.names import key

MOST_COMPARED = 1000
"""Names that are compared with one: 20 ms."""

_DEFAULT_LIKENESS = 0.6
_LETTERS_MORE = 2


def nearest_name(hub: Hub, name: str) -> str | None:
    """The name of somebody here, or one that is claimed, which is most like another.

    Args:
        hub: The chat.
        name: Another; nothing is like it where somebody has it, if only at another server or while they are away.
    """
    if hub.rules.claims.find(name) is not None or hub.elsewhere.name_of(name) is not None:
        return None
    wanted = key(name)
    here = (person.shown_name for person in hub.roster)
    claimed = (claim.name for claim in hub.rules.claims)
    alike = {key(each): each for each in islice(chain(here, claimed), MOST_COMPARED) if _may_be(key(each), wanted)}
    likeness = _DEFAULT_LIKENESS if wanted.isascii() else LIKENESS_CHINESE
    return next((alike[found] for found in difflib.get_close_matches(wanted, alike, 1, likeness)), None)


def _may_be(name: str, wanted: str) -> bool:
    """Whether it is worth comparing two names: one slip leaves the first or the last character as it is."""
    return abs(len(name) - len(wanted)) <= _LETTERS_MORE and (name[:1] == wanted[:1] or name[-1:] == wanted[-1:])
