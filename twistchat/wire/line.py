"""Lines for people at a terminal: UTF-8, ended by CRLF as telnet has it (RFC 854)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twistchat.wire.sentences import TextFormat

PROMPT = b"NICKNAME"
"""What a line client gets first, alone: the tutorial's client waits for exactly these bytes."""


@dataclass(frozen=True)
class LineFormat(TextFormat):
    """The line dialect."""

    def encode(self, line: str) -> bytes:
        """One line with its end."""
        return f"{line}\r\n".encode("utf-8", "replace")

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        """The lines, one after another."""
        return b"".join(pieces)
