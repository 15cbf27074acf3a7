"""What may befall servers of several but their end: sleep, a cut line, a full or slow Redis, for less and for more than
a lease. Two servers with a talker each, of which the first reaches its Redis by a relay that can be cut.

A talker says a line at a time and waits for what becomes of it: it is heard, or its author is told that it was not
stored, or that this is not known. None may be left without any of these; what was said not to be stored may not be.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from twistchat.bench.clusterways import WAYS
from twistchat.bench.crash import LineTalker, Verdict
from twistchat.bench.ports import free_port
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.relay import Relay
from twistchat.bench.rig import PATIENCE_SECONDS, PERSISTENCE, RedisProcess, ServerProcess, cluster_entries

PAUSE_SECONDS = 0.02
"""Between the lines of one talker."""

LONG_ENOUGH = 3.0
"""A fault of so many seconds more than lines wait for a lost connection has to be seen by whoever watches."""

DISK_BYTES = 8 * 1024 * 1024


class FaultTalker(LineTalker):
    """Says a line, waits for what becomes of it, and says the next."""

    def __init__(self, name: str, port: int) -> None:
        self.refused: list[str] = []
        """Lines of which it was told that nobody has seen them."""
        self.unknown: list[str] = []
        """Lines of which it was told that this is not known."""
        self.waiting: str | None = None
        """The line that it was told nothing of yet."""
        super().__init__(name, 1, port)
        self._next = 0.0

    def talk(self) -> None:
        """Say a line, if it is time."""
        now = time.monotonic()
        if self.waiting is None and now >= self._next:
            self._next = now + PAUSE_SECONDS
            self.waiting = self.next_line()
            self.socket.sendall(f"{self.waiting}\n".encode())

    def hear(self, lines: Sequence[str]) -> int:
        """Remember lines, and what became of one's own."""
        for line in lines:
            for told, beginning in ((self.refused, "That could not be stored"), (self.unknown, "It is not known yet")):
                if line.startswith(beginning):
                    told.append(self.waiting or "?")
                    self.waiting = None
        heard = super().hear(lines)
        if self.waiting is not None and self.waiting in self.received[-len(lines) :]:
            self.waiting = None
        return heard


class Fault(NamedTuple):
    """Something that befalls them."""

    begin: Callable[[Trial], object]
    end: Callable[[Trial], object]
    stops_all: bool
    """Whether neither server can store meanwhile; else it is the first alone."""
    needs_relay: bool = False


