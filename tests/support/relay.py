"""A bad network in memory: it drops, repeats and reorders, by a seed, with a clock of its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

from twistchat.wire.numbered import Stream, parse_data

LATENCY = 0.02
OVERTAKEN = (0.02, 0.12)
"""How much later, in seconds, a datagram comes that others overtake."""


class Loss:
    """Decides about each datagram."""

    def __init__(self, seed: int, drop: float = 0.2, repeat: float = 0.05, reorder: float = 0.1) -> None:
        self.random = Random(seed)
        self.drop, self.repeat, self.reorder = drop, repeat, reorder

    def delays(self) -> list[float]:
        """When it arrives, in seconds from now: never, once or twice."""
        if self.random.random() < self.drop:
            return []
        copies = 2 if self.random.random() < self.repeat else 1
        return [LATENCY + self._extra() for _ in range(copies)]

    def _extra(self) -> float:
        return self.random.uniform(*OVERTAKEN) if self.random.random() < self.reorder else 0.0


class Network:
    """Two streams with a bad network between them."""

    def __init__(self, loss: Loss) -> None:
        self.now = 0.0
        self.loss = loss
        self.ends = (Stream("t" * 16, 0.0), Stream("t" * 16, 0.0))
        self.sent = [0, 0]
        """Datagrams that each end has sent, of every kind."""
        self.got = [bytearray(), bytearray()]
        self.reading = [True, True]
        self._order = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, time: float, call: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self._events, (time, next(self._order), call))

    def write(self, end: int, data: bytes) -> None:
        """One end writes."""
        self.ends[end].write(data)
        self.pump(end)

    def pump(self, end: int) -> None:
        """Do what whoever has the socket does."""
        stream = self.ends[end]
        while self.reading[end] and (data := stream.read(self.now)):
            self.got[end] += data
        for packet in stream.datagrams(self.now):
            self.sent[end] += 1
            assert len(packet) <= 1024
            for delay in self.loss.delays():
                self.at(self.now + delay, lambda packet=packet: self._arrive(1 - end, packet))  # type: ignore[misc]
        wake = stream.next_time(self.now)
        if wake is not None:
            self.at(max(wake, self.now + 0.001), lambda: self._wake(end))

    def _wake(self, end: int) -> None:
        wake = self.ends[end].next_time(self.now)
        if wake is not None and wake <= self.now:
            self.pump(end)

    def _arrive(self, end: int, packet: bytes) -> None:
        self.ends[end].receive(parse_data(packet), self.now)
        self.pump(end)

    def run(self, until: float = 3600.0) -> None:
        """Let time pass until nothing more happens."""
        while self._events and self._events[0][0] <= until:
            self.now, _, call = heapq.heappop(self._events)
            call()
