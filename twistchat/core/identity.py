"""By what somebody can be known when they come again: their name, the address that they come from, a program's key."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

_MARK = "key:"
_MARK_CHARS = 32
"""128 bits of SHA-256 in hex: nobody finds another key of the same mark."""


class Identity(NamedTuple):
    """What is known of somebody who is connected, or wants to be."""

    name: str | None
    """None as long as they have given none."""

    address: str
    """Without its port; an empty string where there is none."""

    mark: str = ""
    """Of a program's key (`key_mark`); empty for people, who have none."""


def key_mark(key: str | None) -> str:
    """What may be written down of a key: it tells the key again, and does not tell it. No name is written so.

    Returns:
        `key:` and 32 hex digits; an empty string where there is no key.
    """
    return f"{_MARK}{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:_MARK_CHARS]}" if key else ""


def is_key_mark(text: str) -> bool:
    """Whether a text is what `key_mark` makes."""
    digits = text.removeprefix(_MARK)
    return text.startswith(_MARK) and len(digits) == _MARK_CHARS and not digits.strip("0123456789abcdef")
