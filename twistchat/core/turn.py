"""One turn of the reactor: how long lines are dealt with in it, what waits for the next, and what ends it.

Rule 1: lines are dealt with for `SHARE_SECONDS` a turn, those of all connections together; what is begun is finished.
Rule 2: who waits for time has it in the next turns, in the order of waiting, before anything that comes then. One who
    is gone is told nothing, and what waited for them is dropped when its time has come.
Rule 3: what a turn brought is committed at its end, before anybody who waits is dealt with.
Rule 4: a turn is over early once it has brought as much as one batch takes (`fill`).
Rule 5: the clock is looked at before each connection's share and after each command. What is only said takes a few
    microseconds a line, so that before it no more is asked than whether the turn is known to be over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from twistchat.core.clocks import Clock
from twistchat.core.figures import Figures

log = Logger()

T = TypeVar("T")

SHARE_SECONDS = 0.006
"""Of 20 ms: between two looks at the sockets it may be had twice, by what is read and, at the turn's end, by those who
wait; the rest is for the batch that comes between the two, and for timers."""


class Waiting:
    """A call that is made once there is time; a `DelayedCall`."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def active(self) -> bool:
        """Whether it is still to come."""
        return self._call is not None

    def cancel(self) -> None:
        """Take it back."""
        self._call = None

    def make(self) -> None:
        """Make the call, unless it was taken back."""
        call, self._call = self._call, None
        if call is not None:
            _make(call)


class Turn:
    """The turn that the reactor is in."""

    def __init__(self, clock: Clock, figures: Figures) -> None:
        """Begin with the next thing that is done.

        Args:
            clock: Says how long it took, and when a turn ends.
            figures: Where turns are counted.
        """
        self._clock = clock
        self._figures = figures
        self.is_over = False
        """Whether it is known that nothing more may be dealt with now; `has_time` looks at the clock, too."""
        self._began = self._until = 0.0
        self._is_to_end = False
        self._last: list[Callable[[], object]] = []
        self._waiting: deque[Waiting] = deque()

    @property
    def waiting(self) -> int:
        """Calls that wait for time."""
        return len(self._waiting)

    def has_time(self) -> bool:
        """Whether another line may be dealt with now; whoever is told that it may not waits."""
        if not self._is_to_end:
            self._end_soon()
        elif not self.is_over:
            self.is_over = self._clock.seconds() >= self._until
        return not self.is_over

    def fill(self) -> None:
        """Note that this turn has brought enough."""
        self.is_over = True
        self._end_soon()

    def at_end(self, call: Callable[[], object]) -> None:
        """Have something called when this turn ends, however long it took."""
        self._last.append(call)
        if not self._is_to_end:
            self._end_soon()

    def wait(self, call: Callable[[], object]) -> Waiting:
        """Have something called in the next turn that has time for it.

        Returns:
            What can take it back.
        """
        self._waiting.append(Waiting(call))
        self._end_soon()
        return self._waiting[-1]

    def time(self) -> Deferred[None]:
        """Wait until there is time; it may be now."""
        if self.has_time():
            return succeed(None)
        came: Deferred[None] = Deferred()
        self.wait(lambda: came.callback(None))
        return came

    async def each(self, some: Iterable[T], do: Callable[[T], object]) -> None:
        """Do something to each of many, to as many in a turn as there is time for."""
        for one in [*some]:
            await self.time()
            do(one)

    def _end_soon(self) -> None:
        if not self._is_to_end:
            self._is_to_end = True
            self._began = self._clock.seconds()
            self._until = self._began + SHARE_SECONDS
            self._clock.callLater(0, self._end)

    def _end(self) -> None:
        began, self.is_over, self._is_to_end = self._began, False, False
        last, self._last = self._last, []
        for call in last:
            _make(call)
        if self._waiting:
            self._make_waiting()
        self._began = now = self._clock.seconds()  # of the next one, if there is to be one at once
        self._figures.turn_took(now - began)

    def _make_waiting(self) -> None:
        self._until = self._clock.seconds() + SHARE_SECONDS
        while self._waiting and self.has_time():
            self._waiting.popleft().make()


def _make(call: Callable[[], object]) -> None:
    """Make a call whose failure is nobody else's."""
    try:
        call()
    except Exception:
        log.failure("what a turn ended with failed")
