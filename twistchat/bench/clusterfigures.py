"""What a cluster costs: CPU a delivery beside a server that is alone, in one run, and how fast a server catches up."""

from __future__ import annotations

import select
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.rig import PERSISTENCE, RedisProcess, ServerProcess, cpu_seconds

TALKERS = 10

MEASURED_SECONDS = 6.0

LINES_A_SECOND = 20
"""Of each talker."""

CAUGHT_UP = 30_000
"""Lines that a new server reads."""


class Audience:
    """People at several servers, some of whom talk; it counts what they receive."""

    def __init__(self, servers: list[ServerProcess], people: int) -> None:
        """Let them in, shared out among the servers."""
        self._sockets: dict[int, socket.socket] = {}
        self._epoll = select.epoll()
        self.lines = 0
        self.delays: list[float] = []
        for number in range(people):
            each = socket.create_connection(("127.0.0.1", servers[number % len(servers)].port))
            each.sendall(f"p{number}\n".encode())
            self._sockets[each.fileno()] = each
            each.setblocking(False)
            self._epoll.register(each, select.EPOLLIN)
            if number % 50 == 49:
                self._read(0.0)
        self._talkers = [*self._sockets.values()][:TALKERS]
        self._settle()

    def _settle(self) -> None:
        """Wait until nothing comes any more: all are in."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 2.0:
            if self._read(0.1):
                quiet_since = time.monotonic()

    def _read(self, seconds: float) -> int:
        lines = 0
        for file, _ in self._epoll.poll(seconds):
            with suppress(BlockingIOError):
                data = self._sockets[file].recv(1 << 20)
                if not data:
                    raise CannotMeasure("a server has hung up.")
                lines += data.count(b"\n")
        return lines

    def talk(self, seconds: float) -> int:
        """Have the talkers talk; gives how many lines people received."""
        lines, said, began = 0, 0, time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            due = int((now - began) * LINES_A_SECOND * len(self._talkers))
            while said < due:
                self._talkers[said % len(self._talkers)].sendall(b"the same words, again and again\n")
                said += 1
            lines += self._read(0.005)
        while more := self._read(0.3):
            lines += more
        return lines

    def close(self) -> None:
        """Let them go."""
        for each in self._sockets.values():
            each.close()
        self._epoll.close()


def latency(servers: list[ServerProcess], count: int = 400) -> float:
    """The median time of a line from one person to another, at the last server; seconds."""
    pair = [socket.create_connection(("127.0.0.1", server.port)) for server in (servers[0], servers[-1])]
    for number, each in enumerate(pair):
        each.sendall(f"pair{number}\n".encode())
    time.sleep(1.0)
    for each in pair:
        each.recv(1 << 16)
    delays = []
    for number in range(count):
        line = f"line {number}."
        began = time.perf_counter()
        pair[0].sendall(f"{line}\n".encode())
        heard = ""
        while line not in heard:
            heard += pair[1].recv(1 << 16).decode("utf-8", "replace")
        delays.append(time.perf_counter() - began)
        time.sleep(0.002)
    for each in pair:
        each.close()
    return statistics.median(delays)


def figures(folder: Path, people: int) -> Iterator[str]:
    """Lines that tell the figures; each kind of server is measured in turn with the others, twice."""
    results: dict[str, list[float]] = {}
    for turn in range(2):
        for name, count in (("alone", 1), ("cluster of 1", 1), ("cluster of 2", 2)):
            cpu, delay = _measured(folder / f"{turn}{name.replace(' ', '')}", count, name != "alone", people)
            results.setdefault(name, []).append(cpu)
            yield f"{name}: {cpu * 1e6:.2f} us of CPU a delivery, Redis included; p50 {delay * 1e3:.2f} ms"
    alone = min(results["alone"])
    for name in ("cluster of 1", "cluster of 2"):
        yield f"{name} to alone: {min(results[name]) / alone:.2f}"
    yield _catching_up(folder / "late")


def _measured(folder: Path, count: int, is_cluster: bool, people: int) -> tuple[float, float]:
    folder.mkdir()
    redis = RedisProcess(folder / "redis", PERSISTENCE["no"]) if is_cluster else None
    where = "off" if redis is None else f"tcp:127.0.0.1:{redis.port}"
    servers = [ServerProcess(folder, f"n{number}", where) for number in range(count)]
    try:
        time.sleep(3.0 if is_cluster else 0.5)
        delay = latency(servers)
        audience = Audience(servers, people)
        pids = [server.pid for server in servers] + ([] if redis is None else [redis.pid])
        before = cpu_seconds(*pids)
        lines = audience.talk(MEASURED_SECONDS)
        used = cpu_seconds(*pids) - before
        audience.close()
        return used / max(1, lines), delay
    finally:
        for server in servers:
            server.kill()
        if redis is not None:
            redis.kill()


def _catching_up(folder: Path) -> str:
    folder.mkdir()
    redis = RedisProcess(folder / "redis", PERSISTENCE["none"])
    first = ServerProcess(folder, "first", f"tcp:127.0.0.1:{redis.port}")
    late: ServerProcess | None = None
    try:
        time.sleep(2.0)
        with socket.create_connection(("127.0.0.1", first.port)) as talker:
            talker.sendall(b"talker\n")
            time.sleep(1.0)
            for _ in range(CAUGHT_UP // 1000):
                talker.sendall(b"a line that somebody says\n" * 1000)
                talker.setblocking(True)
                heard = 0
                while heard < 1000:
                    heard += talker.recv(1 << 20).count(b"\n")
        late = ServerProcess(folder, "late", f"tcp:127.0.0.1:{redis.port}")
        began = time.monotonic()
        while "cluster: open at number" not in late.folder.with_suffix(".output").read_text():
            time.sleep(0.005)
        took = time.monotonic() - began
        return f"catching up: {CAUGHT_UP / took:.0f} lines a second at least"
    finally:
        for server in filter(None, [first, late]):
            server.kill()
        redis.kill()
