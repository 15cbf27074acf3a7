"""A Format whose pieces say which event they are, and which counts how often each was rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from twistchat.core.events import Entry
from twistchat.core.replies import Past, Reply, Welcome


@dataclass(frozen=True)
class TokenFormat:
    """Renders events as `#number room`, or `~text` where they are private, and replies as `!code`."""

    dialect: str = ""
    labels: bool = False
    stamps: bool = False
    rendered: Counter[tuple[str, bool, bool, int]] = field(default_factory=Counter, compare=False, repr=False)

    def event(self, entry: Entry) -> bytes:
        if entry.number:
            self.rendered[self.dialect, self.labels, self.stamps, entry.number] += 1
        return f"#{entry.number}\n".encode() if entry.number else f"~{getattr(entry.event, 'text', '')}\n".encode()

    def reply(self, reply: Reply) -> Sequence[bytes]:
        if isinstance(reply, Past):
            return [f"!past {' '.join(str(entry.number) for entry in reply.entries)}\n".encode()]
        if isinstance(reply, Welcome):
            return [b"!welcome\n"]
        return [f"!{type(reply).__name__}\n".encode()]

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        return b"".join(pieces)

    folds_presence = False

    def labelled(self, on: bool) -> Self:
        return replace(self, labels=on)

    def stamped(self, on: bool) -> Self:
        return replace(self, stamps=on)
