"""A reactor that takes few events between two looks at its timers.

Twisted's takes all there are: of 5,000 connections that are lost together, or that speak together, in one turn of half
a second, however little each of them takes. What is not taken stays with the kernel, which gives in turn what is ready
(epoll_wait(2): "successive epoll_wait() calls will round robin through the set of ready file descriptors").
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any

from twistchat.plainreads import PlainReads

EVENTS_A_TURN = 256
"""A few milliseconds where each brings a line; each more of them saves nothing, as a call of epoll takes 2 µs."""

EVENTS_SECONDS = 0.01
"""For which they are dealt with before the timers have their turn: to take in a line takes 10 µs, the handshake of a
WebSocket 300. What is begun is finished."""

FEW = 8
"""So many events are given without a look at the clock."""

Event = tuple[int, int]


class ShortPolls:
    """An epoll that gives few events at once."""

    def __init__(
        self,
        poller: Any,
        now: Callable[[], float] = perf_counter,
        take: Callable[[int, int], bool] = lambda fd, event: False,
    ) -> None:
        """Stand before another.

        Args:
            poller: A `select.epoll`.
            now: A clock, in seconds.
            take: Deals with an event; false where whoever polls is to do that.
        """
        self._poller = poller
        self._now = now
        self._take = take
        self.register, self.modify, self.unregister = poller.register, poller.modify, poller.unregister

    def poll(self, timeout: float, most: int) -> Iterable[Event]:
        """Wait for events, as `select.epoll.poll` does, and take or give them for as long as there is time."""
        events: Sequence[Event] = self._poller.poll(timeout, min(most, EVENTS_A_TURN))
        return events if len(events) <= FEW else self._in_time(events)

    def _in_time(self, events: Sequence[Event]) -> Iterator[Event]:
        now, take, until = self._now, self._take, self._now() + EVENTS_SECONDS
        for event in events:
            if not take(*event):
                yield event
            if now() >= until:
                return


def keep_polls_short(reactor: Any) -> None:
    """Let a reactor take few events at once, if it has an epoll; idempotent.

    Args:
        reactor: One that is not running yet.
    """
    poller = getattr(reactor, "_poller", None)
    if isinstance(poller, getattr(select, "epoll", ())):  # other systems have none; a `select.poll` gives all there are
        reactor._poller = ShortPolls(poller, take=PlainReads(reactor).take)
