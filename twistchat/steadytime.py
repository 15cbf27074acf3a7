"""A reactor whose time never jumps, whoever sets the machine's clock.

Twisted's reactors tell time by `time.time`: set back by an hour, every timer of theirs is an hour late, and set
forward, all are due at once. With CLOCK_MONOTONIC (POSIX) intervals are what they are; the time of day is asked for
where it is meant: for what is stored, shown, or lasts until a date.
"""

from __future__ import annotations

import time
from typing import Any


def keep_steady(reactor: Any) -> None:
    """Let a reactor, and what waits in it already, go by the monotonic clock. Idempotent.

    Args:
        reactor: An `IReactorTime` that is not running yet.
    """
    if reactor.seconds is time.monotonic:
        return
    now = reactor.seconds()
    waiting = [(call, call.getTime() - now) for call in reactor.getDelayedCalls()]
    reactor.seconds = time.monotonic
    for call, seconds in waiting:
        call.seconds = time.monotonic
        call.reset(max(0.0, seconds))
