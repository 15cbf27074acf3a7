"""A real Redis on a Unix socket in a folder of its own; tests that need one are skipped where there is none."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from support.patience import PATIENCE_SECONDS

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")

WHY_NOT = "no redis-server or valkey-server on the PATH: apt-get install redis-server"


class Redis:
    """A server of its own, which can be killed and started again."""

    def __init__(self, *options: str, port: int = 0) -> None:
        """Start it.

        Args:
            options: Further options; without any nothing is kept on the disk.
            port: A TCP port beside the socket.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="tc"))  # a socket's path is 107 characters long at most
        self.path = self.folder / "r"
        self._options = ["--port", str(port), "--unixsocket", str(self.path), "--dir", str(self.folder)]
        self._options += options or ("--save", "", "--appendonly", "no")
        self.start()

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        assert PROGRAM is not None
        self.process = subprocess.Popen([PROGRAM, *self._options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if self.call("PING") == "PONG":
                    return
            except (OSError, EOFError):
                assert time.monotonic() < deadline and self.process.poll() is None, "redis-server does not answer"
                time.sleep(0.01)

    def call(self, *words: str | bytes | int) -> Any:
        """Ask something by a connection of its own."""
        with self.connected() as connection:
            return connection.call(*words)

    def connected(self) -> Connection:
        """A connection that answers at once."""
        return Connection(self.path)

    def kill(self) -> None:
        """Kill it, as if its machine had failed."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def sleep(self) -> None:
        """Stop it where it is."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wake()
        self.kill()
        shutil.rmtree(self.folder)


class Connection:
    """One connection, with answers waited for."""

    def __init__(self, path: Path) -> None:
        import hiredis

        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_SECONDS)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._pack = hiredis.pack_command
        self._reader = hiredis.Reader(encoding="utf-8", errors="backslashreplace")

    def call(self, *words: str | bytes | int) -> Any:
        """Ask something; an error is what it is answered with."""
        self._socket.sendall(self._pack(words))
        while (reply := self._reader.gets()) is False:
            more = self._socket.recv(65536)
            if not more:
                raise EOFError
            self._reader.feed(more)
        return reply

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture(scope="module")
def redis_process() -> Iterator[Redis]:
    """One for a file of tests."""
    if PROGRAM is None:
        pytest.skip(WHY_NOT)
    pytest.importorskip("hiredis")
    with Redis() as running:
        yield running


@pytest.fixture
def redis(redis_process: Redis) -> Redis:
    """One that has nothing in it."""
    redis_process.call("FLUSHALL")
    redis_process.call("SCRIPT", "FLUSH")
    return redis_process