class Trial:
    """Two servers, their Redis, and their talkers."""

    def __init__(self, folder: Path, by: str, lease: float) -> None:
        """Start all.

        Args:
            folder: Where everything goes.
            by: How servers reach their Redis: one of WAYS.
            lease: Theirs, in seconds.

        Raises:
            CannotMeasure: Something does not start.
        """
        self._disk = _small_disk(folder)
        self.lease = lease
        self.others: list[RedisProcess] = []
        options, where, more = WAYS[by](folder)
        self.redis = RedisProcess(self._disk, (*PERSISTENCE["no"], "--enable-debug-command", "local", *options))
        self.relay = Relay(int(where.get("port", self.redis.port)))
        self._by = by
        places = [self._place(where, self.relay.port), self._place(where, None)]
        if by == "sentinel":
            self._watch(folder)
            places = [f"sentinel:chat:127.0.0.1:{self.others[0].port}"] * 2
        if by == "replica":
            follows = ("--replicaof", "127.0.0.1", str(self.redis.port), "--repl-diskless-sync-delay", "0")
            self.others.append(RedisProcess(folder / "replica", (*PERSISTENCE["no"], *follows)))
            more = [*more, f"--cluster-read=tcp:127.0.0.1:{self.others[0].port}"]
        self.health = [free_port() for _ in range(2)]
        self.servers = [
            ServerProcess(
                folder,
                f"n{number}",
                place,
                [*more, f"--web=tcp:{self.health[number]}:interface=127.0.0.1", f"--lease={lease:.0f}s"],
            )
            for number, place in enumerate(places)
        ]
        self.has_relay = by not in ("unix", "sentinel")
        self.relay.start()
        self.authors = [self._enters(number) for number in range(2)]
        self.unhealthy: set[int] = set()

    def _place(self, where: dict[str, str], relay: int | None) -> str:
        if "unix" in where:
            return f"unix:{where['unix']}"
        port = relay or int(where.get("port", self.redis.port))
        return f"{where['form'].format(port=port)}" if "form" in where else f"tcp:127.0.0.1:{port}"

    def _watch(self, folder: Path) -> None:
        config = f"sentinel monitor chat 127.0.0.1 {self.redis.port} 1\nsentinel down-after-milliseconds chat 60000\n"
        self.others.append(RedisProcess(folder / "sentinel", (), config))

    def _enters(self, number: int) -> FaultTalker:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return FaultTalker(f"t{number}", self.servers[number].port)
            except OSError:
                if time.monotonic() > deadline:
                    told = "\n".join(server.said(20) for server in self.servers)
                    raise CannotMeasure(f"nobody gets in:\n{told}") from None

    def talk(self, seconds: float) -> None:
        """Have both talk and listen, and look whether the servers say that they can store."""
        looked = time.monotonic()
        deadline = looked + seconds
        while (now := time.monotonic()) < deadline:
            for author in self.authors:
                author.talk()
            readable, _, _ = select.select([author.socket for author in self.authors], [], [], PAUSE_SECONDS / 2)
            for author in self.authors:
                if author.socket in readable:
                    author.listen()
            if now - looked > 0.3:
                looked = now
                self.unhealthy |= {number for number in range(2) if self.status(number) == 503}

    def status(self, number: int) -> int:
        """What a server says of its health; 0 where it says nothing in time."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health[number]}/healthz", timeout=0.2) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def befall(self, name: str, seconds: float) -> str:
        """Have something happen for a while; gives a line that tells what people were told.

        Raises:
            CannotMeasure: It is not over when it should be.
        """
        fault = FAULTS[name]
        before = [(len(author.refused), len(author.unknown)) for author in self.authors]
        self.unhealthy.clear()
        fault.begin(self)
        self.talk(seconds)
        fault.end(self)
        sick = sorted(self.unhealthy)
        began = time.monotonic()
        self._settle()
        took = time.monotonic() - began
        told = [
            f"n{number}: {len(author.refused) - refused} refused, {len(author.unknown) - unknown} not known"
            for number, (author, (refused, unknown)) in enumerate(zip(self.authors, before, strict=True))
        ]
        looked = f"503 at {', '.join(f'n{n}' for n in sick) or 'none'}"
        if fault.stops_all and seconds >= LONG_ENOUGH + 2 and name not in ("slow", "redis-sleeps") and len(sick) < 2:
            raise CannotMeasure(f"{name}: not both servers said that they could not store, but {looked}.")
        return f"{name} for {seconds:.1f} s: {'; '.join(told)}; {looked}; all well {took:.1f} s later"

    def _settle(self) -> None:
        """Talk until what each says is heard by both again, and both servers are well."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            marks = [len(author.received) for author in self.authors]
            self.talk(0.5)
            heard = [author.received[mark:] for author, mark in zip(self.authors, marks, strict=True)]
            both = all(
                any(line.startswith(f"{one.name}-") for line in lines) for one in self.authors for lines in heard
            )
            if both and self.status(0) == self.status(1) == 200:
                return
            if time.monotonic() > deadline:
                told = "\n".join(server.said(20) for server in self.servers)
                raise CannotMeasure(f"it does not get well again:\n{told}")

    def finish(self) -> Verdict:
        """Stop all in order, and compare.

        Raises:
            CannotMeasure: The copies differ, or somebody was told something that is not so.
        """
        for author in self.authors:  # say no more, and hear of the last line
            author._next = float("inf")
        self.talk(6.0 if any(author.waiting for author in self.authors) else 1.0)
        for author in self.authors:
            author.socket.shutdown(socket.SHUT_WR)
            author.drain()
            author.socket.close()
        time.sleep(1.0)
        for server in self.servers:
            server.stop()
        copies = [cluster_entries(server.folder) for server in self.servers]
        shortest = min(map(len, copies))
        if copies[0][:shortest] != copies[1][:shortest]:
            raise CannotMeasure("the copies differ.")
        stored = [str(text) for _, _, kind, _, text in max(copies, key=len) if kind == "said"]
        for author in self.authors:
            if author.waiting is not None or "?" in author.refused + author.unknown:
                raise CannotMeasure(f"{author.name} was told nothing of a line, or of one that it did not say.")
            if false := {*author.refused} & {*stored}:
                raise CannotMeasure(f"{author.name} was told that lines were not stored that are: {sorted(false)[:5]}")
        return Verdict(0, [author.received for author in self.authors], stored)

    def fill(self) -> None:
        """Leave no room on Redis's disk."""
        with suppress(OSError), (self._disk / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)):
                pass

    def empty(self) -> None:
        """Make room again."""
        (self._disk / "ballast").unlink()

    def stop(self) -> None:
        """End everything."""
        self.relay.close()
        for server in self.servers:
            with suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGCONT)
            server.kill()
        for redis in [self.redis, *self.others]:
            redis.process.send_signal(signal.SIGCONT)
            redis.kill()
        subprocess.run(["umount", str(self._disk)], check=False, capture_output=True)


