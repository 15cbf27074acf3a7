"""The signals that a server heeds: some in its own way, and those that stop it once.

Rule 1: only the first that stops it does anything. Ctrl-C is pressed twice, and supervisors repeat themselves; Twisted
    would try to stop a reactor again that has stopped, and log that as a failure.
Rule 2: what is no longer heeded is given to a function that does nothing, rather than to SIG_IGN: a signal that has
    come, and that Python has not got round to, would be complained of on standard error.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from twisted.internet.error import ReactorNotRunning

STOPS = {signal.SIGTERM: "sigTerm", signal.SIGINT: "sigInt"}
"""What Twisted's reactor calls its own handlers of them."""


class Heeding:
    """Those of one server."""

    def __init__(self, reactor: Any) -> None:
        """Heed none yet.

        Args:
            reactor: What is stopped.
        """
        self._reactor = reactor
        self._is_stopping = False
        self._heeded: set[int] = set()

    def begin(self, deeds: Mapping[int, Callable[[], object]]) -> None:
        """Heed signals from now on, and those that stop the reactor once it runs, which is when it heeds them itself.

        Args:
            deeds: What is done at those that do something else, in the reactor's thread.
        """
        for number, do in deeds.items():
            signal.signal(number, partial(self._at_signal, do))
        self._heeded = {*deeds}
        self._reactor.callWhenRunning(self._heed_stops)

    def stop(self) -> None:
        """Stop the reactor; idempotent, and nothing where a signal has it stopped already."""
        if not self._is_stopping:
            self._is_stopping = True
            with suppress(ReactorNotRunning):
                self._reactor.stop()

    def end(self) -> None:
        """Heed no more of them, as the server is being stopped."""
        self._is_stopping = True
        for number in self._heeded:
            signal.signal(number, _nothing)

    def let_go(self) -> None:
        """Let the process do what it would by itself; it ends, or is no longer the server's."""
        for number in self._heeded:
            signal.signal(number, signal.SIG_DFL)

    def _at_signal(self, do: Callable[[], object], *_: object) -> None:
        self._reactor.callFromThread(do)

    def _heed_stops(self) -> None:
        for number, name in STOPS.items():
            theirs = getattr(self._reactor, name, None)
            if theirs is not None and signal.getsignal(number) == theirs:
                signal.signal(number, partial(self._stop_by, theirs))

    def _stop_by(self, theirs: Callable[[int, object], object], number: int, frame: object) -> None:
        """Stop as the reactor does, which remembers the signal: the process ends by it."""
        if not self._is_stopping:
            self._is_stopping = True
            theirs(number, frame)


def _nothing(*_: object) -> None:
    """A signal of which nothing comes."""
