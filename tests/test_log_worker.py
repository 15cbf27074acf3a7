"""Work off the reactor's thread: one call after another, a bounded number of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import gatherResults

from twistchat.errors import Overloaded
from twistchat.log.worker import ThreadWorker


@pytest_twisted.async_yield_fixture
async def worker() -> Any:
    from twisted.internet import reactor

    worker = ThreadWorker(reactor, "test", 3)
    yield worker
    await worker.end(lambda: None)


@pytest_twisted.ensureDeferred
async def test_calls_are_made_in_order_in_one_other_thread(worker: ThreadWorker) -> None:
    seen: list[tuple[int, int]] = []
    await gatherResults([worker.call(lambda n: seen.append((n, threading.get_ident())), n) for n in range(3)])
    assert [number for number, _ in seen] == [0, 1, 2]
    assert len({thread for _, thread in seen} | {threading.get_ident()}) == 2


@pytest_twisted.ensureDeferred
async def test_only_so_many_calls_wait(worker: ThreadWorker) -> None:
    gate = threading.Event()
    waiting = [worker.call(gate.wait, 5) for _ in range(3)]
    with pytest.raises(Overloaded):
        await worker.call(lambda: None)
    gate.set()
    await gatherResults(waiting)
    assert await worker.call(lambda: 42) == 42


@pytest_twisted.ensureDeferred
async def test_an_error_reaches_the_caller_and_the_next_call_is_made(worker: ThreadWorker) -> None:
    with pytest.raises(ZeroDivisionError):
        await worker.call(lambda: 1 // 0)
    assert await worker.call(lambda: 42) == 42


@pytest_twisted.ensureDeferred
async def test_the_last_call_is_made_after_all_the_others_also_when_no_more_may_wait() -> None:
    """A log that is being searched by too many must still be closed."""
    from twisted.internet import reactor

    worker, gate, done = ThreadWorker(reactor, "test", 2), threading.Event(), []
    waiting = [worker.call(gate.wait, 5) for _ in range(2)]
    ended = worker.end(lambda: done.append("ended"))
    assert not done
    gate.set()
    await ended
    assert done == ["ended"]
    assert await gatherResults(waiting) == [True, True]
