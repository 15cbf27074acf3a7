"""A receiver of calls that is down for an hour, over a restart of the server: is it told everything, in order?

    python tests/outage.py                  # an hour and some minutes, by the machine's own clock
    python tests/outage.py --speed 60       # Debian's faketime: each second of the server's is a sixtieth of one

A real server calls a real receiver. The receiver goes away, a tool says a line each ten seconds, then it is there and
answers 503, and the server is killed (SIGKILL) and started again meanwhile. At last it takes what comes. Every line has
to be taken once or more, in the log's order; a call that is tried again has the same id and body; all are signed.

It prints what came of it, and ends with status 1 where a line is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook
from support.faked import FAKETIME
from support.patience import PATIENCE_SECONDS
from support.programs import Receiver, a_call, a_hook, hook_url
from support.server import ANY, Server, only

from twistchat.calls.places import KEY
from twistchat.wire.calls import secret_of

LINE_SECONDS = 10.0
"""Between two lines, by the server's clock."""


class Outage:
    """The server, its receiver, and the time that both have."""

    def __init__(self, folder: Path, speed: float) -> None:
        self._folder = folder
        self._speed = speed
        self._began = time.monotonic()
        self.receiver = Receiver()
        self.said: list[str] = []
        self._environment = {} if speed == 1 else {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": f"+0 x{speed:g}"}
        a_call(folder, "phone", self.receiver.url)
        self._token = a_hook(folder, "tool")

    def minutes(self) -> float:
        """How long it has gone on, by the server's clock."""
        return (time.monotonic() - self._began) * self._speed / 60

    def starts(self) -> Server:
        """Start the server, or start it again."""
        listen = only("--tcp", ANY, "--web", ANY)
        words = ("--calls-to", "127.0.0.1", "--flood", "off")
        return Server(self._folder, *words, listen=listen, environment=self._environment)

    def says(self, what: str) -> None:
        """Print what happens, with the time."""
        print(f"{self.minutes():5.1f} min: {what}", flush=True)

    def talks(self, server: Server, until: float = 0.0, lines: int = 0) -> None:
        """Say lines until so many minutes are over, and so many at least."""
        begun, url = len(self.said), hook_url(server, self._token)
        while self.minutes() < until or len(self.said) < begun + lines:
            self.said.append(f"line {len(self.said)}")
            with urllib.request.urlopen(url, self.said[-1].encode(), PATIENCE_SECONDS) as answer:
                assert answer.read() == b"ok"
            time.sleep(LINE_SECONDS / self._speed)

    def waits(self, minutes: float) -> None:
        """Wait until the receiver was told the last line, for so long at most."""
        end = self.minutes() + minutes
        while self.minutes() < end and not any(line.endswith(f": {self.said[-1]}") for line in self.receiver.texts()):
            time.sleep(0.2)


Calls = list[tuple[dict[str, str], bytes]]


def verdict(said: list[str], taken: Calls, refused: Calls, secret: str) -> dict[str, Any]:
    """What came of it."""
    lines = [line for _, body in taken for line in json.loads(body)["text"].splitlines()]
    told = [*dict.fromkeys(line.partition(": ")[2] for line in lines)]
    by_id: dict[str, set[bytes]] = {}
    for fields, body in taken + refused:
        at = datetime.fromtimestamp(int(fields["webhook-timestamp"]), UTC)
        assert Webhook(secret).sign(fields["webhook-id"], at, body.decode()) == fields["webhook-signature"]
        by_id.setdefault(fields["webhook-id"], set()).add(body)
    return {
        "said": len(said),
        "told": len(told),
        "missing": len({*said} - {*told}),
        "in order": told == [line for line in said if line in {*told}],
        "told twice": len(lines) - len(told),
        "requests": f"{len(taken)} taken, {len(refused)} answered 503",
        "ids": len(by_id),
        "ids with two bodies": sum(len(bodies) > 1 for bodies in by_id.values()),
    }


def run(folder: Path, speed: float, outage: float, restart: float) -> int:
    """Run it; returns the exit status."""
    stage = Outage(folder, speed)
    with stage.starts() as server:
        with stage.receiver.listens():
            stage.talks(server, lines=3)
            stage.waits(1)
        stage.says("the receiver is gone")
        gone, before = stage.minutes(), len(stage.receiver.got)
        stage.talks(server, gone + restart * 5 / 6)
        with stage.receiver.listens():
            stage.receiver.status = 503
            stage.says("it is there, and answers 503")
            stage.talks(server, gone + restart)
            server.process.kill()
            stage.says("the server is killed, and started again")
            with stage.starts() as again:
                stage.talks(again, gone + outage)
                until = len(stage.receiver.got)
                stage.receiver.status = 200
                stage.says("the receiver takes what comes")
                stage.waits(32)
                stage.says("the last line has come, or is not waited for")
    got = stage.receiver.got
    found = verdict(
        stage.said, got[:before] + got[until:], got[before:until], secret_of((folder / "state" / KEY).read_bytes(), 1)
    )
    print("\n".join(f"{name}: {value}" for name, value in found.items()))
    return int(bool(found["missing"] or found["ids with two bodies"] or not found["in order"]))


def main() -> int:
    """Read the command line and run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster the server's clock goes")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the receiver is gone")
    parser.add_argument("--restart", type=float, default=48.0, help="after how many of them the server is killed")
    given = parser.parse_args()
    if given.speed != 1 and not FAKETIME:
        print("--speed needs libfaketime (Debian: faketime).", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), given.speed, given.minutes, given.restart)


if __name__ == "__main__":
    sys.exit(main())