def _small_disk(folder: Path) -> Path:
    """A folder for Redis's file, on a disk of its own where one may be made."""
    disk = folder / "redis"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)], check=False, capture_output=True
    )
    return disk


def _set(trial: Trial, *words: str) -> None:
    told = trial.redis.ask("CONFIG", "SET", *words)
    if "+OK" not in told:
        raise CannotMeasure(f"Redis says: {told}")


def _fill(trial: Trial) -> None:
    if not os.path.ismount(trial.redis.folder):
        raise CannotMeasure("no disk of its own could be made for Redis: it takes root.")
    trial.fill()


def _slow(trial: Trial) -> None:
    """As with a disk that takes its time: Redis answers nobody for a second, again and again."""
    trial.slowing = threading.Event()  # type: ignore[attr-defined]

    def run(stop: threading.Event) -> None:
        while not stop.wait(0.3):
            with suppress(OSError):
                trial.redis.ask("DEBUG", "SLEEP", "1")

    threading.Thread(target=run, args=(trial.slowing,), daemon=True).start()  # type: ignore[attr-defined]


FAULTS: dict[str, Fault] = {
    "server-sleeps": Fault(
        lambda trial: os.kill(trial.servers[0].pid, signal.SIGSTOP),
        lambda trial: os.kill(trial.servers[0].pid, signal.SIGCONT),
        stops_all=False,
    ),
    "redis-sleeps": Fault(
        lambda trial: trial.redis.process.send_signal(signal.SIGSTOP),
        lambda trial: trial.redis.process.send_signal(signal.SIGCONT),
        stops_all=True,
    ),
    "cut": Fault(
        lambda trial: setattr(trial.relay, "is_cut", True),
        lambda trial: setattr(trial.relay, "is_cut", False),
        stops_all=False,
        needs_relay=True,
    ),
    "black-hole": Fault(
        lambda trial: setattr(trial.relay, "swallows", True),
        lambda trial: setattr(trial.relay, "swallows", False),
        stops_all=False,
        needs_relay=True,
    ),
    "full": Fault(lambda trial: _set(trial, "maxmemory", "1"), lambda trial: _set(trial, "maxmemory", "0"), True),
    "disk-full": Fault(_fill, Trial.empty, stops_all=True),
    "slow": Fault(_slow, lambda trial: trial.slowing.set(), stops_all=False),  # type: ignore[attr-defined]
    "redis-dies": Fault(lambda trial: trial.redis.kill(), lambda trial: trial.redis.start(), stops_all=True),
}


def trial(folder: Path, faults: list[str], by: str, lease: float) -> Iterator[str]:
    """Lines that tell what became of each fault, for less and for more than a lease, and at the end of all lines.

    Raises:
        CannotMeasure: Something is not as it should be.
    """
    tried = Trial(folder, by, lease)
    try:
        tried.talk(1.0)
        for name in faults:
            if FAULTS[name].needs_relay and not tried.has_relay:
                continue
            for seconds in (lease * 0.4, lease + max(2.0, lease * 0.6)):
                yield tried.befall(name, seconds)
        verdict = tried.finish()
    finally:
        tried.stop()
    yield f"{verdict}\ncopies: 2, equal"
    if not verdict.is_good:
        raise CannotMeasure("not all that was seen is stored.")
