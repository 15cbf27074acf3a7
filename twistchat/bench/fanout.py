"""The runs `fanout` and `udp`: how many lines reach how many people, each delivery counted at each member."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from functools import partial

from twistchat.bench.crowd import Crowd, Visitor
from twistchat.bench.servers import Server
from twistchat.bench.stage import Case, Figures, Meter, Run, Stage

DRAIN_SECONDS = 30.0
"""How long the last lines may take."""

STALL_SECONDS = 0.25
"""Silence after which datagrams in flight are taken for lost, and their talkers go on."""

_WORDS = b"a line as people write them, of forty"
_TALKER = re.compile(rb"([0-9]+)\|")


class Chatter:
    """Some members talk, each with one line in flight; one who listens says when it has arrived."""

    def __init__(self, crowd: Crowd, talking: int, lines: int, seconds: float) -> None:
        self._sent = [0] * talking
        self._crowd = crowd
        listener, self._talkers = chosen(crowd.members, talking)
        self._lines = lines
        self._ends = time.monotonic() + seconds
        self._unheard = dict.fromkeys(range(talking), 0)
        self._tail = b""
        self._latest = 0.0
        crowd.watch({listener.fd: self._heard})

    @property
    def sent(self) -> int:
        """Lines that were said."""
        return sum(self._sent)

    def said(self) -> Iterator[tuple[Visitor, int]]:
        """Who said how many."""
        return zip(self._talkers, self._sent, strict=True)

    def run(self) -> None:
        """Talk until the time is over."""
        for number in range(len(self._talkers)):
            self._say(number)
        while time.monotonic() < self._ends:
            self._crowd.round(STALL_SECONDS)
            if self._crowd.server.dialect.datagrams and time.monotonic() > self._latest + STALL_SECONDS:
                for number in [n for n, unheard in self._unheard.items() if unheard]:
                    self._say(number)

    def _say(self, number: int) -> None:
        if time.monotonic() < self._ends:
            self._latest = time.monotonic()
            self._sent[number] += self._lines
            self._unheard[number] = self._lines
            self._crowd.say(self._talkers[number], b"%d|%s" % (number, _WORDS), self._lines)

    def _heard(self, _marks: int, size: int) -> None:
        data = self._tail + bytes(self._crowd.buffer[:size])
        end = data.rfind(b"|") + 1
        self._tail = data[end:]
        for found in _TALKER.finditer(data, 0, end):
            number = int(found[1])
            self._unheard[number] -= 1
            if not self._unheard[number]:
                self._say(number)


def chosen(members: Sequence[Visitor], talking: int) -> tuple[Visitor, list[Visitor]]:
    """One who listens, from the middle, as servers deliver in some order of coming; and talkers from everywhere."""
    middle = len(members) // 2
    others = [*members[:middle], *members[middle + 1 :]]
    return members[middle], [others[number * len(others) // talking] for number in range(talking)]


def fanout(stage: Stage, people: int, talking: int, lines: int = 1) -> Figures:
    """Measure talking in a room.

    Args:
        stage: The surroundings.
        people: Members of the room, at least one more than talk.
        talking: Those of them who talk.
        lines: Lines that a talker sends at once.
    """
    return _measured(stage, stage.server(), people, talking, lines)


def udp(stage: Stage, people: int, talking: int) -> Figures:
    """Measure talking by datagrams, counting those that were lost."""
    return _measured(stage, stage.server().by_datagrams(), people, talking, 1)


def _measured(stage: Stage, server: Server, people: int, talking: int, lines: int) -> Figures:
    crowd = stage.crowd(server, people)
    meter = Meter(server, crowd)
    chatter = Chatter(crowd, talking, lines, stage.settings.seconds)
    chatter.run()
    expected = chatter.sent * (people if server.dialect.echoes else people - 1)
    missing = crowd.hear(expected, STALL_SECONDS if server.dialect.datagrams else DRAIN_SECONDS)
    return {**meter.read(expected - missing), "sent": chatter.sent, "missing": missing}


def _cases() -> list[Case]:
    hundred = [Case(f"100 people, {n} talking", partial(fanout, people=100, talking=n), 100) for n in (1, 10, 90)]
    burst = Case("100 people, bursts of 100", partial(fanout, people=100, talking=1, lines=100), 100)
    large = [Case(f"{n} people, 10 talking", partial(fanout, people=n, talking=10), n) for n in (1000, 5000)]
    return [*hundred, burst, *large]


FANOUT = Run(
    "fanout",
    "lines to everyone in a room, with 1, 10 or 90 of 100 talking, in bursts, and to 1,000 and 5,000",
    _cases(),
    ("deliveries/CPU-s", "deliveries/s"),
)

UDP = Run(
    "udp",
    "the same by datagrams, with losses counted",
    [Case(f"100 people, {n} talking", partial(udp, people=100, talking=n), 100) for n in (1, 10, 90)],
)
