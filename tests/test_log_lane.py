"""Work off the reactor's thread: one call after another, a bounded number of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import gatherResults

from twistchat.errors import Overloaded
from twistchat.log.lane import ThreadLane


@pytest_twisted.async_yield_fixture
async def lane() -> Any:
    from twisted.internet import reactor

    lane = ThreadLane(reactor, "test", 3)
    yield lane
    await lane.end(lambda: None)


@pytest_twisted.ensureDeferred
async def test_calls_are_made_in_order_in_one_other_thread(lane: ThreadLane) -> None:
    seen: list[tuple[int, int]] = []
    await gatherResults([lane.call(lambda n: seen.append((n, threading.get_ident())), n) for n in range(3)])
    assert [number for number, _ in seen] == [0, 1, 2]
    assert len({thread for _, thread in seen} | {threading.get_ident()}) == 2


@pytest_twisted.ensureDeferred
async def test_only_so_many_calls_wait(lane: ThreadLane) -> None:
    gate = threading.Event()
    waiting = [lane.call(gate.wait, 5) for _ in range(3)]
    with pytest.raises(Overloaded):
        await lane.call(lambda: None)
    gate.set()
    await gatherResults(waiting)
    assert await lane.call(lambda: 42) == 42


@pytest_twisted.ensureDeferred
async def test_an_error_reaches_the_caller_and_the_next_call_is_made(lane: ThreadLane) -> None:
    with pytest.raises(ZeroDivisionError):
        await lane.call(lambda: 1 // 0)
    assert await lane.call(lambda: 42) == 42


@pytest_twisted.ensureDeferred
async def test_the_last_call_is_made_after_all_the_others_also_when_no_more_may_wait() -> None:
    """A log that is being searched by too many must still be closed."""
    from twisted.internet import reactor

    lane, gate, done = ThreadLane(reactor, "test", 2), threading.Event(), []
    waiting = [lane.call(gate.wait, 5) for _ in range(2)]
    ended = lane.end(lambda: done.append("ended"))
    assert not done
    gate.set()
    await ended
    assert done == ["ended"]
    assert await gatherResults(waiting) == [True, True]
