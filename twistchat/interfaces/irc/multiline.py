"""A text of several lines on its way in (IRCv3 draft/multiline)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.packing import Written


@dataclass
class MultilineBatch:
    """A batch that a client has begun."""

    name: str
    target: str
    opening: IrcLine
    command: str = ""
    texts: list[str] = field(default_factory=list)
    """Those that stand alone; what is joined to one is part of it."""
    lines: int = 0
    is_failed: bool = False
    """Whether the client was told what is wrong with it; the rest is dropped."""

    def state(self) -> Written:
        """What another process needs to go on."""
        return {**vars(self), "opening": list(self.opening), "texts": list(self.texts)}

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Go on where a state was written down."""
        return cls(**{**state, "opening": IrcLine(*state["opening"])})
