"""Lines that a bare CR ends, as Tera Term's raw connections and old terminals send them.

1. LF ends a line, and so does CRLF, however its two bytes are spread over reads: whoever takes lines sees to that.
2. A CR that nothing follows for `SETTLE_SECONDS` ends a line. From then on each CR of that peer ends one at once.
3. An LF or NUL behind such a CR belongs to it.
"""

from __future__ import annotations

import re
from typing import Self

from twistchat.wire.packing import Written

SETTLE_SECONDS = 0.3
"""Longer than the halves of a CRLF are ever apart on a network that works, and short for who waits for an answer."""

_END = re.compile(rb"\r[\n\0]?")


class LineEnds:
    """Makes LF of one peer's bare CRs; stands between what is read and what cuts it into lines."""

    def __init__(self) -> None:
        self.waits = False
        """Whether a CR came last: call `settle` if nothing follows for `SETTLE_SECONDS`."""
        self.by_cr = False
        """Whether CR ends this peer's lines: then all that it sends has to pass here."""
        self._is_ended = False  # by a CR that came last

    def state(self) -> Written:
        """What another process needs to go on."""
        return {"waits": self.waits, "by_cr": self.by_cr, "ended": self._is_ended}

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Go on where a state was written down."""
        ends = cls()
        ends.waits, ends.by_cr, ends._is_ended = state["waits"], state["by_cr"], state["ended"]
        return ends

    def feed(self, data: bytes) -> bytes:
        """What came, with the ends of lines that are known."""
        if not data:
            return data
        if self._is_ended and data[:1] in (b"\n", b"\0"):
            data = data[1:]
        self._is_ended = self.by_cr and data.endswith(b"\r")
        if not self.by_cr:
            self.waits = data.endswith(b"\r")
            return data
        return _END.sub(b"\n", data)

    def settle(self) -> bytes:
        """Nothing followed: the CR ended a line. Returns what is to be taken as if it had come."""
        self.by_cr = self._is_ended = True
        self.waits = False
        return b"\n"
