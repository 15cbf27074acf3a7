"""Work that takes time, off the reactor's thread: one thread for each kind of it, so that none waits for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from twistchat.errors import Overloaded

T = TypeVar("T")


class Worker(Protocol):
    """Makes calls one after another, somewhere else."""

    def call(self, function: Callable[..., T], *args: Any) -> Deferred[T]:
        """Make a call once those before it are done; the Deferred fires in the reactor's thread.

        It fails with Overloaded where too many wait.
        """
        ...

    def end(self, function: Callable[[], None]) -> Deferred[None]:
        """Make a last call once all those before it are done, however many, and end."""
        ...


class ThreadWorker:
    """A worker with one thread, begun when it is first needed."""

    def __init__(self, reactor: Any, name: str, most: int) -> None:
        """Make a worker.

        Args:
            reactor: Where Deferreds fire.
            name: The thread's name, for those who look at the process.
            most: Calls that may wait.
        """
        self._reactor = reactor
        self._most = most
        self._waiting = 0
        self._pool = ThreadPool(0, 1, f"twistchat {name}")
        self._pool.start()

    def call(self, function: Callable[..., T], *args: Any) -> Deferred[T]:
        """Make a call in the thread."""
        if self._waiting >= self._most:
            return fail(Overloaded())
        self._waiting += 1
        return deferToThreadPool(self._reactor, self._pool, function, *args).addBoth(self._done)

    def end(self, function: Callable[[], None]) -> Deferred[None]:
        """Make a last call in the thread, and end it."""
        return deferToThreadPool(self._reactor, self._pool, function).addBoth(self._stopped)

    def _stopped(self, result: Any) -> Any:
        self._pool.stop()
        return result

    def _done(self, result: Any) -> Any:
        self._waiting -= 1
        return result
