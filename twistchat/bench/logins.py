"""The run `logins`: how late lines by TCP are while many people log in by SSH, whose key exchanges take long.

Those who log in are another process: what it takes to be them must not make the measured lines late.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial

from twistchat.bench.crowd import Crowd, Visitor
from twistchat.bench.dialects import Ssh
from twistchat.bench.latency import Pace, in_milliseconds
from twistchat.bench.servers import Server
from twistchat.bench.stage import Case, Figures, Run, Stage, percentile

LAST_SECONDS = 30.0
"""How long the last of them may take."""

OPTION = "--ssh=tcp:0:interface=127.0.0.1"


class Guests:
    """People who log in by SSH one after another, and leave once they are in."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._begun: dict[Visitor, float] = {}
        self.took: list[float] = []
        """How long each took to be in, in seconds."""

    def run(self, count: int, seconds: float) -> None:
        """Have so many begin within so many seconds, at a steady pace, and wait for the last."""
        began = time.monotonic()
        while time.monotonic() < began + seconds + LAST_SECONDS and len(self.took) < count:
            now = time.monotonic()
            if len(self._crowd.members) < count and now >= began + len(self._crowd.members) * seconds / count:
                self._begun[self._crowd.connect()] = now
            for member, data in self._crowd.read(0.001):
                self._hear(member, data)

    def _hear(self, member: Visitor, data: bytes) -> None:
        member.begun += data
        if member in self._begun and self._crowd.server.dialect.ready in member.begun:
            self.took.append(time.monotonic() - self._begun.pop(member))
            member.socket.close()


def logins(stage: Stage, people: int, rate: float, count: int, seconds: float) -> Figures:
    """Measure how late lines are, without anybody who logs in by SSH and then with them.

    Args:
        stage: The surroundings.
        people: By TCP, one of whom talks.
        rate: Lines a second.
        count: Who log in.
        seconds: Within which all of them begin.
    """
    server = stage.server(OPTION)
    address = server.by_ssh().address
    crowd = stage.crowd(server, people)
    without = Pace(crowd, crowd.members[0], rate).run(seconds)
    words = [sys.executable, "-m", "twistchat.bench.logins", *map(str, (*address, count, seconds))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as guests:
        pace = Pace(crowd, crowd.members[0], rate)
        delays = pace.run(2 * seconds + LAST_SECONDS, lambda: guests.poll() is None)
        told, _ = guests.communicate()
    before, after = in_milliseconds(without, " without"), in_milliseconds(delays)
    ratio = float(after["p99 ms"]) / max(float(before["p99 ms without"]), 1e-6)
    return {**before, **after, "p99 ratio": ratio, **json.loads(told), "missing": pace.missing}


def main(words: list[str]) -> None:
    """Log in, and say on standard output how it went; the words are host, port, count and seconds."""
    host, port, count, seconds = words
    with Crowd(Server("twistchat", (host, int(port)), Ssh()), "s") as crowd:
        guests = Guests(crowd)
        guests.run(int(count), float(seconds))
    took = sorted(guests.took)
    print(
        json.dumps({"logged in": len(took), "login p50 s": percentile(took, 50), "login p99 s": percentile(took, 99)})
    )


LOGINS = Run(
    "logins",
    "1,000 people log in by SSH within 10 s, while 100 by TCP are talked to",
    [Case("1000 logins in 10 s", partial(logins, people=100, rate=100.0, count=1000, seconds=10.0))],
)

if __name__ == "__main__":
    main(sys.argv[1:])
