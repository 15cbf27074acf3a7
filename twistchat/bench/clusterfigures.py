"""What a cluster costs and gives, each figure beside its counterpart in one run. CPU is that of servers and Redis, of
/proc; the generator's is left out, or counted by itself.
"""

from __future__ import annotations

import os
import select
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.rig import PERSISTENCE, RedisProcess, ServerProcess, cpu_seconds

TALKERS = 10

MEASURED_SECONDS = 6.0

LINES_A_SECOND = 20
"""Of each talker."""

UNHEARD = 20
"""Own lines that a talker has not heard back when it waits, where as much is said as goes."""

CAUGHT_UP = 60_000
"""Lines that a new server reads."""

OPEN = "cluster: open at number"


class Audience:
    """People at several servers, some of whom talk; it counts what they receive."""

    def __init__(self, servers: Sequence[ServerProcess], people: int) -> None:
        """Let them in, shared out among the servers."""
        self._sockets: dict[int, socket.socket] = {}
        self._epoll = select.epoll()
        self._heard = 0  # lines that the first of them received
        self._first = -1
        for number in range(people):
            each = socket.create_connection(("127.0.0.1", servers[number % len(servers)].port))
            each.sendall(f"p{number}\n".encode())
            self._sockets[each.fileno()] = each
            self._first = each.fileno() if not number else self._first
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
                new = data.count(b"\n")
                lines += new
                if file == self._first:
                    self._heard += new
        return lines

    def talk_steadily(self, seconds: float, rate: float) -> int:
        """Have a process of its own say lines one by one, as this one would say several while it reads.

        Args:
            seconds: For how long.
            rate: Lines a second, of all talkers together.
        """
        child = os.fork()
        if not child:
            began = time.monotonic()
            for number in range(int(seconds * rate)):
                time.sleep(max(0.0, began + number / rate - time.monotonic()))
                self._talkers[number % len(self._talkers)].sendall(b"the same words, again and again\n")
            os._exit(0)
        lines = self.talk(seconds, lambda _seconds, _heard: 0)
        os.waitpid(child, 0)
        return lines

    def talk(self, seconds: float, due: Callable[[float, int], int]) -> int:
        """Have the talkers talk; gives how many lines people received.

        Args:
            seconds: For how long.
            due: How many lines are to be said by then, by the seconds since it began and what each has heard since.
        """
        lines, said, began, before = 0, 0, time.monotonic(), self._heard
        while (now := time.monotonic()) - began < seconds:
            upto = due(now - began, self._heard - before)
            while said < upto:
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


def steadily(audience: Audience) -> int:
    """Have lines said one by one, so many a second; gives how many people received."""
    return audience.talk_steadily(MEASURED_SECONDS, LINES_A_SECOND * TALKERS)


def as_it_goes(audience: Audience) -> int:
    """Have as many lines said as are heard; gives how many people received."""
    return audience.talk(MEASURED_SECONDS, lambda _seconds, heard: heard + UNHEARD * TALKERS)


class Layout(NamedTuple):
    """Servers and their Redis."""

    servers: list[ServerProcess]
    redis: RedisProcess | None

    def cpu(self) -> tuple[float, float]:
        """The processor time that the servers, and Redis, have used."""
        redis = 0.0 if self.redis is None else cpu_seconds(self.redis.pid)
        return cpu_seconds(*(server.pid for server in self.servers)), redis


@contextmanager
def setting(folder: Path, count: int, is_cluster: bool = True) -> Iterator[Layout]:
    """So many servers, once they are open."""
    folder.mkdir(parents=True)
    redis = RedisProcess(folder / "redis", PERSISTENCE["no"]) if is_cluster else None
    where = "off" if redis is None else f"tcp:127.0.0.1:{redis.port}"
    servers = [ServerProcess(folder, f"n{number}", where) for number in range(count)]
    try:
        if is_cluster:
            wait_until_open(servers)
        yield Layout(servers, redis)
    finally:
        for server in servers:
            server.kill()
        if redis is not None:
            redis.kill()


def wait_until_open(servers: Sequence[ServerProcess]) -> None:
    """Wait until servers have read what there is.

    Raises:
        CannotMeasure: They do not in a minute.
    """
    deadline = time.monotonic() + 60
    while not all(OPEN in server.said(1000) for server in servers):
        time.sleep(0.005)
        if time.monotonic() > deadline:
            raise CannotMeasure("the servers do not open their Redis.")


SETTINGS = (("one server alone", 1, False), ("a cluster of two", 2, True))


def _in_turn(folder: Path, repeat: int, measure: Callable[[Layout], float]) -> Iterator[tuple[str, list[float]]]:
    """What is measured of one server alone and of two, in turn: all of each."""
    found: dict[str, list[float]] = {}
    for turn in range(repeat):
        for name, count, is_cluster in SETTINGS:
            with setting(folder / f"{turn}x{count}", count, is_cluster) as some:
                found.setdefault(name, []).append(measure(some))
    yield from found.items()


def _cpu_a_delivery(some: Layout, people: int, talk: Callable[[Audience], int]) -> float:
    audience = Audience(some.servers, people)
    before = sum(some.cpu())
    lines = talk(audience)
    used = sum(some.cpu()) - before
    audience.close()
    return used / max(1, lines) * 1e6


