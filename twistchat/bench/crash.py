"""Kill a server at any moment, again and again: whatever anybody saw must be in its log, once, in the same order.

A real server with real clients, by TCP and by UDP, that talk as fast as they can. It is killed with SIGKILL at a random
moment, and started anew on the same folder. Each server is forked from this process, which has imported its code but
runs no reactor: starting takes a tenth of a second, so that a kill costs less than one.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import select
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from twistchat.bench.forked import forked
from twistchat.bench.ports import free_port
from twistchat.bench.refusals import CannotMeasure
from twistchat.interfaces.table import INTERFACES
from twistchat.log.exporting import exported
from twistchat.log.sqlite import LOG_FILE

START_SECONDS = 60.0
LOGIN_SECONDS = 30.0

SHORTEST_LIFE = 0.02
LONGEST_LIFE = 0.2
"""Seconds of talk before a kill: some tens to some thousands of commits."""

UNHEARD = 200
"""Own lines that a talker has not heard back when it stops to listen: the fastest without a queue of seconds."""

LOST_SECONDS = 0.1
"""Datagrams that were not heard back for so long were dropped on the way."""

DATAGRAMS_AT_ONCE = 5

_SAID = re.compile(r"([a-z0-9]+) ?: (\1-[0-9]+-[0-9]+)")


class Eyewitness:
    """One client: says numbered lines, and remembers those that it receives in their order."""

    def __init__(self, name: str, life: int) -> None:
        self.name = name
        self.received: list[str] = []
        self._life = life
        self._said = 0

    def next_line(self) -> str:
        """Something that nobody has ever said."""
        self._said += 1
        return f"{self.name}-{self._life}-{self._said}"

    def hear(self, lines: Sequence[str]) -> int:
        """Remember the lines that somebody said; returns how many are this talker's own."""
        heard = [match for match in map(_SAID.fullmatch, lines) if match]
        self.received += [match[2] for match in heard]
        return sum(match[1] == self.name for match in heard)


class LineTalker(Eyewitness):
    """By TCP."""

    def __init__(self, name: str, life: int, port: int) -> None:
        super().__init__(name, life)
        self.socket = socket.create_connection(("127.0.0.1", port), LOGIN_SECONDS)
        self._in, self._out, self._unheard = b"", b"", 0
        self.socket.sendall(f"{name}\n".encode())
        while f"{name} joined!" not in self._in.decode("utf-8", "replace"):
            self._in += self._read()
        self.socket.setblocking(False)

    def talk(self) -> None:
        """Say as much as fits."""
        if not self._out and self._unheard < UNHEARD:
            lines = [self.next_line() for _ in range(20)]
            self._unheard += len(lines)
            self._out = "".join(f"{line}\n" for line in lines).encode()
        with suppress(BlockingIOError):
            self._out = self._out[self.socket.send(self._out) :] if self._out else b""

    def listen(self) -> None:
        """Take what has come."""
        *lines, self._in = (self._in + self._read()).split(b"\r\n")
        self._unheard -= self.hear([line.decode("utf-8") for line in lines])

    def drain(self) -> None:
        """Take all that was on its way when the server died."""
        self.socket.settimeout(LOGIN_SECONDS)
        with suppress(ConnectionError):
            while True:
                self.listen()

    def _read(self) -> bytes:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError
        return data


class DatagramTalker(Eyewitness):
    """By UDP."""

    def __init__(self, name: str, life: int, port: int) -> None:
        super().__init__(name, life)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(LOGIN_SECONDS)
        self.socket.send(f"L {name}".encode())
        while self.socket.recv(65536) != b"OK":
            continue
        self.socket.setblocking(False)
        self._unheard, self._heard_at = 0, time.monotonic()

    def talk(self) -> None:
        """Say a few things; what is not heard back within a moment is lost."""
        if self._unheard >= UNHEARD and time.monotonic() - self._heard_at > LOST_SECONDS:
            self._unheard = 0
        with suppress(BlockingIOError):
            for _ in range(DATAGRAMS_AT_ONCE if self._unheard < UNHEARD else 0):
                self._unheard += 1
                self.socket.send(f"C {self.name} {self.next_line()}".encode())

    def listen(self) -> None:
        """Take what has come."""
        self._heard_at = time.monotonic()
        self._unheard -= self.hear(self.socket.recv(65536).decode("utf-8").split("\n"))

    def drain(self) -> None:
        """Take all that came before the server died."""
        with suppress(BlockingIOError, ConnectionError):
            while True:
                self.listen()


