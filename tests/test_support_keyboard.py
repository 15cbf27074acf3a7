"""A client at a terminal, run in the tests' own process, leaves that as it was."""

from __future__ import annotations

import signal
import socket

from support.keyboard import Run, runs


def test_signals_wake_the_reactor_afterwards_as_before() -> None:
    """Who is not woken hears of no process that ends."""

    async def test(run: Run) -> None:
        await run.presses("hello\r")

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        before = signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
        try:
            runs(test)
        finally:
            after = signal.set_wakeup_fd(before, warn_on_full_buffer=False)
        assert after == ours.fileno()
