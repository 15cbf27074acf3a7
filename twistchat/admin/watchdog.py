"""A thread that notices when the reactor stands still, says where, and lets a line typed at the prompt be broken off.

The reactor cannot read Ctrl-C while a loop holds it, and the thread cannot decrypt what came. So whatever an
administrator types, once their line has held the chat for two seconds, breaks it off.
"""

from __future__ import annotations

import array
import fcntl
import signal
import sys
import termios
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from types import FrameType
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

log = Logger()

STILL_SECONDS = 2.0
"""Standing still for so long is said in the log."""

TICK_SECONDS = 0.25

SIGNAL = signal.SIGURG
"""Sent by the thread to the reactor's; a signal also ends a sleep, which an exception from another thread cannot.

This one does nothing where it comes too late, and nothing else uses it: Go's runtime takes it for the same reasons.
"""

FRAMES = 4
"""Of the stack that go into the log: the innermost ones."""


def waiting_bytes(descriptor: int) -> int:
    """Bytes that a socket has for whoever reads it; 0 where it is gone."""
    count = array.array("i", [0])
    with suppress(OSError, ValueError):
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


class Watchdog:
    """Watches the thread that starts it: the reactor's."""

    def __init__(self, clock: Any) -> None:
        """Prepare; `start` begins.

        Args:
            clock: The reactor.
        """
        self._beat = time.monotonic()
        self._heart = LoopingCall(self._beats)
        self._heart.clock = clock
        self._thread: threading.Thread | None = None
        self._watched = threading.get_ident()
        self._over = threading.Event()
        self._is_told = False
        self._guarded: Callable[[], int] | None = None
        self._typed_before = 0
        self._broken_off = -inf
        self._old_handler: Any = None

    def start(self) -> None:
        """Watch from now on."""
        self._watched = threading.get_ident()  # a daemon has forked by now
        self._beat = time.monotonic()
        self._over.clear()
        self._heart.start(STILL_SECONDS / 4)
        self._old_handler = signal.signal(SIGNAL, self._break_off)
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; idempotent."""
        if self._thread is None:
            return
        self._over.set()
        self._thread.join()
        self._thread = None
        self._heart.stop()
        signal.signal(SIGNAL, self._old_handler)

    @contextmanager
    def guard(self, typed: Callable[[], int]) -> Iterator[None]:
        """Run a line of an administrator's, which more input breaks off with KeyboardInterrupt once it is too slow.

        Args:
            typed: Tells how many bytes of theirs wait to be read; called from the thread.
        """
        self._typed_before = typed()
        self._broken_off = -inf
        self._guarded = typed
        try:
            yield
        finally:
            self._guarded = None

    def _beats(self) -> None:
        now = time.monotonic()
        if self._is_told:
            self._is_told = False
            log.warn("the server goes on after {seconds:.1f} s.", seconds=now - self._beat)
        self._beat = now

    def _break_off(self, _signal: int, _frame: FrameType | None) -> None:
        if self._guarded is not None:
            raise KeyboardInterrupt

    # --- in the thread

    def _watch(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            if time.monotonic() - self._beat > STILL_SECONDS:
                self._tell()
                self._offer_a_way_out()

    def _tell(self) -> None:
        if self._is_told:
            return
        self._is_told = True
        frame = sys._current_frames().get(self._watched)
        where = [f"{name}:{line}" for name, line, *_ in traceback.extract_stack(frame)[-FRAMES:]]
        log.error(
            "the server has stood still for {seconds:.0f} s: nobody's lines move. It is in {where}.{hint}",
            seconds=STILL_SECONDS,
            where=", ".join(where),
            hint=" Ctrl-C, or any key, at the prompt where that was typed breaks it off." if self._guarded else "",
        )

    def _offer_a_way_out(self) -> None:
        """Break a line off, and again after a while: Python drops what is raised while it runs a destructor."""
        typed, now = self._guarded, time.monotonic()
        if typed is not None and typed() > self._typed_before and now - self._broken_off > STILL_SECONDS:
            self._broken_off = now
            signal.pthread_kill(self._watched, SIGNAL)
