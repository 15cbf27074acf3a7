"""The way out of one connection: frames that are the same for all go by, what is a reader's own is filled in first.

| state | a frame of bytes | one to be filled in | left when |
|---|---|---|---|
| straight | goes out | goes to `fill` | a labelled command begins: gathering |
| gathering | goes to `fill` | the same | its answer is sent: straight |

What is filled in comes back by `put`, in whatever state. Nearly all frames are bytes, and straight costs them nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twistchat.interfaces.egress import Egress
from twistchat.wire.irc_pieces import ToFill


class IrcEgress(Egress):
    """Sends frames in their order, as an `Egress` does."""

    def __init__(
        self,
        transport: Any,
        clock: Any,
        cap: Callable[[], int],
        overflowed: Callable[[int], None],
        fill: Callable[[bytes | ToFill], None],
    ) -> None:
        """Take over the output of a connected transport, straight.

        Args:
            transport: As an Egress has it, and so the next three.
            clock: The reactor.
            cap: Tells the most bytes to keep.
            overflowed: Called with it when a peer that does not read is let go.
            fill: Takes what is not to go out as it is.
        """
        super().__init__(transport, clock, cap, overflowed)
        self._fill_in = fill
        self._gathers = False

    def gather(self, on: bool) -> None:
        """Give all frames to `fill` from now on, or only those again that need it."""
        self._gathers = on
        if on:
            self._send_now = None
        else:
            self._go_straight()

    def put(self, frame: bytes) -> None:
        """Send what is filled in."""
        if self._gathers:
            self.gather(False)
            self.write(frame)
            self.gather(True)
        else:
            self.write(frame)

    def _write_later(self, frame: bytes | ToFill) -> None:
        if self._gathers or isinstance(frame, ToFill):
            self._fill_in(frame)
        else:
            super()._write_later(frame)

    def _go_straight(self) -> None:
        if not self._gathers:
            super()._go_straight()
