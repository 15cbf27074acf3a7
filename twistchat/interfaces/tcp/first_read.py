"""A first read without a newline: where it stays alone, an unframed client has sent its nickname."""

from __future__ import annotations

from collections.abc import Callable

from twistchat.core.clocks import Clock, Timer, cancel, seconds_left
from twistchat.wire.packing import Written, again, packed, unpacked

SILENCE_SECONDS = 0.3
"""After a first read without a newline, the silence that makes its sender an unframed client."""

LONE_KEY_SECONDS = 5.0
"""The same where the first read was one byte: more likely a key that somebody typed than a nickname."""


class FirstRead:
    """The first read of one connection, and the silence behind it."""

    def __init__(self, clock: Clock, stands_alone: Callable[[], None]) -> None:
        """Watch nothing yet.

        Args:
            clock: Measures the silence.
            stands_alone: Called where the read was a nickname: nothing followed, or that name's first message.
        """
        self.data = b""
        """It; empty where there was nothing to be watched."""
        self._clock = clock
        self._stands_alone = stands_alone
        self._silence: Timer | None = None

    def state(self) -> Written:
        """What another process needs to go on."""
        return {"data": packed(self.data), "silence": seconds_left(self._silence, self._clock.seconds())}

    def revive(self, state: Written) -> None:
        """Be where a state was written down, and measure nothing before `begin`."""
        self.data = unpacked(state["data"])

    def begin(self, state: Written) -> None:
        """Go on with the same state."""
        self._silence = again(state["silence"], self._stands_alone, self._clock)

    def watch(self, data: bytes) -> None:
        """Watch whether a first read stays alone."""
        self.data = data
        seconds = SILENCE_SECONDS if len(data) > 1 else LONE_KEY_SECONDS
        self._silence = self._clock.callLater(seconds, self._stands_alone)

    def followed_by(self, data: bytes) -> None:
        """Take note of what came behind it: keys that a person types, or an unframed client's first message."""
        silence, self._silence = self._silence, None
        if silence is not None and silence.active():
            silence.cancel()
            if data.startswith(self.data + b": "):
                self._stands_alone()

    def stop(self) -> None:
        """Watch no more; idempotent."""
        cancel(self._silence)
        self._silence = None
