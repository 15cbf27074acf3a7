"""Restarts of a real server, as `twistchat restart` does them, and who it is by then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from support.server import PATIENCE_SECONDS, Server

SERVE = (sys.executable, "-m", "twistchat")


def serving(folder: Path, *options: str, **how: Any) -> Server:
    """A server as `twistchat serve` runs it."""
    return Server(folder, *options, command=SERVE, twistd=(), plugin=("serve",), **how)


def restart(server: Server) -> subprocess.CompletedProcess[str]:
    """Ask it to restart, and wait for what comes of it."""
    server.logs("can hold about|stood still")
    words = [*SERVE, "restart", "--state-dir", str(server.folder / "state")]
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=server.folder)


def restarted(server: Server) -> str:
    """Have it restart, and return what is said of that."""
    done = restart(server)
    assert done.returncode == 0, (done, server.output)
    return done.stdout


def who_serves(server: Server) -> int:
    """The process that the lock names."""
    return int((server.folder / "state" / "lock").read_text().split()[0])


def outcome(server: Server) -> dict[str, Any]:
    """What the lock says of the latest restart; empty where there was none."""
    found: dict[str, Any] = json.loads((server.folder / "state" / "lock").read_text().partition("\n")[2] or "{}")
    return found


def signalled(server: Server, number: signal.Signals = signal.SIGUSR2) -> None:
    """Send a signal to whoever serves."""
    os.kill(who_serves(server), number)


def is_alive(process: int) -> bool:
    """Whether there is such a process; one that has ended and that nobody asked for is none."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition: Any) -> None:
    """Wait for something of another process that gives no event."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def servers_on(folder: Path) -> list[int]:
    """The processes that serve on a folder's state."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and is_alive(int(process.name)):
            try:
                words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            except OSError:
                continue
            if str(folder / "state") in words and ("serve" in words or "twistchat" in words):
                found.append(int(process.name))
    return found
