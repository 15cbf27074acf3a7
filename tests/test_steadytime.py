"""The reactor's time does not jump."""

from __future__ import annotations

import pytest
from support.standin import stand_in
from twisted.internet.task import Clock

from twistchat import steadytime
from twistchat.steadytime import keep_steady


class WallReactor(Clock):
    """A reactor that goes by the machine's clock, as Twisted's do."""

    def __init__(self) -> None:
        super().__init__()
        self.rightNow = 2e9


def test_timers_are_due_as_long_after_now_as_they_were_and_are_by_a_clock_that_cannot_be_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monotonic = [100.0]
    stand_in(monkeypatch, steadytime, "time", monotonic=lambda: monotonic[0])
    reactor = WallReactor()
    soon, late = reactor.callLater(3, int), reactor.callLater(-5, int)
    keep_steady(reactor)
    keep_steady(reactor)
    assert reactor.seconds() == 100.0
    assert soon.getTime() == 103.0
    assert late.getTime() == 100.0
    monotonic[0] = 101.0
    assert reactor.callLater(3, int).getTime() == 104.0
