"""Text as it goes over a wire: decoding what comes, escaping what goes."""

from __future__ import annotations

import re
import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Iterator

from twistchat.core.text import revealed, step_back
from twistchat.errors import NotText
from twistchat.wire.muddle import is_muddle

UTF_8, GB18030 = "utf-8", "gb18030"


class Encoding:
    """How one peer writes, which is decided by what comes from it beyond ASCII, and what it is to be answered in.

    1. ASCII decides nothing: its bytes are the same in both.
    2. Bytes that are UTF-8 are read as that, others as GB18030, which many Chinese terminals send; what is neither is
       no text, and decides nothing.
    3. Once GB18030 came, bytes that are both are read as that if their UTF-8 had characters of two bytes alone: Chinese
       has three there, while GB18030's \u4e00 is UTF-8's \u04bb. So one may change to UTF-8 at any time.
    4. As long as nothing is decided, they are read as GB18030 if that is everyday Chinese and their UTF-8 is a muddle,
       see `is_muddle`. What people write in UTF-8 never is, and nearly half of such words of two characters are.
    5. What is judged is a whole line, datagram, or read of a client that ends nothing: never a part of one.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        """`utf-8` or `gb18030`, as it came last; None as long as all was ASCII. It is all there is to be kept."""

    def decode(self, data: bytes) -> str:
        """Read what came.

        Raises:
            NotText: It is neither.
        """
        if data.isascii():
            return data.decode("ascii")
        for name in (UTF_8, GB18030):
            try:
                text = data.decode(name)
            except UnicodeDecodeError:
                continue
            if name == GB18030 or max(text) >= _THREE_BYTES or not self._is_rather_gb18030(data, text):
                self.name = name
                return text
        raise NotText

    def _is_rather_gb18030(self, data: bytes, text: str) -> bool:
        return self.name == GB18030 or (self.name is None and is_muddle(text) and _is_everyday(data))


_THREE_BYTES = "\u0800"
"""The first character that takes so many in UTF-8 (RFC 3629 3). All that takes two is also a character of GB18030."""


def _is_everyday(data: bytes) -> bool:
    """Whether bytes that are both are ASCII and Chinese of every day in GB18030: the first level of GB 2312."""
    return _EVERYDAY.fullmatch(data) is not None


_EVERYDAY = re.compile(rb"(?:[\x00-\x7f]++|[\xc2-\xd7][\xa1-\xbf])*+")


def decode(line: bytes) -> str:
    """Read a line of a peer of whom nothing else is known, as UTF-8 or else as GB18030.

    Raises:
        NotText: It is neither.
    """
    return Encoding().decode(line)


def cut(line: bytes, most: int, encoding: str, mark: bytes) -> Iterator[bytes]:
    """Cut what is too long, inside no character as a person sees it unless that one takes half of a part.

    Args:
        line: Text in an encoding.
        most: The most bytes of a part; the mark and a character have to fit.
        encoding: One that ASCII is a part of.
        mark: Stands before what is continued.
    """
    at, before = 0, b""
    while len(line) - at > most - len(before):
        room = most - len(before)
        end = at + _whole(line[at : at + room + _AHEAD_BYTES], room, encoding)
        yield before + line[at:end]
        at, before = end, mark
    yield before + line[at:]


_AHEAD_BYTES = 8
"""Enough for the next character, which may belong to the last one."""


def _whole(line: bytes, most: int, encoding: str) -> int:
    """How many of the first bytes are whole characters."""
    if line.isascii():
        return most
    begun = len(_beginning(line[:most], encoding))
    text = _beginning(line, encoding)
    start = step_back(text, begun + 1)
    return len(text[: start if start > begun // 2 else begun].encode(encoding))


def _beginning(line: bytes, encoding: str) -> str:
    """The text of bytes that may end inside a character."""
    return getincrementaldecoder(encoding)().decode(line)


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
