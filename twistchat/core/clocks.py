"""What the core needs of time: intervals that never jump, calls that are made later, and the time of day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class DelayedCall(Protocol):
    """A call that a Clock will make later."""

    def active(self) -> bool:
        """Whether it is still to come."""
        ...

    def cancel(self) -> None:
        """Take it back."""
        ...


class Timer(DelayedCall, Protocol):
    """A call that is to be made at some time."""

    def getTime(self) -> float:
        """When, by its Clock."""
        ...


class Clock(Protocol):
    """Time for intervals, which never jumps: not when the machine's clock is set. Tests have their own."""

    def seconds(self) -> float:
        """Seconds since some moment."""
        ...

    def callLater(self, delay: float, callable: Callable[..., object], *args: Any) -> Timer:
        """Call after so many seconds; 0 is the end of this turn."""
        ...


WallClock = Callable[[], float]
"""Tells the time of day, in seconds since 1970, UTC; it jumps where somebody sets the machine's clock."""


def seconds_left(timer: Timer | None, now: float) -> float | None:
    """Seconds that are left of a timer, by its Clock; None where none runs."""
    return max(0.0, timer.getTime() - now) if timer is not None and timer.active() else None


def cancel(call: DelayedCall | None) -> None:
    """Take back a call that is still to come, if there is one."""
    if call is not None and call.active():
        call.cancel()
