"""The runs `slow` and `flood`: what one peer who does not read, or one who never stops, costs the others."""

from __future__ import annotations

import contextlib
import time
from functools import partial

from twistchat.bench import machine
from twistchat.bench.crowd import Crowd, Visitor
from twistchat.bench.latency import Pace, in_milliseconds
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.servers import Server
from twistchat.bench.stage import Case, Figures, Run, Stage

MOST_SECONDS = 60.0
"""How long the slow ones may take to be let go."""

RECEIVE_BUFFER = 4096
"""Bytes that the kernel keeps for a slow member, so that the server's own backlog fills soon."""

SIP_BYTES = 1024
"""What the one who reads a little reads each second."""

_LONG = b"|" + b"a long line, so that who does not read it falls behind. " * 15


class Slow:
    """Two members: one never reads, one reads a kilobyte a second. Also watches the server's memory."""

    def __init__(self, crowd: Crowd, server: Server) -> None:
        self._server = server
        self._sipping = crowd.connect(watched=False, receive_buffer=RECEIVE_BUFFER)
        self.members = (crowd.connect(watched=False, receive_buffer=RECEIVE_BUFFER), self._sipping)
        self._next = 0.0
        self.most_memory = self._memory()

    def _memory(self) -> int:
        return 0 if self._server.pid is None else machine.resident_bytes(self._server.pid)

    def are_there(self) -> bool:
        """Read a little, once a second, and tell whether the server still keeps one of them."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 1.0
            self.most_memory = max(self.most_memory, self._memory())
            with contextlib.suppress(OSError):
                self._sipping.socket.recv(SIP_BYTES)
            return not all(is_let_go(self._server, member) for member in self.members)
        return True


def is_let_go(server: Server, member: Visitor) -> bool:
    """Whether the server's log gives the reason for which a member is gone."""
    return f"'{member.name}' let go" in server.said()


def slow(stage: Stage, people: int, rate: float) -> Figures:
    """Measure how late lines are with two slow members, until these are let go, and then for as long without them.

    Args:
        stage: The surroundings.
        people: The others.
        rate: Lines a second.

    Raises:
        CannotMeasure: The server runs already, so that its log, which has the reasons, cannot be read.
    """
    server = stage.server()
    if server.output is None:
        raise CannotMeasure("The run slow reads the server's log: leave --server out.")
    crowd = stage.crowd(server, people)
    slow = Slow(crowd, server)
    crowd.settle()
    pace = Pace(crowd, crowd.members[0], rate, _LONG)
    memory, began = slow.most_memory, time.monotonic()
    with_them = pace.run(MOST_SECONDS, slow.are_there)
    took = time.monotonic() - began
    named = [is_let_go(server, member) for member in slow.members]
    crowd.settle()
    without = Pace(crowd, crowd.members[0], rate, _LONG).run(took)
    return {
        **in_milliseconds(without, " without"),
        **in_milliseconds(with_them),
        "slow ones gone": sum(named),
        "after s": took,
        "memory grew MiB": (slow.most_memory - memory) / 1024**2,
        "missing": pace.missing,
    }


def flood(stage: Stage, people: int, rate: float) -> Figures:
    """Measure how late others' lines are while one member sends as fast as the wire takes it, flood control off.

    Args:
        stage: The surroundings.
        people: Members of the room.
        rate: Lines a second of one of the others.
    """
    server = stage.server()
    crowd = stage.crowd(server, people)
    before = Pace(crowd, crowd.members[0], rate).run(stage.settings.seconds)
    flooder = crowd.members[-1]
    flooded = [0]

    def send() -> bool:
        with contextlib.suppress(BlockingIOError):
            flooded[0] += flooder.socket.send(b"over and over again, without end\n" * 100)
        return True

    pace = Pace(crowd, crowd.members[0], rate)
    after = pace.run(stage.settings.seconds, send)
    return {
        **in_milliseconds(before, " without"),
        **in_milliseconds(after),
        "flooded KiB/s": flooded[0] / 1024 / stage.settings.seconds,
        "missing": pace.missing,
    }


SLOW = Run(
    "slow",
    "one member never reads and one reads 1 KB/s, while others talk",
    [Case("100 people, 500 lines/s", partial(slow, people=100, rate=500))],
)

FLOOD = Run(
    "flood",
    "one member talks at wire speed, flood control off, while others talk",
    [Case(f"{people} people, 100 lines/s", partial(flood, people=people, rate=100)) for people in (5, 20, 100)],
)
