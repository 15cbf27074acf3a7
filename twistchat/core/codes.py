"""The codes by which people become moderators: 50 bits, read aloud without mistakes.

Ten characters of Crockford's alphabet, in which no two look or sound alike that are told apart: O is read as 0, I and L
as 1, capitals as small letters, and dashes and blanks do not count (https://www.crockford.com/base32.html). U is not in
it, so that none is an obscene word by accident.
"""

from __future__ import annotations

from hashlib import scrypt
from hmac import compare_digest
from unicodedata import normalize

from twistchat.errors import NotACode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARACTERS = 10
CODE_BYTES = 7
"""Random bytes that a code is made of; the last six bits of them are not used."""

_READ_AS = str.maketrans("OIL", "011")
_BETWEEN = dict.fromkeys(map(ord, " -_.\u2010\u2011\u2013\u2014"))
_SALT = b"twistchat: a moderator's code"
_COST, _BLOCK = 2**12, 8
"""4 MiB and 10 to 20 ms a try: who has stolen the audit needs up to 2**50 of them, 350,000 years of one core."""


def code_of(random: bytes) -> str:
    """Make a code, in two groups of five.

    Args:
        random: `CODE_BYTES` bytes that nobody can guess.
    """
    bits = int.from_bytes(random[:CODE_BYTES]) >> 6
    text = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(CHARACTERS)))
    return f"{text[:5]}-{text[5:]}"


def read_code(typed: str) -> str:
    """What somebody typed, as it is compared: ten characters of the alphabet.

    Raises:
        NotACode: It cannot be a code.
    """
    code = normalize("NFKC", typed).upper().translate(_BETWEEN).translate(_READ_AS)
    if len(code) != CHARACTERS or not set(code) <= set(ALPHABET):
        raise NotACode
    return code


def digest_of(typed: str) -> str:
    """what is kept of a code; it takes 10 to 20 ms.

    Raises:
        NotACode: It cannot be one.
    """
    return scrypt(read_code(typed).encode(), salt=_SALT, n=_COST, r=_BLOCK, p=1, dklen=32).hex()


def is_digest(digest: str, other: str) -> bool:
    """Whether two digests are the same, in a time that tells nothing of where they differ."""
    return compare_digest(digest.encode(), other.encode())
