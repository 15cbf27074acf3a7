"""Lines for people at a terminal: UTF-8 or GB18030, as theirs writes, ended by CRLF as telnet has it (RFC 854)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from twistchat.core.events import Acted, Announced, AnnouncedBy, Event, Said, Told, Whispered
from twistchat.core.replies import Refused, Reply
from twistchat.wire.colours import BOLD, PRIVATE, QUIET, RED, REVERSE, bold_name, in_colour
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import escaped

PROMPT = b"NICKNAME"
"""What a line client gets first, alone: the tutorial's client waits for exactly these bytes."""


def plain_line(read: bytes) -> str | None:
    """The text of a read that is one whole line of ASCII in which nothing is to be acted on; None for any other.

    Most reads are such lines, and this is a fifth of the work that others need.
    """
    return plain_text(read[: -2 if read.endswith(b"\r\n") else -1]) if read.endswith(b"\n") else None


def plain_text(line: bytes) -> str | None:
    """The text of a line of ASCII in which nothing is to be acted on; None for any other."""
    if not line.isascii():
        return None
    text = line.decode("ascii")
    return text if text.isprintable() else None


@dataclass(frozen=True)
class LineFormat(TextFormat):
    """The line dialect.

    In UTF-8 and GB18030 it never has a byte that telnet or a terminal acts on, but for the colours that people asked
    for: those are put around whole texts, of which all that a terminal would act on is escaped.
    """

    colours: bool = False
    """Whether a name has its colour, and what nobody said is quiet."""

    def coloured(self, on: bool) -> Self:
        """The same format with colours or without."""
        return replace(self, colours=on)

    def encode(self, line: str) -> bytes:
        """One line with its end."""
        return f"{line}\r\n".encode(self.encoding, "replace")

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        """The lines, one after another."""
        return b"".join(pieces)

    def event(self, told: Told) -> bytes:
        """Render one event as a piece; a signal is none."""
        event = told.event
        if type(event) is Said and not (self.labels or self.stamps or self.numbers or self.colours):  # nearly all are
            return self.encode(escaped(f"{event.name}{self.separator}{event.text}"))
        piece = super().event(told)
        return self._in_colours(told.event, piece) if self.colours and piece else piece

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """Render a reply as pieces."""
        pieces = super().reply(reply)
        return [self._all_in(piece, RED) for piece in pieces] if self.colours and type(reply) is Refused else pieces

    def _in_colours(self, event: Event, piece: bytes) -> bytes:
        if isinstance(event, Said | Acted):
            before, behind = ("", self.separator) if isinstance(event, Said) else ("* ", " ")
            plain, coloured = f"{before}{event.name}{behind}", f"{before}{bold_name(event.name)}{behind}"
            return piece.replace(plain.encode(self.encoding), coloured.encode(self.encoding), 1)
        if isinstance(event, Announced | AnnouncedBy):
            return self._all_in(piece, BOLD, REVERSE)
        return self._all_in(piece, PRIVATE if isinstance(event, Whispered) else QUIET)

    def _all_in(self, piece: bytes, *codes: str) -> bytes:
        """A line in a colour, up to its end."""
        line = piece.decode(self.encoding).rstrip("\r\n")
        return self.encode(in_colour(line, *codes))
