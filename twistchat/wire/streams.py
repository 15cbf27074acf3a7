r"""Lines for a program's two streams, as SSH has them where nobody sits at a terminal: LF ends them.

What goes to standard error stands between two NULs, and a NUL pair alone is the end of what a line with a tag brought:
no text has a NUL, as it is escaped where it came from a log and taken out of what people type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from twistchat.core.events import Told
from twistchat.core.replies import Answer, Done, Refused, Reply
from twistchat.wire.line import LineFormat

MARK = b"\0"


@dataclass(frozen=True)
class StreamsFormat(LineFormat):
    """The line dialect for standard output and standard error."""

    answers_only: bool = False
    """Whether only what a line with a tag brings is shown, and neither what happens nor what is told besides."""

    def encode(self, line: str) -> bytes:
        """One line with its end."""
        return f"{line}\n".encode(self.encoding, "replace")

    def event(self, told: Told) -> bytes:
        """Render one event as a piece, where those are shown."""
        return b"" if self.answers_only else super().event(told)

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """Render a reply as pieces: refusals and ends are marked."""
        if isinstance(reply, Refused):
            return [MARK + piece + MARK for piece in super().reply(reply)]
        if isinstance(reply, Done):
            return [MARK + MARK]
        if isinstance(reply, Answer):
            return replace(self, answers_only=False).reply(reply.reply)
        return [] if self.answers_only else super().reply(reply)


class Part(NamedTuple):
    """A part of a frame."""

    text: bytes
    is_error: bool

    @property
    def is_end(self) -> bool:
        """Whether it is the end of what a line with a tag brought."""
        return self.is_error and not self.text


def parts_of(frame: bytes) -> Iterator[Part]:
    """What a frame has for either stream, in its order."""
    for place, text in enumerate(frame.split(MARK)):
        if text or place % 2:
            yield Part(text, place % 2 == 1)
