"""The run `logins`: how late lines by TCP are while many people log in by SSH, whose key exchanges take long.

Those who log in are another process: what it takes to be them must not make the measured lines late. On a machine with
two cores that process shares them with the server and whoever measures, so it begins once all its modules are read and
gives way, and whoever measures sleeps between two lines, without those who log in as with them. When a line came is
what the kernel says, and not when it was read.

They come when they like, as people do. At a steady pace, as lines come, each would come as long after a line as the one
before, and one run would tell of another moment between two lines than the next.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from functools import partial
from typing import Any

from twistchat.bench.arrivals import Arrivals
from twistchat.bench.crowd import Crowd, Visitor
from twistchat.bench.dialects import Dialect, Ssh
from twistchat.bench.latency import Pace, in_milliseconds
from twistchat.bench.servers import Server
from twistchat.bench.stage import Case, Figures, Run, Stage, percentile

LAST_SECONDS = 30.0
"""How long the last of them may take."""

SEED = 1978
"""Of the moments at which they come; the same in every run."""

LAST_PLACE = 19
"""How nice those are who log in (nice(2)) where there is nothing better."""

OPTION = "--ssh=tcp:0:interface=127.0.0.1"


class Guests:
    """People who log in one after another, and leave once they are in."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._begun: dict[Visitor, float] = {}
        self.took: list[float] = []
        """How long each took to be in, in seconds."""

    def run(self, count: int, seconds: float) -> None:
        """Have so many begin within so many seconds, each at a moment of their own, and wait for the last."""
        chance = random.Random(SEED)
        moments = sorted(chance.uniform(0, seconds) for _ in range(count))
        began = time.monotonic()
        while time.monotonic() < began + seconds + LAST_SECONDS and len(self.took) < count:
            now = time.monotonic()
            come = len(self._crowd.members)
            if come < count and now >= began + moments[come]:
                self._begun[self._crowd.connect()] = now
            for member, data in self._crowd.read(0.001):
                self._hear(member, data)

    def _hear(self, member: Visitor, data: bytes) -> None:
        member.begun += data
        if member in self._begun and self._crowd.server.dialect.ready in member.begun:
            self.took.append(time.monotonic() - self._begun.pop(member))
            member.socket.close()


def logins(stage: Stage, people: int, rate: float, count: int, seconds: float, by: str = "ssh") -> Figures:
    """Measure how late lines are, without anybody who logs in and then with them.

    Args:
        stage: The surroundings.
        people: By TCP, one of whom talks.
        rate: Lines a second.
        count: Who log in.
        seconds: Within which all of them begin.
        by: How they do; `tcp` shows what coming and going costs by itself.
    """
    server = stage.server(OPTION)
    address = (server.by_ssh() if by == "ssh" else server).address
    crowd = stage.crowd(server, people, Arrivals() if Arrivals.are_known() else None)
    crowd.sleeps = True
    without = Pace(crowd, crowd.members[0], rate).run(seconds)
    words = [sys.executable, "-m", "twistchat.bench.logins", by, *map(str, (*address, count, seconds))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as guests:
        assert guests.stdin is not None and guests.stdout is not None
        guests.stdout.readline()  # they are ready
        guests.stdin.write("go\n")
        guests.stdin.flush()
        pace = Pace(crowd, crowd.members[0], rate)
        delays = pace.run(2 * seconds + LAST_SECONDS, lambda: guests.poll() is None)
        told, _ = guests.communicate()
    before, after = in_milliseconds(without, " without"), in_milliseconds(delays)
    ratio = float(after["p99 ms"]) / max(float(before["p99 ms without"]), 1e-6)
    return {**before, **after, "p99 ratio": ratio, **json.loads(told), "missing": pace.missing}


def main(words: list[str]) -> None:
    """Log in, and say on standard output how it went; the words are `ssh` or `tcp`, host, port, count and seconds."""
    by, host, port, count, seconds = words
    server = Server("twistchat", (host, int(port)), Ssh() if by == "ssh" else Dialect())
    _wait_for_the_word(by)
    with Crowd(server, "s") as crowd:
        guests = Guests(crowd)
        guests.run(int(count), float(seconds))
    took = sorted(guests.took)
    print(
        json.dumps({"logged in": len(took), "login p50 s": percentile(took, 50), "login p99 s": percentile(took, 99)})
    )


def _wait_for_the_word(by: str) -> None:
    if by == "ssh":  # it takes half a second to read these
        import cryptography.hazmat.primitives.asymmetric.x25519
        import cryptography.hazmat.primitives.ciphers  # noqa: F401
    _give_way()
    print("ready", flush=True)
    sys.stdin.readline()


def _give_way() -> None:
    """Run where nobody else wants to. However nice it is, Linux lets a process go on for some milliseconds."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(LAST_PLACE)


_MANY: dict[str, Any] = {"people": 100, "rate": 100.0, "count": 1000, "seconds": 10.0}

LOGINS = Run(
    "logins",
    "1,000 people log in by SSH within 10 s, and as many by TCP, while 100 by TCP are talked to",
    [
        Case("1000 logins in 10 s", partial(logins, **_MANY)),
        Case("the same by TCP", partial(logins, **_MANY, by="tcp")),
    ],
)

if __name__ == "__main__":
    main(sys.argv[1:])
