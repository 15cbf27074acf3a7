"""The codes by which people prove that a name is theirs: 16 digits, which every keyboard and input method types.

The figures: 53 bits. For one name 5 wrong ones are heard in ten minutes, 263,000 a year, so that a code is guessed in a
year with a chance of 1 in 38,000 million. Kept is scrypt's answer with the parameters that its author names for logging
in (N = 2**14, r = 8, p = 1; Percival, 2009; RFC 7914): 45 ms and 16 MiB a try.
"""

from __future__ import annotations

import re
from hashlib import scrypt
from hmac import compare_digest
from unicodedata import normalize

DIGITS = 16
GROUP = 4
SALT_BYTES = 16

LINK_DIGITS = 8
"""Of a code that holds once and for five minutes: with five tries, guessed with a chance of 1 in 20 million."""

_COST, _BLOCK, _BYTES = 2**14, 8, 32
_BLANKS = " -_.\u2010\u2011\u2012\u2013\u2014\u3000"
_BETWEEN = dict.fromkeys(map(ord, _BLANKS))

_GROUP = rf"[0-9\uff10-\uff19]{{{GROUP}}}"
_GAP = f"[{re.escape(_BLANKS)}]?"
_CODE = re.compile(rf"(?<!\d){_GROUP}(?:{_GAP}{_GROUP}){{3}}(?!\d)")
_LINK = re.compile(rf"(^\s*|^\s*/.*\s){_GROUP}{_GAP}{_GROUP}\s*$")
_HIDDEN = "\u2022" * GROUP


def shown(digits: str) -> str:
    """A code in groups of four."""
    return "-".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def read_code(typed: str) -> str | None:
    """The digits of what may be a code, or one that links; None where it cannot be.

    Full-width digits count, as Chinese input methods type them, and what stands between the groups does not.
    """
    digits = _digits(typed)
    return digits if is_like_code(digits) and len(digits) in (DIGITS, LINK_DIGITS) else None


def is_like_code(typed: str) -> bool:
    """Whether what is typed may become a code: digits, as far as there is anything."""
    digits = _digits(typed)
    return not digits or (digits.isascii() and digits.isdecimal())


def without_codes(line: str) -> str:
    """A line without the codes in it, for where it is given back or kept; what links stands alone or ends a command."""
    hidden = _CODE.sub("-".join([_HIDDEN] * 4), line)
    return _LINK.sub(rf"\g<1>{_HIDDEN}-{_HIDDEN}", hidden)


def _digits(typed: str) -> str:
    return normalize("NFKC", typed).translate(_BETWEEN)


def kept_of(digits: str, salt: bytes) -> str:
    """What is kept of a code.

    Args:
        digits: The code.
        salt: `SALT_BYTES` random bytes.
    """
    return f"{salt.hex()}:{_scrypt(digits, salt).hex()}"


def fits(digits: str, kept: str) -> bool:
    """Whether a code is the one of which something is kept, in a time that tells nothing of where they differ."""
    salt, _, digest = kept.partition(":")
    return compare_digest(_scrypt(digits, bytes.fromhex(salt)).hex(), digest)


def _scrypt(digits: str, salt: bytes) -> bytes:
    return scrypt(digits.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=_BYTES)
