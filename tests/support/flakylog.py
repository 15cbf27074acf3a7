"""The core's Log port, served by a log that answers when the test wants it to, or fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, fail

from twistchat.core.events import Entry, Event
from twistchat.core.ports import Committed, Deliver, Log, to_nobody
from twistchat.core.queries import Found, Missed, Query, Seen
from twistchat.errors import NotStored


class FlakyLog:
    """A log in front of another: it stores at once, unless it is told to be slow or to fail."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.slow = False
        """Whether appending, and reading of any kind, waits until `go_on` or `give_up`."""
        self.failing: BaseException | None = None
        """What appending fails with at once."""
        self.trouble: str | None = None
        self.unreadable: BaseException | None = None
        """What asking for history fails with at once."""
        self.appended: list[list[Event]] = []
        """The events of each append, stored or not."""
        self.entries: list[Entry] = []
        """What was committed."""
        self.bring: Deliver = to_nobody
        """Brings what was committed elsewhere, as a log does that several servers share."""
        self._waiting: deque[tuple[Deferred[Any], Callable[[], Deferred[Any]]]] = deque()

    @property
    def waiting(self) -> int:
        """How many calls have not been answered."""
        return len(self._waiting)

    def follow(self, deliver: Deliver) -> None:
        def note(parts: Sequence[Committed]) -> None:
            for part in parts:
                self.entries.extend(part.entries)
            deliver(parts)

        self.bring = note
        self._log.follow(note)

    def append(self, events: Sequence[Event]) -> Deferred[None]:
        self.appended.append(list(events))
        if self.failing is not None:
            return fail(self.failing)
        taken = list(events)
        return self._later(lambda: self._log.append(taken))

    def latest(self, room: str, count: int) -> Deferred[Sequence[Entry]]:
        return self._later(lambda: self._log.latest(room, count))

    def first_since(self, time: float) -> Deferred[int]:
        return self._later(lambda: self._log.first_since(time))

    def history(self, room: str, count: int, before: int | None = None) -> Deferred[Sequence[Entry]]:
        if self.unreadable is not None:
            return fail(self.unreadable)
        return self._later(lambda: self._log.history(room, count, before))

    def between(self, room: str, after: int, before: int, count: int, newest: bool) -> Deferred[Sequence[Entry]]:
        if self.unreadable is not None:
            return fail(self.unreadable)
        return self._later(lambda: self._log.between(room, after, before, count, newest))

    def after(self, number: int, count: int) -> Deferred[Sequence[Entry]]:
        if self.unreadable is not None:
            return fail(self.unreadable)
        return self._later(lambda: self._log.after(number, count))

    def terms(self, room: str) -> Deferred[Sequence[Entry]]:
        """At once, as it is asked together with `latest`, which may wait."""
        return self._log.terms(room)

    def seen(self, after: int, count: int) -> Deferred[Seen]:
        return self._later(lambda: self._log.seen(after, count))

    def missed(self, room: str, name: str, count: int, after: int = 0) -> Deferred[Missed | None]:
        return self._later(lambda: self._log.missed(room, name, count, after))

    def search(self, query: Query) -> Deferred[Found]:
        return self._later(lambda: self._log.search(query))

    def close(self) -> Deferred[None]:
        return self._log.close()

    def go_on(self) -> None:
        """Answer the call that has waited for the longest."""
        answer, ask = self._waiting.popleft()
        ask().chainDeferred(answer)

    def give_up(self, error: BaseException | None = None) -> None:
        """Fail the call that has waited for the longest."""
        answer, _ = self._waiting.popleft()
        answer.errback(error or NotStored("the disk is full"))

    def hurry(self) -> None:
        """Answer all that wait, and be quick from now on."""
        self.slow = False
        while self._waiting:
            self.go_on()

    def _later(self, ask: Callable[[], Deferred[Any]]) -> Deferred[Any]:
        if not self.slow:
            return ask()
        answer: Deferred[Any] = Deferred()
        self._waiting.append((answer, ask))
        return answer
