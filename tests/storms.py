"""What much at once takes of one turn of the reactor: some thousand people in a room, and a storm of each kind.

    python tests/storms.py
    PYTHONPATH=OTHER-CHECKOUT python tests/storms.py --people 1000

Prints the longest turn of each storm, and how many turns it took. The chat is real, its log is in memory, and sockets
are none: a turn brings what epoll would give at once, and what is sent is rendered and dropped. Time is the
processor's, of this thread, so that a busy machine changes little. It measures checkouts of before there was a bound,
too.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from twistchat.core.events import Entry
from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.core.queries import PAGE, Found, Query
from twistchat.interfaces import listening
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.log.memory import MemoryLog
from twistchat.wire.language import ENGLISH

try:
    from twistchat.shortpolls import EVENTS_A_TURN
except ImportError:
    EVENTS_A_TURN = 1_000_000

ACCEPTED = getattr(listening, "CONNECTIONS_AT_ONCE", getattr(listening, "CONNECTIONS_A_TURN", 100))
"""Connections taken in before the clock is looked at; 100 are Twisted's own, at first."""

TAKING_IN_SECONDS = getattr(listening, "TAKING_IN_SECONDS", 0.0)
"""For how long they are taken in by a turn; not at all where a turn has a number of them."""

BUSY_TURNS = 100_000
"""After so many something is wrong."""


class Timer:
    """A `DelayedCall`."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def active(self) -> bool:
        return self.call is not None

    def cancel(self) -> None:
        self.call = None


class Reactor:
    """Turns without waiting: its time is what they take, and what is skipped while nothing is due."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self.ready: deque[Callable[[], object]] = deque()
        """What sockets bring: reads, and connections."""
        self.took: list[float] = []

    def seconds(self) -> float:
        return time.thread_time() + self._skipped

    def callLater(self, delay: float, call: Callable[..., object], *args: Any) -> Timer:
        timer = Timer(lambda: call(*args))
        heapq.heappush(self._timers, (self.seconds() + delay, next(self._order), timer))
        return timer

    def turn(self) -> None:
        began = time.thread_time()
        for _ in range(min(len(self.ready), EVENTS_A_TURN)):
            self.ready.popleft()()
        now, last = self.seconds(), next(self._order)
        later = []
        while self._timers and self._timers[0][0] <= now:
            due = heapq.heappop(self._timers)
            if due[1] > last:  # of this turn: it is the next one's
                later.append(due)
            elif due[2].call is not None:
                due[2].call()
                due[2].call = None
        for each in later:
            heapq.heappush(self._timers, each)
        self.took.append(time.thread_time() - began)

    def settle(self, seconds: float = 0.5) -> None:
        """Go on until nothing is to be done for so long."""
        end = self.seconds() + seconds
        for _ in range(BUSY_TURNS):
            self.turn()
            if not self.ready:
                due = self._timers[0][0] if self._timers else end + 1.0
                if due > end:
                    return
                self._skipped += max(0.0, due - self.seconds())
        raise AssertionError("it never settles")


class Socket:
    """One connection's transport: what is written is dropped, what is read waits while reading is paused."""

    disconnecting = False

    def __init__(self, reactor: Reactor, number: int) -> None:
        self._reactor = reactor
        self._peer = IPv4Address("TCP", f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}", 40000)
        self._unread: deque[bytes] = deque()
        self._is_paused = False
        self.protocol: Any = None

    def write(self, data: bytes) -> None:
        pass

    def getPeer(self) -> IPv4Address:
        return self._peer

    getHost = getPeer

    def registerProducer(self, producer: object, streaming: bool) -> None:
        pass

    def unregisterProducer(self) -> None:
        pass

    def loseConnection(self) -> None:
        pass

    abortConnection = loseConnection

    def pauseProducing(self) -> None:
        self._is_paused = True

    def resumeProducing(self) -> None:
        self._is_paused = False
        if self._unread:
            self._reactor.ready.append(self._read)

    def comes(self, data: bytes) -> None:
        """Let the peer send something."""
        self._unread.append(data)
        if not self._is_paused:
            self._reactor.ready.append(self._read)

    def _read(self) -> None:
        if self._unread and not self._is_paused:
            self.protocol.dataReceived(self._unread.popleft())


