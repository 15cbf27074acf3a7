"""Lines for people at a terminal: UTF-8 or GB18030, as theirs writes, ended by CRLF as telnet has it (RFC 854)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twistchat.wire.sentences import TextFormat

PROMPT = b"NICKNAME"
"""What a line client gets first, alone: the tutorial's client waits for exactly these bytes."""


def plain_line(read: bytes) -> str | None:
    """The text of a read that is one whole line of ASCII in which nothing is to be acted on; None for any other.

    Most reads are such lines, and this is a fifth of the work that others need.
    """
    if not read.isascii() or not read.endswith(b"\n"):
        return None
    line = read[: -2 if read.endswith(b"\r\n") else -1].decode("ascii")
    return line if line.isprintable() else None


@dataclass(frozen=True)
class LineFormat(TextFormat):
    """The line dialect. In UTF-8 and GB18030 it never has a byte that telnet or a terminal acts on."""

    def encode(self, line: str) -> bytes:
        """One line with its end."""
        return f"{line}\r\n".encode(self.encoding, "replace")

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        """The lines, one after another."""
        return b"".join(pieces)