def cpu(folder: Path, people: int, repeat: int) -> Iterator[str]:
    """CPU a delivery of two servers to that of one alone, 10 people talking, Redis included."""
    medians = []
    for name, each in _in_turn(folder, repeat, lambda some: _cpu_a_delivery(some, people, steadily)):
        medians.append(statistics.median(each))
        yield f"{name}: {medians[-1]:.2f} us of CPU a delivery ({', '.join(f'{one:.2f}' for one in each)})"
    yield f"two servers to one alone: {medians[1] / medians[0]:.2f} (aim: 1.15 at most)"


def cores(folder: Path, people: int, repeat: int) -> Iterator[str]:
    """What two processes deliver on two cores, to what one does on one.

    Counted by CPU, as the generator takes its part of the same cores: one process has a core, its deliveries are those
    of a second of its CPU; two processes and their Redis have two, theirs are those of two seconds of their CPU. Once
    with lines one by one, as people talk, and once with hundreds in flight: what a line costs each server, whatever the
    number of its people, is a small part of the one and most of the other.
    """
    for how, talk, aim in (("one by one", steadily, "aim: 1.6 at least"), ("in hundreds", as_it_goes, "no aim")):
        rates = []
        each_in_turn = _in_turn(folder / how, repeat, partial(_cpu_a_delivery, people=people, talk=talk))
        for number, (name, each) in enumerate(each_in_turn, 1):
            rates.append(number * 1e6 / statistics.median(each))
            yield f"lines {how}, {name}: {rates[-1]:,.0f} deliveries a second of {number} core{'s'[: number - 1]}"
        yield f"lines {how}, two processes to one: {rates[1] / rates[0]:.2f} ({aim})"


def delay(folder: Path, people: int, repeat: int) -> Iterator[str]:
    """How much later a line is heard at another server, than at one that is alone; by the clock."""
    medians = []
    for name, each in _in_turn(folder, repeat, latency):
        medians.append(statistics.median(each))
        yield f"{name}: p50 {medians[-1]:.2f} ms ({', '.join(f'{one:.2f}' for one in each)})"
    yield f"added: {medians[1] - medians[0]:.2f} ms (aim: 1.00 at most)"


def latency(some: Layout, count: int = 1000) -> float:
    """The median time of a line from one person to another, at the last server; milliseconds."""
    pair = [socket.create_connection(("127.0.0.1", server.port)) for server in (some.servers[0], some.servers[-1])]
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
    return statistics.median(delays) * 1e3


def catching_up(folder: Path, people: int, repeat: int) -> Iterator[str]:
    """How fast a new server reads what there is, by the clock and by its CPU, without what an empty start takes."""
    with setting(folder / "first", 1) as some:
        assert some.redis is not None
        where = f"tcp:127.0.0.1:{some.redis.port}"
        _say(some.servers[0].port, CAUGHT_UP)
        rates, by_cpu = [], []
        for turn in range(repeat):
            empty = _start(folder / "empty", f"{turn}", "off")
            late = _start(folder / "late", f"{turn}", where)
            rates.append(CAUGHT_UP / (late[0] - empty[0]))
            by_cpu.append(CAUGHT_UP / (late[1] - empty[1]))
        yield f"catching up: {statistics.median(rates):,.0f} lines a second (aim: 30,000 at least)"
        yield f"catching up: {statistics.median(by_cpu):,.0f} lines a second of CPU"


def _start(folder: Path, name: str, where: str) -> tuple[float, float]:
    """Start a server; how long it takes to be open, by the clock and by its CPU."""
    folder.mkdir(exist_ok=True)
    began = time.monotonic()
    server = ServerProcess(folder, name, where)
    try:
        if where != "off":
            wait_until_open([server])
        return time.monotonic() - began, cpu_seconds(server.pid)
    finally:
        server.kill()


def _say(port: int, count: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as talker:
        talker.sendall(b"talker\n")
        time.sleep(1.0)
        talker.recv(1 << 16)
        for _ in range(count // 1000):
            talker.sendall(b"a line that somebody says\n" * 1000)
            heard = 0
            while heard < 1000:
                heard += talker.recv(1 << 20).count(b"\n")


def redis(folder: Path, people: int, repeat: int) -> Iterator[str]:
    """What servers cost Redis: CPU of a line, 100 a second being said, and memory."""
    for count in (1, 2, 4, 8):
        with setting(folder / f"r{count}", count) as some:
            assert some.redis is not None
            audience = Audience(some.servers, count)
            before = some.cpu()[1]
            audience.talk_steadily(MEASURED_SECONDS, 100)
            used = some.cpu()[1] - before
            audience.close()
            memory = some.redis.ask("INFO", "memory")
            mib = int(memory.partition("used_memory_rss:")[2].partition("\r")[0]) / (1 << 20)
            microseconds = used / (MEASURED_SECONDS * 100) * 1e6
            yield f"{count} servers: {microseconds:.0f} us of Redis's CPU a line, {mib:.0f} MiB"


FIGURES: dict[str, Callable[[Path, int, int], Iterator[str]]] = {
    "cpu": cpu,
    "cores": cores,
    "delay": delay,
    "catching-up": catching_up,
    "redis": redis,
}