class AnsweringLog(MemoryLog):
    """Finds the same for everyone, and answers all who asked together, as threads may that were busy."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.asked: list[Deferred[Found]] = []
        self.found: Sequence[Entry] = ()

    def search(self, query: Query) -> Deferred[Found]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def answer(self) -> None:
        asked, self.asked = self.asked, []
        for each in asked:
            each.callback(Found(self.found, None))


class Stage:
    """The chat, and everyone in it."""

    def __init__(self, people: int) -> None:
        self.reactor = Reactor()
        self.log = AnsweringLog(self.reactor.seconds)
        limits = Limits(flood=None, per_address=None, per_address_often=None, name_seconds=None)
        self.hub = Hub(self.log, self.reactor, self.reactor.seconds, limits)
        self._factory = ChatFactory(self.hub, ENGLISH)
        self._came = 0
        self.people: list[Socket] = []
        for _ in range(people):
            self._accept()
            self.reactor.turn()
        self.reactor.settle()

    def _accept(self) -> None:
        self._came += 1
        socket = Socket(self.reactor, self._came)
        socket.protocol = self._factory.buildProtocol(socket.getPeer())
        socket.protocol.makeConnection(socket)
        self.people.append(socket)
        socket.comes(b"user%d\r\n" % self._came)

    def _accept_some(self, left: int) -> None:
        until = self.reactor.seconds() + TAKING_IN_SECONDS
        is_time = True
        while left and is_time:
            for _ in range(min(left, ACCEPTED)):
                self._accept()
            left -= min(left, ACCEPTED)
            is_time = self.reactor.seconds() < until
        if left:
            self.reactor.ready.append(lambda: self._accept_some(left))

    def all_send(self, people: int, *lines: bytes) -> None:
        """Let each of so many send lines in one read; `%d` in them is their number."""
        for number, socket in enumerate(self.people[:people]):
            socket.comes(b"".join(line.replace(b"%d", b"%d" % number) + b"\r\n" for line in lines))

    def come(self, many: int) -> None:
        """Let so many come at once."""
        self.reactor.ready.append(lambda: self._accept_some(many))

    def ignore(self, people: int) -> None:
        """Let so many ignore one each who says nothing here."""
        for number, socket in enumerate(self.people[-people:]):
            socket.comes(b"/ignore user%d\r\n" % (2000 + number))

    def are_answered(self, people: int) -> None:
        """Let so many search, and be answered together."""
        self.all_send(2 * PAGE, b"a line about tea")
        self.reactor.settle()
        self.log.found = self._said()
        self.all_send(people, b"/search tea")
        self.reactor.settle()
        self.reactor.took.clear()
        self.reactor.ready.append(self.log.answer)

    def _said(self) -> Sequence[Entry]:
        entries: list[Entry] = []
        self.log.history("lobby", PAGE).addCallback(entries.extend)
        return entries[::-1]


STORMS: dict[str, tuple[Callable[[Stage], object] | None, Callable[[Stage], object]]] = {
    "1,000 are renamed": (None, lambda stage: stage.all_send(1000, b"/nick other%d")),
    "300 are renamed who are in two rooms": (
        lambda stage: stage.all_send(300, b"/join kitchen"),
        lambda stage: stage.all_send(300, b"/nick other%d"),
    ),
    "1,000 come": (None, lambda stage: stage.come(1000)),
    "300 ask /who": (None, lambda stage: stage.all_send(300, b"/who")),
    "20 ask /who ten times": (None, lambda stage: stage.all_send(20, *[b"/who"] * 10)),
    "1,000 say a line, 500 ignore somebody": (
        lambda stage: stage.ignore(500),
        lambda stage: stage.all_send(1000, b"hello to all of you"),
    ),
    "one says 32 lines whom 500 ignore": (
        lambda stage: stage.all_send(501, b"/ignore user1"),
        lambda stage: stage.all_send(1, *[b"hello to all of you"] * 32),
    ),
    "16 say 32 lines whom 500 ignore": (
        lambda stage: stage.all_send(516, *[b"/ignore user%d" % (number + 1) for number in range(16)]),
        lambda stage: stage.all_send(16, *[b"hello to all of you"] * 32),
    ),
    "300 searches are answered": (None, lambda stage: stage.are_answered(300)),
    "300 say 32 lines": (None, lambda stage: stage.all_send(300, *[b"hello to all of you"] * 32)),
    "5,000 say a line": (None, lambda stage: stage.all_send(5000, b"hello to all of you")),
    "500 leave": (None, lambda stage: stage.all_send(500, b"/quit")),
    "the server stops": (None, lambda stage: stage.reactor.ready.append(stage.hub.shut_down)),
}
"""What comes before, of which nothing is measured, and the storm."""


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--people", type=int, default=5000, help="how many are in the room")
    parser.add_argument("--only", default="", help="storms that have these words")
    parser.add_argument("--repeat", type=int, default=3, help="times; the shortest of the longest turns is told")
    arguments = parser.parse_args()
    for name, (before, storm) in STORMS.items():
        if arguments.only not in name:
            continue
        longest: list[tuple[float, int]] = []
        for _ in range(arguments.repeat):
            stage = Stage(arguments.people)
            if before is not None:
                before(stage)
                stage.reactor.settle()
            gc.collect()
            stage.reactor.took.clear()
            storm(stage)
            stage.reactor.settle()
            longest.append((max(stage.reactor.took), len(stage.reactor.took)))
        seconds, turns = min(longest)
        print(f"{name:40} {seconds * 1000:7.1f} ms  {turns:5} turns", flush=True)


if __name__ == "__main__":
    main()
