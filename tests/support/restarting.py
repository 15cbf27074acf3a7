"""Restarts of a real server, as `twistchat restart` does them, and who it is by then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from support.patience import PATIENCE_SECONDS, doings
from support.server import LineClient, Server

SERVE = (sys.executable, "-m", "twistchat")


class Restarting(Server):
    """A server of which no process outlives the test: the one that was started may be the keeper of others by then."""

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for process in servers_on(self.folder):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def serving(folder: Path, *options: str, **how: Any) -> Server:
    """A server as `twistchat serve` runs it."""
    return Restarting(folder, *options, command=SERVE, twistd=(), plugin=("serve",), **how)


def restart(server: Server) -> subprocess.CompletedProcess[str]:
    """Ask it to restart, and wait for what comes of it."""
    server.logs("can hold about|stood still")
    words = [*SERVE, "restart", "--state-dir", str(server.folder / "state")]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS, cwd=server.folder)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"nothing came of it:\n{server.output}\n{doings(server.folder)}") from None


def restarted(server: Server) -> str:
    """Have it restart, and return what is said of that."""
    done = restart(server)
    assert done.returncode == 0, f"{done}\n{server.output}\n{doings(server.folder)}"
    return done.stdout


def who_serves(server: Server) -> int:
    """The process that the lock names."""
    return int((server.folder / "state" / "lock").read_text().split()[0])


def outcome(server: Server) -> dict[str, Any]:
    """What the lock says of the latest restart; empty where there was none, or where it is just being written."""
    found: dict[str, Any] = {}
    with suppress(ValueError):
        found = json.loads((server.folder / "state" / "lock").read_text().partition("\n")[2] or "{}")
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
        assert time.monotonic() < deadline, doings(Path("twistchat"))  # all servers that there are
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


class Talker:
    """Somebody who says one numbered line after another."""

    def __init__(self, ada: LineClient, pause: float = 0.005) -> None:
        self._ada = ada
        self._pause = pause
        self.said = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._talk)

    def _talk(self) -> None:
        while not self._is_over:
            self._ada.says(f"talk {self.said}.")
            self.said += 1
            time.sleep(self._pause)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()

    @property
    def lines(self) -> list[str]:
        return [f"talk {number}." for number in range(self.said)]


def talked(text: str) -> list[str]:
    """The numbered lines in what somebody got, in their order."""
    return [f"talk {rest.partition('.')[0]}." for rest in text.split("talk ")[1:]]


def still_has(client: LineClient, wanted: str) -> str:
    """Wait for some text, and return all that ever came, which is kept."""
    client.text = client.hears(wanted) + client.text
    return client.text


FAULTS = """
import os, signal, sys, time
fault = open(os.environ["TEST_FAULT"]).read().strip() if os.path.exists(os.environ.get("TEST_FAULT", "")) else ""
is_new = "TWISTCHAT_SUCCESSION" in os.environ
serves = sys.argv[:1] == ["-m"] or "serve" in sys.orig_argv
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
def fail(*_, **__): raise RuntimeError("as the test wants it")
if serves and is_new and fault == "import":
    sys.modules["twistchat.service"] = None
elif serves and is_new and fault:
    from twistchat.succession import successor
    from twistchat.log.sqlite import SqliteLog
    New, Channel = successor.Successor, successor.Channel
    if fault == "silent": New.wait_for_letter = lambda self: time.sleep(600)
    if fault == "killed before READY": New.wait_for_letter = die
    if fault == "killed after READY": Channel.take = die
    if fault == "migration": SqliteLog.check = fail
    if fault == "killed in migration": SqliteLog.check = die
    if fault == "ports": New.take_ports = fail
    if fault == "people": New._have_one_back = fail
    if fault.startswith("newer"):
        from twistchat.log import schema
        schema.prepare.__defaults__ = ((*schema.STEPS, ("ALTER TABLE entries ADD COLUMN mood TEXT",)),)
    if fault == "newer, and people": New._have_one_back = fail
    if fault == "killed with people": New._have_one_back = die
    if fault == "killed before TAKEN": New.wait_for_go = die
    if fault == "killed before GO": New.wait_for_go = lambda self: (self.channel.say("TAKEN"), die())
    if fault == "killed after GO": New.begin = die
    if fault == "silent with all": New.wait_for_go = lambda self: time.sleep(600)
    if fault.startswith("fills "):
        take = New.take_ports
        def fill(self, services):
            full = open(fault.partition(" ")[2], "wb", buffering=0)
            try:
                while True: full.write(bytes(4096))
            except OSError: take(self, services)
        New.take_ports = fill
    if fault == "slow":
        had = New.have_back
        def slowly(self, *args):
            time.sleep(1)
            had(self, *args)
        New.have_back = slowly
elif serves:
    from twistchat.succession import predecessor
    class Patient(predecessor.HandOver):  # with whoever says something: a machine may stand still
        async def do(self):
            now = open(os.environ["TEST_FAULT"]).read() if os.path.exists(os.environ["TEST_FAULT"]) else ""
            predecessor.READY_SECONDS = 2.0 if now == "silent" else 30.0
            predecessor.TAKE_SECONDS = 2.0 if now == "silent with all" else 30.0
            await super().do()
    from twistchat.succession import restarts
    restarts.HandOver = Patient
    said = predecessor.Channel.say
    def say(self, word):
        if word == "GO" and os.path.exists(os.environ["TEST_FAULT"]) and open(os.environ["TEST_FAULT"]).read() == "GO":
            die()
        said(self, word)
    predecessor.Channel.say = say
"""
"""Run by Python as it starts, in every process of a server: what goes wrong is in a file, and changes meanwhile."""


def with_faults(folder: Path) -> dict[str, str]:
    """What a server's environment needs so that things go wrong as `folder / "fault"` says."""
    (folder / "faults").mkdir()
    (folder / "faults" / "sitecustomize.py").write_text(FAULTS)
    paths = [str(folder / "faults"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths), "TEST_FAULT": str(folder / "fault")}
