"""By what somebody can be known when they come again: name, address, a program's key, an SSH key that they have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

_MARK = "key:"
_MARK_CHARS = 32
"""128 bits of SHA-256 in hex: nobody finds another key of the same mark."""

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
"""Of an SSH key, as `ssh-keygen -l` shows it."""


class Identity(NamedTuple):
    """What is known of somebody who is connected, or wants to be."""

    name: str | None
    """None as long as they have given none."""

    address: str
    """Without its port; an empty string where there is none."""

    mark: str = ""
    """Of a program's key (`key_mark`), or an SSH key's fingerprint; empty for people who have neither."""


def key_mark(key: str | None) -> str:
    """What may be written down of a key: it tells the key again, and does not tell it. No name is written so.

    Returns:
        `key:` and 32 hex digits; an empty string where there is no key.
    """
    return f"{_MARK}{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:_MARK_CHARS]}" if key else ""


def proof_mark(proofs: Sequence[str]) -> str:
    """The SSH key's fingerprint in what somebody has proven: it is no secret. Empty where none is there."""
    if not proofs:  # as nearly everybody, and it is asked for five times as they come in
        return ""
    prints = (proof.partition(":")[2] for proof in proofs)
    return next((each for each in prints if _FINGERPRINT.fullmatch(each)), "")


def is_key_mark(text: str) -> bool:
    """Whether a text is what `key_mark` makes, or the fingerprint of an SSH key."""
    if _FINGERPRINT.fullmatch(text):
        return True
    digits = text.removeprefix(_MARK)
    return text.startswith(_MARK) and len(digits) == _MARK_CHARS and not digits.strip("0123456789abcdef")
