"""What a server does at signals: those that stop it do so once, however often they come."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twisted.internet.error import ReactorNotRunning

from twistchat.heeding import Heeding

STOPS = [signal.SIGTERM, signal.SIGINT]
ALL = [*STOPS, signal.SIGHUP]


class Reactor:
    """As much of Twisted's as has to do with signals; what another thread asks for waits for `turn`."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self._waiting: list[Callable[[], object]] = []
        self._is_over = False
        signal.signal(signal.SIGTERM, self.sigTerm)
        signal.signal(signal.SIGINT, self.sigInt)

    def callWhenRunning(self, work: Callable[[], object]) -> None:
        work()

    def callFromThread(self, work: Callable[[], object]) -> None:
        self._waiting.append(work)

    def sigTerm(self, number: int, frame: object) -> None:
        self.done.append(number)
        self.callFromThread(self.stop)

    sigInt = sigTerm

    def stop(self) -> None:
        if self._is_over:
            raise ReactorNotRunning
        self._is_over = True
        self.done.append("stopped")

    def turn(self) -> None:
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()


@contextmanager
def heeding() -> Iterator[tuple[Reactor, Heeding]]:
    """Signals as a server heeds them; no fixture, as the reactor of all tests has its own from the first of them on."""
    before = {number: signal.getsignal(number) for number in ALL}
    try:
        reactor: Any = Reactor()
        made = Heeding(reactor)
        made.begin({signal.SIGHUP: lambda: reactor.done.append("hung up")})
        yield reactor, made
    finally:
        for number, action in before.items():
            signal.signal(number, action)


@pytest.mark.parametrize("first", STOPS)
@pytest.mark.parametrize("second", STOPS)
def test_only_the_first_that_stops_it_does_anything(first: signal.Signals, second: signal.Signals) -> None:
    with heeding() as (reactor, _):
        signal.raise_signal(first)
        signal.raise_signal(second)
        reactor.turn()
        signal.raise_signal(second)
        reactor.turn()
        assert reactor.done == [first, "stopped"]


def test_a_server_that_stops_by_itself_is_not_stopped_again_by_a_signal() -> None:
    with heeding() as (reactor, heeded):
        heeded.stop()
        signal.raise_signal(signal.SIGTERM)
        heeded.stop()
        reactor.turn()
        assert reactor.done == ["stopped"]


def test_a_signal_that_stops_it_is_not_forestalled_before_it_is_dealt_with() -> None:
    with heeding() as (reactor, heeded):
        signal.raise_signal(signal.SIGTERM)
        heeded.stop()
        reactor.turn()
        assert reactor.done == [signal.SIGTERM, "stopped"]


def test_a_reactor_that_somebody_else_has_stopped_is_no_trouble() -> None:
    with heeding() as (reactor, heeded):
        reactor.stop()
        heeded.stop()
        assert reactor.done == ["stopped"]


def test_while_it_stops_nothing_is_heeded_and_behind_it_all_is_as_it_would_be() -> None:
    with heeding() as (reactor, heeded):
        signal.raise_signal(signal.SIGHUP)
        heeded.end()
        for number in ALL:
            signal.raise_signal(number)
        reactor.turn()
        assert reactor.done == ["hung up"]
        heeded.let_go()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


def test_who_runs_the_reactor_with_signals_of_their_own_keeps_them() -> None:
    with heeding() as (reactor, _):
        own: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, frame: own.append(number))
        Heeding(reactor).begin({})
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert own == [signal.SIGTERM] * 2
