"""Whether a line stands alone, as people type them, or something comes right behind it, as out of a pipe."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred

from twistchat.core.clocks import Clock

ALONE_SECONDS = 0.3
"""What a pipe ends with comes within milliseconds; a person who waits so long for an answer does not notice it."""


async def is_alone(clock: Clock, goes_on: Callable[[], bool]) -> bool:
    """Wait a moment, and tell whether nothing came behind a line until then.

    Args:
        clock: What says when that is.
        goes_on: Whether something came, if only the end.
    """
    over: Deferred[None] = Deferred()
    clock.callLater(ALONE_SECONDS, over.callback, None)
    await over
    return not goes_on()
