"""What a server does at signals: those that stop it do so once, however often they come, and by whatever else it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
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


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ALL}
    yield
    for number, action in before.items():
        signal.signal(number, action)


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def heeding(reactor: Reactor) -> Heeding:
    made = Heeding(reactor)
    made.begin({signal.SIGHUP: lambda: reactor.done.append("hung up")})
    return made


@pytest.mark.parametrize("first", STOPS)
@pytest.mark.parametrize("second", STOPS)
def test_only_the_first_that_stops_it_does_anything(
    reactor: Reactor, heeding: Heeding, first: signal.Signals, second: signal.Signals
) -> None:
    signal.raise_signal(first)
    signal.raise_signal(second)
    reactor.turn()
    signal.raise_signal(second)
    reactor.turn()
    assert reactor.done == [first, "stopped"]


def test_a_server_that_stops_by_itself_is_not_stopped_again_by_a_signal(reactor: Reactor, heeding: Heeding) -> None:
    heeding.stop()
    signal.raise_signal(signal.SIGTERM)
    heeding.stop()
    reactor.turn()
    assert reactor.done == ["stopped"]


def test_a_signal_that_stops_it_is_not_forestalled_before_it_is_dealt_with(reactor: Reactor, heeding: Heeding) -> None:
    signal.raise_signal(signal.SIGTERM)
    heeding.stop()
    reactor.turn()
    assert reactor.done == [signal.SIGTERM, "stopped"]


def test_a_reactor_that_somebody_else_has_stopped_is_no_trouble(reactor: Reactor, heeding: Heeding) -> None:
    reactor.stop()
    heeding.stop()
    assert reactor.done == ["stopped"]


def test_while_it_stops_nothing_is_heeded_and_behind_it_all_is_as_it_would_be(
    reactor: Reactor, heeding: Heeding
) -> None:
    signal.raise_signal(signal.SIGHUP)
    heeding.end()
    for number in ALL:
        signal.raise_signal(number)
    reactor.turn()
    assert reactor.done == ["hung up"]
    heeding.let_go()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


def test_who_runs_the_reactor_with_signals_of_their_own_keeps_them() -> None:
    reactor: Any = Reactor()
    own: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: own.append(number))
    Heeding(reactor).begin({})
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert own == [signal.SIGTERM] * 2
