"""A server is stopped once, however often and by whatever signals it is told to."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twisted.internet.testing import MemoryReactorClock

from twistchat.atsignals import STOPS, AtSignals


class Reactor(MemoryReactorClock):
    """One that runs already, and does at once what it is handed from a thread."""

    def callWhenRunning(self, work: Callable[..., Any], *words: Any, **more: Any) -> None:
        work(*words, **more)

    def callFromThread(self, work: Callable[..., Any], *words: Any) -> None:
        work(*words)


@contextmanager
def noted() -> Iterator[list[int]]:
    """What stops the reactor meanwhile; this process's own way with signals is put back at the end."""
    stopped: list[int] = []
    before = {number: signal.getsignal(number) for number in (*STOPS, signal.SIGUSR1)}
    for number in STOPS:
        signal.signal(number, lambda number, _frame: stopped.append(number))
    try:
        yield stopped
    finally:
        for number, action in before.items():
            signal.signal(number, action)


@pytest.mark.parametrize("first", STOPS)
@pytest.mark.parametrize("then", STOPS)
def test_who_is_told_twice_to_stop_stops_once(first: int, then: int) -> None:
    with noted() as came:
        AtSignals(Reactor(), {}).heed()
        for number in (first, then, then):
            signal.raise_signal(number)
    assert came == [first]


def test_once_the_end_has_begun_by_anything_else_no_signal_does_anything() -> None:
    done: list[str] = []
    signals = AtSignals(Reactor(), {signal.SIGUSR1: lambda: done.append("done")})
    with noted() as came:
        signals.heed()
        signal.raise_signal(signal.SIGUSR1)
        signals.ignore()
        for number in (signal.SIGUSR1, *STOPS):
            signal.raise_signal(number)
        signals.release()
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
    assert (done, came) == (["done"], [])


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    """As of a job in the background of a shell without job control."""
    with noted() as came:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        AtSignals(Reactor(), {}).heed()
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert came == []
