"""JSON objects for programs and pages, each a text message of a WebSocket (RFC 6455)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from websockets.frames import Frame, Opcode

from twistchat.core.events import Entry
from twistchat.core.replies import Reply
from twistchat.wire.json import JsonFormat


@dataclass(frozen=True)
class WebFormat(JsonFormat):
    """The dialect of programs, its pieces already framed: a server's frames bear no mask, so all may share them."""

    def event(self, entry: Entry) -> bytes:
        """One event as a message."""
        return _framed(super().event(entry))

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """A reply as messages."""
        return [_framed(line) for line in super().reply(reply)]


def _framed(line: bytes) -> bytes:
    return Frame(Opcode.TEXT, line.removesuffix(b"\n")).serialize(mask=False)
