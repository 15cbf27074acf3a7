"""Frames kept apart in time, for a peer that takes whatever it reads at once for one message."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twistchat.core.clocks import seconds_left
from twistchat.interfaces.egress import Egress
from twistchat.wire.packing import Written, again, packed, unpacked

GAP_SECONDS = 0.05
"""Between two frames."""


class Pacer:
    """Frames for a peer that cannot tell where one ends: two sent at once would arrive as one, without a newline.

    A frame goes at once if none went just before. Those that come soon after it wait, and go together as lines, no
    more at once than the peer reads at once.
    """

    def __init__(self, egress: Egress, clock: Any, cap: Callable[[], int], most: int) -> None:
        """Send through an Egress.

        Args:
            egress: The connection's output.
            clock: An `IReactorTime`.
            cap: Tells the most bytes to keep.
            most: Bytes that the peer reads at once; a longer frame goes alone.
        """
        self._egress = egress
        self._clock = clock
        self._cap = cap
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._held = 0
        self._gap: Any = None  # running since the last frame
        self._ended = False

    def state(self) -> Written:
        """What another process needs to go on."""
        waiting = [packed(frame) for frame in self._waiting]
        return {"waiting": waiting, "gap": seconds_left(self._gap, self._clock.seconds())}

    def revive(self, state: Written) -> None:
        """Have what waited when a state was written down, and send nothing before `begin`."""
        self._waiting.extend(unpacked(frame) for frame in state["waiting"])
        self._held = sum(map(len, self._waiting))

    def begin(self, state: Written) -> None:
        """Go on, with the same state."""
        self._gap = again(state["gap"], self._send, self._clock)

    @property
    def held(self) -> int:
        """Bytes that wait for their moment."""
        return self._held

    def write(self, frame: bytes) -> None:
        """Send a frame or keep it for a moment; more than the cap does not wait."""
        if self._ended or not frame:
            return
        self._waiting.append(frame)
        self._held += len(frame)
        if self._gap is None:
            self._send()
        elif self._held > self._cap():
            self.flush()

    def flush(self) -> None:
        """Send what waits now; a newline before it, as the last frame may not have been read yet."""
        if self._waiting:
            self._egress.write(b"\n" + b"\n".join(self._waiting))
            self._forget()

    def ended(self) -> None:
        """Note that nothing more goes out by this way."""
        self._ended = True
        self._forget()
        if self._gap is not None:
            self._gap.cancel()
            self._gap = None

    def _send(self) -> None:
        """Send what fits, and nothing more for a moment."""
        self._gap = None
        if not self._waiting:
            return
        lines = self._next()
        while self._waiting and len(lines) + 1 + len(self._waiting[0]) <= self._most:
            lines += b"\n" + self._next()
        self._gap = self._clock.callLater(GAP_SECONDS, self._send)
        self._egress.write(lines)

    def _next(self) -> bytes:
        frame = self._waiting.popleft()
        self._held -= len(frame)
        return frame

    def _forget(self) -> None:
        self._waiting.clear()
        self._held = 0
