"""What stands in IRC's texts beside words: actions and other CTCP, colours; and long texts as several lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from twistchat.core.text import clean, clean_line
from twistchat.wire.text import UTF_8, cut

CTCP = "\x01"
"""Stands around what is a request to a program, or an action (https://modern.ircdocs.horse/ctcp)."""

_ACTION = f"{CTCP}ACTION "

# Bold, colour with its numbers, hex colour, reset, monospace, reverse, italics, strikethrough, underline
# (https://modern.ircdocs.horse/formatting). Digits of a colour would stay as text if only the control was taken out.
_FORMATTING = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")


def without_formatting(text: str) -> str:
    """A text without colours and the like, which no other interface could show."""
    return _FORMATTING.sub("", text)


def action_in(text: str) -> str | None:
    """What somebody does, where a text is an action; None for any other."""
    return text.removeprefix(_ACTION).removesuffix(CTCP) if text.startswith(_ACTION) else None


def is_ctcp(text: str) -> bool:
    """Whether a text is a request to a program, or a program's answer to one; an action is one, too."""
    return text.startswith(CTCP)


def action(text: str) -> str:
    """An action as a text."""
    return f"{_ACTION}{text}{CTCP}"


def pieces(text: str, most: int, keeps_blanks: bool = False) -> Iterator[str]:
    """Cut a text into pieces that fit, at a blank in the last third of a piece or between two characters as they are
    seen: never inside one, never before an accent or an emoji's colour.

    Args:
        text: What somebody said.
        most: The most bytes of a piece.
        keeps_blanks: Whether a blank where it is cut stays, as the pieces will be put together again.
    """
    data = text.encode(UTF_8)
    while len(data) > most:
        piece = next(cut(data, most, UTF_8, b""))
        blank = piece.rfind(b" ", 2 * len(piece) // 3)
        if blank > 0:
            piece = data[: blank + keeps_blanks]
        yield piece.decode(UTF_8)
        data = data[len(piece) + (blank > 0 and not keeps_blanks) :]
    yield data.decode(UTF_8)


def rows(words: Iterable[str], most: int, joint: str = " ") -> Iterator[str]:
    """Words, joined to as few texts as they fit into.

    Args:
        words: In their order; each fits.
        most: The most bytes of a text.
        joint: What stands between two words.
    """
    row: list[str] = []
    size = -1
    for word in words:
        length = len(word) if word.isascii() else len(word.encode(UTF_8))
        if size + 1 + length > most and row:
            yield joint.join(row)
            row, size = [], -1
        row.append(word)
        size += 1 + length
    if row:
        yield joint.join(row)


def said(text: str) -> str:
    """What of a text reaches others: without colours, and without what `clean` takes out."""
    return clean(without_formatting(text))


def line_said(text: str) -> str:
    """The same of what is said to others, which keeps its indentation."""
    return clean_line(without_formatting(text))
