"""The run `latency`: how late lines arrive that come at a steady pace."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial

from twistchat.bench.crowd import Crowd, Visitor
from twistchat.bench.stage import Case, Figures, Meter, Run, Stage, percentile

DRAIN_SECONDS = 30.0

SPIN_SECONDS = 0.002
"""So near to the next line the generator does not sleep, as the kernel would wake it a millisecond late."""

_WORDS = b"|a line as people write them, of forty "


class Pace:
    """One member talks at a steady pace; each delivery's delay is kept, at everyone else.

    A delay counts from the moment that the line was due, so that a server that stalls does not hide it.
    """

    def __init__(self, crowd: Crowd, talker: Visitor, rate: float, text: bytes = _WORDS) -> None:
        """Prepare to talk.

        Args:
            crowd: Everyone.
            talker: Who talks.
            rate: Lines a second.
            text: What is said; it holds the mark.
        """
        self._crowd = crowd
        self._talker = talker
        self._rate = rate
        self._text = text
        self._due: list[float] = []
        self._delays = array("d")
        self._heard_before = sum(crowd.counts.values())

    def run(self, seconds: float, meanwhile: Callable[[], bool] = lambda: True) -> Sequence[float]:
        """Talk for so long, then wait for the last lines.

        Args:
            seconds: How long.
            meanwhile: Called all the time; ends the talking once it is false.

        Returns:
            The delays in seconds, sorted.
        """
        listeners = {fd: partial(self._heard, fd, count) for fd, count in self._crowd.counts.items()}
        listeners.pop(self._talker.fd)
        self._crowd.watch(listeners)
        began = time.perf_counter()
        while time.perf_counter() < began + seconds and meanwhile():
            due = began + len(self._due) / self._rate
            wait = due - time.perf_counter()
            if wait <= 0:
                self._due.append(due)
                self._crowd.say(self._talker, self._text)
            self._crowd.round(max(0.0, wait - SPIN_SECONDS))
        self.missing = self._crowd.hear(self._heard_before + self.expected, DRAIN_SECONDS)
        return sorted(self._delays)

    @property
    def expected(self) -> int:
        """Deliveries that there ought to be."""
        hearing = len(self._crowd.counts) - (not self._crowd.server.dialect.echoes)
        return len(self._due) * hearing

    def _heard(self, fd: int, before: int, marks: int, _size: int) -> None:
        arrivals = self._crowd.arrivals
        now = time.perf_counter() if arrivals is None else arrivals.latest
        last = self._crowd.counts[fd] - before
        self._delays.extend(now - due for due in self._due[last - marks : last])


def in_milliseconds(delays: Sequence[float], suffix: str = "") -> Figures:
    """The percentiles that are reported, of sorted delays in seconds."""
    return {f"p{percent:g} ms{suffix}": percentile(delays, percent) * 1000 for percent in (50, 99, 99.9)}


def latency(stage: Stage, people: int, rate: float) -> Figures:
    """Measure how late each delivery is.

    Args:
        stage: The surroundings.
        people: Members of the room; one of them talks.
        rate: Lines a second.
    """
    server = stage.server()
    crowd = stage.crowd(server, people)
    meter = Meter(server, crowd)
    pace = Pace(crowd, crowd.members[0], rate)
    delays = pace.run(stage.settings.seconds)
    figures = meter.read(pace.expected - pace.missing)
    del figures["deliveries/s"]
    figures.pop("limit", None)  # it spins on purpose
    return {**in_milliseconds(delays), **figures, "missing": pace.missing}


LATENCY = Run(
    "latency",
    "how late lines are that come at a steady pace to 100 people",
    [Case(f"100 people, {rate} lines/s", partial(latency, people=100, rate=rate), 100) for rate in (100, 1000)],
    ("p50 ms", "p99 ms", "p99.9 ms"),
)
