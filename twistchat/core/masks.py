"""Masks of names: names in which `*` stands for anything and `?` for one character.

IRC has masks as `name!user@host`. Here all have the same user and host, as nobody is told of addresses: what counts is
the name, and who has one that looks the same has the same (`twistchat.core.names`).
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

from twistchat.core import names
from twistchat.core.text import clean
from twistchat.errors import NotAMask

_WILD = re.compile(r"[*?]")


def checked(word: str, limit: int) -> str:
    """The name of a mask, if it can be kept out of a room.

    Args:
        word: As somebody typed it.
        limit: The most characters that a name has.

    Raises:
        NotAMask: It is no name, or that of everybody.
    """
    name, _, where = clean(word).partition("!")
    is_of_names = where in ("", "*", "*@*") and "@" not in name
    if not is_of_names or not 0 < len(name) <= limit or name.split() != [name] or not _WILD.sub("", name):
        raise NotAMask(limit)
    return name


def is_like(name: str, mask: str) -> bool:
    """Whether a name is one of those that a mask stands for, or looks like one."""
    if not _WILD.search(mask):
        return not names.keys(name).isdisjoint(names.keys(mask))
    return any(matches(a_mask, key) for a_mask in names.keys(mask) for key in names.keys(name))


def matches(mask: str, text: str) -> bool:
    """Whether a text is what a mask says, case aside."""
    return _compiled(mask.casefold()).match(text.casefold()) is not None


@lru_cache(maxsize=1024)
def _compiled(mask: str) -> re.Pattern[str]:
    return re.compile(translate(mask.replace("[", "[[]")))
