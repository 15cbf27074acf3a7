"""Signals that wait while it is not known who the server is: they are for whoever it is by then.

Rule: to block them is not enough, as other threads do not; what those get is noted here in place of being heeded.
"""

from __future__ import annotations

import signal
from typing import Any

DEFERRED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2}


class Deferral:
    """One time of waiting."""

    def __init__(self) -> None:
        """Have nothing wait yet."""
        self._came: set[int] = set()
        self._were: dict[int, Any] = {}
        self._mask: set[Any] = set()

    def begin(self) -> None:
        """Have them wait from now on; idempotent."""
        if not self._were:
            self._mask = {*signal.pthread_sigmask(signal.SIG_BLOCK, DEFERRED)}
            self._were = {number: signal.signal(number, self._note) for number in DEFERRED}

    def _note(self, number: int, frame: object) -> None:
        self._came.add(number)

    def taken(self) -> set[int]:
        """Those that have come, which are no longer this process's to heed."""
        came, self._came = self._came, set()
        for number in signal.sigpending() & DEFERRED:
            signal.sigtimedwait({number}, 0)
            came.add(number)
        return came

    def end(self) -> None:
        """Heed them again here, those first that have come; idempotent."""
        for number, was in self._were.items():
            signal.signal(number, signal.SIG_DFL if was is None else was)
        if self._were:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        self._were = {}
        for number in self._came:
            signal.raise_signal(number)  # to this thread, so that they are heeded by the time that this returns
        self._came = set()
