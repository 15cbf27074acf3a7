"""Text as it goes over a wire: decoding what comes, escaping what goes."""

from __future__ import annotations

import unicodedata

from twistchat.core.text import revealed
from twistchat.errors import NotText


def decode(line: bytes) -> str:
    """Read a line as UTF-8, or else as GB18030, which many Chinese terminals send.

    Raises:
        NotText: It is neither.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotText


def encoding_of(line: bytes) -> str | None:
    """How a line that `decode` could read is written: `utf-8` or `gb18030`; None where ASCII leaves it open."""
    if line.isascii():
        return None
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def escaped(text: str) -> str:
    r"""Show what a terminal would act on, and what nobody could see, as `\x1b` and the like.

    The core has cleaned what people typed, and that stays as it is; this holds for what comes from anywhere else, a log
    or a peer's address.
    """
    return text if text.isascii() and text.isprintable() else revealed(text, _visible)


def _visible(unseen: str) -> str:
    return unseen.encode("unicode_escape").decode("ascii")


def padded(text: str, columns: int) -> str:
    """Fill up with spaces to so many columns of a terminal, where Chinese characters take two each."""
    wide = sum(unicodedata.east_asian_width(c) in ("W", "F") for c in text)
    return text.ljust(columns - wide)
