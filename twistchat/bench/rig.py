"""Several servers and their Redis, as processes that a run kills and starts again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from twistchat.bench.crash import end
from twistchat.bench.forked import forked
from twistchat.bench.ports import free_port
from twistchat.bench.refusals import CannotMeasure
from twistchat.interfaces.table import INTERFACES
from twistchat.log.sqlite import LOG_FILE

START_SECONDS = 60.0
"""On a busy machine."""

PERSISTENCE = {
    "none": ("--save", "", "--appendonly", "no"),
    "no": ("--save", "", "--appendonly", "yes", "--appendfsync", "no"),
    "always": ("--save", "", "--appendonly", "yes", "--appendfsync", "always"),
}
"""What Redis keeps on the disk, by `appendfsync`."""

DOWN_MILLISECONDS = 1000
"""After which a Sentinel takes a master for dead."""

PATIENCE_SECONDS = 120.0
"""How long servers may take to come to terms with their Redis on a busy machine.

Where that stood still for two seconds the Sentinel does nothing for thirty (TILT, as Redis's documentation has it)."""


def wait_for_port(port: int, what: str) -> None:
    """Wait until something listens.

    Raises:
        CannotMeasure: Nothing does.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        if time.monotonic() > deadline:
            raise CannotMeasure(f"{what} does not come up.")
        time.sleep(0.005)


class RedisProcess:
    """One Redis, or one Sentinel."""

    def __init__(self, folder: Path, options: Sequence[str], sentinel: str = "") -> None:
        """Start it.

        Args:
            folder: Its own.
            options: Those of its command line.
            sentinel: The text of a Sentinel's configuration, to be one.

        Raises:
            CannotMeasure: There is no redis-server, or it does not start.
        """
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            raise CannotMeasure("there is no redis-server on the PATH: apt-get install redis-server.")
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._words = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), *options]
        if sentinel:
            config = folder / "sentinel.conf"
            config.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n{sentinel}")
            self._words = [program, str(config), "--sentinel"]
        self.start()

    def start(self, *more: str) -> None:
        """Start it, or start it again."""
        self.process = subprocess.Popen([*self._words, *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port, "redis-server")

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def ask(self, *words: str) -> str:
        """What it answers, as it writes that; nothing where it hangs up, as one does that becomes a replica."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), START_SECONDS) as asked:
            asked.sendall((" ".join(words) + "\r\n").encode())
            return asked.recv(65536).decode("utf-8", "replace")
        return ""


class ServerProcess:
    """One server of several, forked from this process."""

    def __init__(self, folder: Path, name: str, cluster: str, options: Sequence[str] = ()) -> None:
        """Start it.

        Args:
            folder: Where its own folder is, or will be.
            name: What it is called.
            cluster: Where its Redis is; `off` for none.
            options: Further options of `twistchat serve`.
        """
        self.folder = folder / name
        self.name = name
        self.port = free_port()
        listen = [f"--{row.name}=off" for row in INTERFACES if row.name != "tcp"]
        self._options = [f"--state-dir={self.folder}", f"--tcp=tcp:{self.port}:interface=127.0.0.1", *listen]
        self._options += [f"--cluster={cluster}", f"--node={name}", "--lease=5s", "--flood=off", "--history=off"]
        self._options += ["--per-private-address=off", *options]
        self.pid = 0
        self.start()

    def start(self) -> None:
        """Start it, or start it again on its folder."""
        self.pid = forked(self.folder.with_suffix(".output"), self._options)
        wait_for_port(self.port, self.name)

    def said(self, most: int = 8) -> str:
        """The newest lines of what it has told its operator."""
        lines = self.folder.with_suffix(".output").read_text("utf-8", "replace").splitlines()
        return "\n".join(f"{self.name}: {line}" for line in lines[-most:])

    def kill(self) -> None:
        """Kill it."""
        end(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        end(self.pid, signal.SIGTERM)


def cluster_entries(folder: Path) -> list[tuple[object, ...]]:
    """What a server's copy has: number, room, kind, name and text."""
    with closing(sqlite3.connect(folder / LOG_FILE)) as db:
        return db.execute("SELECT number, room, kind, name, text FROM entries ORDER BY number").fetchall()


def cpu_seconds(*pids: int) -> float:
    """The processor time that processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
