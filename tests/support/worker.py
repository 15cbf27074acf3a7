"""The log's Worker, served in the test's own thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred


class SameThread:
    """Makes each call at once, or when the test says so."""

    def __init__(self, name: str = "", most: int = 0) -> None:
        self.name = name
        self.most = most
        self.slow = False
        """Whether calls wait until `go_on`."""
        self.stopped = False
        self._waiting: deque[tuple[Deferred[Any], Callable[..., Any], tuple[Any, ...]]] = deque()

    def call(self, function: Callable[..., Any], *args: Any) -> Deferred[Any]:
        if not self.slow:
            return maybeDeferred(function, *args)
        answer: Deferred[Any] = Deferred()
        self._waiting.append((answer, function, args))
        return answer

    def go_on(self) -> None:
        """Make the call that has waited for the longest."""
        answer, function, args = self._waiting.popleft()
        maybeDeferred(function, *args).chainDeferred(answer)

    def hurry(self) -> None:
        """Make all the calls that wait."""
        while self._waiting:
            self.go_on()

    def end(self, function: Callable[[], None]) -> Deferred[None]:
        self.stopped = True
        return self.call(function)
