"""Run by any Python where there is a bundle: serves and joins from it, and prints when the first line was read.

python firstmessage.py BUNDLE STATE-DIR
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = "tcp:0:interface=127.0.0.1"

STILL_SECONDS = 0.5
"""By which a sleep is too long only where the machine stands still: these processes come first."""


def main(bundle: str, state: str) -> None:
    """Serve, join twice, and let one say something to the other."""
    began, stood = time.monotonic(), StoodStill()
    stood.start()
    log = Path(state + ".log")
    ways = [word for way in ("--tcp", "--web", "--admin") for word in (way, HERE)]
    with log.open("w") as out:
        command = [sys.executable, bundle, "serve", *ways, "--udp", "off", "--state-dir", state]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        port = until(server, log, r"tcp: listening on \S+ port (\d+)")
        address = f"127.0.0.1:{port}"
        hears = subprocess.Popen(
            [sys.executable, bundle, "join", "--plain", "--stay", "--nick", "bob", address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        says = [sys.executable, bundle, "join", "--plain", "--nick", "ada", address]
        subprocess.run(says, input="hello from the stick\n", text=True, check=True, stdout=subprocess.DEVNULL)
        assert hears.stdout is not None
        assert any("hello from the stick" in line for line in hears.stdout)
        passed = time.monotonic() - began - stood.seconds
        hears.terminate()
        hears.wait()
    finally:
        server.terminate()
        server.wait()
        print(log.read_text())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"first message: {passed:.1f} s, of which {used.ru_utime + used.ru_stime:.1f} s computing")


class StoodStill(threading.Thread):
    """How long this machine has stood still, which is no time of the program's: a short sleep took as long."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds = 0.0

    def run(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(0.05)
            slept = time.monotonic() - began
            self.seconds += slept if slept > STILL_SECONDS else 0.0


def until(server: subprocess.Popen[bytes], log: Path, pattern: str) -> str:
    """Wait until the log has something."""
    while server.poll() is None:
        found = re.search(pattern, log.read_text())
        if found:
            return found[1]
        time.sleep(0.02)
    raise SystemExit("the server ended")


if __name__ == "__main__":
    main(*sys.argv[1:])
