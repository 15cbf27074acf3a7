"""The threaded tutorial's own client: each `send` is a message, nothing ends a line, ASCII only.

It sends its nickname bare, then `nick: text` for each message; it reads up to 1024 bytes, decodes them as ASCII, and
dies at the first other byte, or, changed to another encoding, at a character that a read cuts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from twistchat.errors import LineTooLong
from twistchat.wire.language import ENGLISH
from twistchat.wire.packing import Written, packed, unpacked
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import cut

READ_BYTES = 1024
"""What the tutorial's client reads at once, and shows as a line."""

CONTINUED = b"... "


@dataclass(frozen=True)
class UnframedFormat(TextFormat):
    """ASCII at first, other characters as `?`, lines joined by newlines with none at the end.

    A client that sends more than ASCII, as tutorials' are soon changed to, is written to in what it sends. It is
    spoken to in English all the same: a sentence of question marks would be no use to anybody.
    """

    encoding: str = "ascii"

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", replace(ENGLISH, zone=self.language.zone))

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        """The lines with newlines between them, so that no read of the client's begins with what a person chose.

        Blanks fill each read but the last up, so that none cuts a character.
        """
        *full, last = cut(b"\n".join(pieces), READ_BYTES, self.encoding, CONTINUED)
        return b"".join([*(read.ljust(READ_BYTES) for read in full), last])


def could_be_name(first_read: bytes) -> bool:
    """Whether a first read may be an unframed client's nickname: printable ASCII, with no end of a line."""
    return first_read.isascii() and first_read.decode("ascii").isprintable() and bool(first_read.strip())


def prefix(nick: str) -> str:
    """What the client puts before each message."""
    return f"{nick}: "


def first_message(read: bytes, prefix: bytes) -> tuple[bytes, bytes]:
    """The first message of a read, and the rest.

    Two quick sends may arrive as one read; the second's prefix then stands right behind the first's text, while
    somebody who writes their own name writes a space before it.
    """
    message, *rest = re.split(rb"(?<=\S)(?=%s)" % re.escape(prefix), read, maxsplit=1)
    return message, b"".join(rest)


class Messages:
    """Collects bytes and gives them back message by message, as `wire.framing.Lines` does lines."""

    crlf = False
    """Nothing ends a message."""

    def __init__(self, nick: str) -> None:
        self._prefix = prefix(nick).encode("ascii")
        self._buffer = b""

    def state(self) -> Written:
        """What another process needs to go on, beside the name."""
        return {"buffer": packed(self._buffer)}

    @classmethod
    def revived(cls, nick: str, state: Written) -> Self:
        """Go on where a state was written down."""
        messages = cls(nick)
        messages._buffer = unpacked(state["buffer"])
        return messages

    @property
    def waiting(self) -> int:
        """Bytes that were fed and not given back."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self._buffer += data

    def next(self, limit: int) -> bytes | None:
        """The next message with its prefix, or None until more comes.

        Args:
            limit: The most bytes of a message.

        Raises:
            LineTooLong: It is longer, and skipped.
        """
        if not self._buffer:
            return None
        message, self._buffer = first_message(self._buffer, self._prefix)
        if len(message) > limit:
            raise LineTooLong(limit)
        return message

    def rest(self) -> bytes:
        """All that waits, which is nobody's messages after all."""
        rest, self._buffer = self._buffer, b""
        return rest