class Lives:
    """One server after another on the same folder, and what their clients saw."""

    def __init__(self, folder: Path, seed: int, longest: float, options: Sequence[str]) -> None:
        """Prepare.

        Args:
            folder: Where the state and the servers' output go.
            seed: Decides the moments of the kills.
            longest: Seconds of talk before a kill, at most.
            options: More options of `twistchat serve`.
        """
        self._folder = folder
        self._random = random.Random(seed)
        self._longest = longest
        self._tcp, self._udp = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
        listen = [f"--tcp={self._tcp}", f"--udp={self._udp}"]
        listen += [f"--{row.name}=off" for row in INTERFACES if row.name not in ("tcp", "udp")]
        self._options = [f"--state-dir={folder}", *listen, "--flood=off", "--history=off", *options]
        self.kills = 0
        self.seen: list[list[str]] = []
        """What each client received, in its order."""

    def live(self) -> None:
        """Start a server, have people talk, kill it at a random moment."""
        pid = self._started()
        try:
            talkers = self._talkers()
            self._talk(talkers, self._random.uniform(SHORTEST_LIFE, self._longest))
        finally:
            end(pid, signal.SIGKILL)
        self.kills += 1
        for talker in talkers:
            talker.drain()
            talker.socket.close()
            self.seen.append(talker.received)

    def check(self) -> Verdict:
        """Start a last server, stop it properly, and compare its log with what was received."""
        end(self._started(), signal.SIGTERM)
        stored = [line.text for line in exported(self._folder / LOG_FILE)]
        return Verdict(self.kills, self.seen, [text for text in stored if text])

    def _talkers(self) -> list[LineTalker | DatagramTalker]:
        by_tcp = [LineTalker(f"t{number}", self.kills, self._tcp) for number in range(3)]
        by_udp = [DatagramTalker(f"u{number}", self.kills, self._udp) for number in range(2)]
        return [*by_tcp, *by_udp]

    def _talk(self, talkers: Sequence[LineTalker | DatagramTalker], seconds: float) -> None:
        by_socket = {talker.socket: talker for talker in talkers}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            readable, writable, _ = select.select(by_socket, by_socket, [], 0.01)
            for each in readable:
                by_socket[each].listen()
            for each in writable:
                by_socket[each].talk()

    def _started(self) -> int:
        pid = forked(self._folder / "output", self._options)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self._tcp)).close()
                return pid
            if time.monotonic() > deadline or os.waitpid(pid, os.WNOHANG)[0]:
                raise CannotMeasure(f"the server does not come up; {self._folder / 'output'} says why.")
            time.sleep(0.005)


class Verdict:
    """What became of the lines that were received."""

    def __init__(self, kills: int, seen: Sequence[Sequence[str]], stored: Sequence[str]) -> None:
        """Compare.

        Args:
            kills: How many servers were killed.
            seen: What each client received, in its order.
            stored: The log, in its order.
        """
        place = {text: number for number, text in enumerate(stored)}
        received = {text for texts in seen for text in texts}
        self.kills = kills
        self.received = sum(map(len, seen))
        self.stored = len(stored)
        self.missing = len(received - place.keys())
        self.doubled = sum(count - 1 for count in Counter(stored).values())
        self.disordered = sum(_disordered([place[text] for text in texts if text in place]) for texts in seen)

    @property
    def is_good(self) -> bool:
        """Whether everything that was received is stored, once, in order."""
        return not (self.missing or self.doubled or self.disordered)

    def __str__(self) -> str:
        return (
            f"kills: {self.kills}\nlines received: {self.received}\nlines stored: {self.stored}\n"
            f"lines missing: {self.missing}\nlines stored twice: {self.doubled}\n"
            f"lines received in another order, or twice: {self.disordered}"
        )


def _disordered(places: Sequence[int]) -> int:
    return sum(later <= earlier for earlier, later in pairwise(places))


def end(pid: int, how: signal.Signals) -> None:
    """End a process, and wait until it has."""
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, how)
        os.waitpid(pid, 0)


def import_all() -> None:
    """Import what a server needs, but no reactor: its epoll would be shared by all the forks."""
    import_module("twisted.scripts._twistd_unix")
    import_module("twistchat.service")
    assert "twisted.internet.reactor" not in sys.modules


def _progress(kills: int) -> Iterator[int]:
    for number in range(kills):
        if sys.stderr.isatty() or number % 100 == 99:
            print(f"\r{number + 1} of {kills} kills", end="", file=sys.stderr, flush=True)
        yield number
    print(file=sys.stderr)


def main(words: Sequence[str]) -> int:
    """Run `twistchat bench crash`.

    Returns:
        The exit status: 0 if nothing that anybody received is missing.
    """
    parser = argparse.ArgumentParser(prog="twistchat bench crash", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides the moments of the kills")
    parser.add_argument(
        "--seconds", type=float, default=LONGEST_LIFE, metavar="S", help="longest talk before a kill [default: 0.2]"
    )
    parser.add_argument("options", nargs="*", help="behind --: more options of twistchat serve")
    given = parser.parse_args(words)
    import_all()
    with tempfile.TemporaryDirectory(prefix="twistchat-crash-") as folder:
        lives = Lives(Path(folder), given.seed, given.seconds, given.options)
        for _ in _progress(given.kills):
            lives.live()
        verdict = lives.check()
    print(verdict)
    return 0 if verdict.is_good else 1
