"""Key exchanges one after another, at a pace: each takes half a millisecond, which everybody else waits for.

Rule 1: one exchange at a time, and no more a second than the rate; who comes sooner waits, unread.
Rule 2: who is in and has to exchange keys again goes before all strangers, or a crowd of those could put them out.
Rule 3: nobody waits without an end: a stranger has the time to log in, whoever is in has that of an exchange.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twistchat.core.bucket import Bucket
from twistchat.core.limits import Rate
from twistchat.interfaces.ssh.turns import Piece, next_wanted


class Exchanges:
    """The exchanges of one port."""

    def __init__(self, clock: Any, rate: Rate) -> None:
        """Begin with none.

        Args:
            clock: An `IReactorTime`.
            rate: How many a second, and at once after a silence.
        """
        self._clock = clock
        self._rate = rate
        self._bucket = Bucket(clock.seconds())
        self._members: deque[Piece] = deque()
        self._strangers: deque[Piece] = deque()
        self._is_due = False

    def __len__(self) -> int:
        return len(self._members) + len(self._strangers)

    def ask(self, do: Callable[[], object], is_in: bool) -> Piece:
        """Have an exchange done when its turn comes, at the earliest when this reactor's turn is over.

        Args:
            do: Does it; never raises.
            is_in: Whether it is somebody's who has logged in.
        """
        asked = Piece(do)
        (self._members if is_in else self._strangers).append(asked)
        self._go_on()
        return asked

    def _go_on(self) -> None:
        if not self._is_due and len(self):
            self._is_due = True
            wait = self._bucket.wait(self._rate, 1.0, self._clock.seconds())
            self._clock.callLater(wait, self._next)

    def _next(self) -> None:
        self._is_due = False
        asked = next_wanted(self._members, self._strangers)
        if asked is not None:
            self._bucket.spend(self._rate, 1.0, self._clock.seconds())
            asked.do()
        self._go_on()
