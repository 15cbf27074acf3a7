"""What the server does at signals.

Rule: it is stopped once. Twisted asks its reactor to stop at each SIGTERM and SIGINT, and has it log a traceback at the
second: of Ctrl-C pressed twice, or timeout(1), which tells its whole group. Once the end has begun, none of these, and
none of the server's own, does anything.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

STOPS = (signal.SIGTERM, signal.SIGINT)


class AtSignals:
    """The signals of a process that serves."""

    def __init__(self, reactor: Any, do: Mapping[signal.Signals, Callable[[], object]]) -> None:
        """Heed nothing yet.

        Args:
            reactor: It does what is to be done, and has its own way with `STOPS` as soon as it runs.
            do: What to do at the others.
        """
        self._reactor = reactor
        self._do = do
        self._is_ending = False

    def heed(self) -> None:
        """Do from now on what is to be done; of `STOPS` what the reactor does, at the first."""
        for number, do in self._do.items():
            signal.signal(number, partial(self._at_signal, do))
        self._reactor.callWhenRunning(self._heed_stops)

    def _at_signal(self, do: Callable[[], object], *_: object) -> None:
        self._reactor.callFromThread(do)

    def _heed_stops(self) -> None:
        for number in STOPS:
            stop = signal.getsignal(number)
            if callable(stop):
                signal.signal(number, partial(self._at_first, stop))

    def _at_first(self, stop: Callable[[int, Any], Any], number: int, frame: Any) -> None:
        if not self._is_ending:
            self._is_ending = True
            stop(number, frame)

    def ignore(self) -> None:
        """Do nothing more: the end has begun."""
        self._is_ending = True
        for number in self._do:
            signal.signal(number, signal.SIG_IGN)

    def release(self) -> None:
        """Leave the server's own to the system."""
        for number in self._do:
            signal.signal(number, signal.SIG_DFL)
