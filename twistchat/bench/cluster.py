"""Kill servers of several, their Redis, or its master: whatever anybody saw must be in every copy, once, in one order.

Three real servers with real clients, a real Redis, and for takeovers a replica and a Sentinel. `--fault` has
other things befall them, and `--figure` measures what several servers cost and give.
"""

from __future__ import annotations

import argparse
import random
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from twistchat.bench.clusterfaults import FAULTS, trial
from twistchat.bench.clusterfigures import FIGURES
from twistchat.bench.clusterways import WAYS
from twistchat.bench.crash import LineTalker, Verdict, import_all
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.rig import (
    DOWN_MILLISECONDS,
    PATIENCE_SECONDS,
    PERSISTENCE,
    RedisProcess,
    ServerProcess,
    cluster_entries,
)

SERVERS = 3

PAUSE_SECONDS = 0.002
"""Between lines of one talker: 1,500 lines a second of all."""

SETTLE_SECONDS = 12.0
"""After the last kill: a takeover, a lease and a burial."""


class SteadyTalker(LineTalker):
    """Says a line now and then, whatever becomes of those before."""

    def __init__(self, name: str, life: int, port: int, pause: float) -> None:
        super().__init__(name, life, port)
        self._pause = pause
        self._next = 0.0

    def talk(self) -> None:
        """Say a line, if it is time."""
        now = time.monotonic()
        if now >= self._next and not self._out:
            self._next = now + self._pause
            self._out = f"{self.next_line()}\n".encode()
        if self._out:
            with suppress(BlockingIOError):
                self._out = self._out[self.socket.send(self._out) :]


class Ordeal:
    """Servers, Redis, and talkers, of which some are killed."""

    def __init__(self, folder: Path, seed: int, keeps: str, with_sentinel: bool, pause: float) -> None:
        """Start all.

        Args:
            folder: Where everything goes.
            seed: Decides who is killed, and when.
            keeps: What Redis keeps: a key of `PERSISTENCE`.
            with_sentinel: Whether there is a replica, and a Sentinel that makes it the master.
            pause: Seconds between two lines of one talker.
        """
        self._random = random.Random(seed)
        self._pause = pause
        options = PERSISTENCE[keeps]
        self.redis = [RedisProcess(folder / "redis0", options)]
        cluster = f"tcp:127.0.0.1:{self.redis[0].port}"
        self.sentinel: RedisProcess | None = None
        if with_sentinel:
            follows = ("--replicaof", "127.0.0.1", str(self.redis[0].port), "--repl-diskless-sync-delay", "0")
            self.redis.append(RedisProcess(folder / "redis1", (*options, *follows)))
            self.sentinel = RedisProcess(folder / "sentinel", (), _watching(self.redis[0].port))
            cluster = f"sentinel:chat:127.0.0.1:{self.sentinel.port}"
        self.servers = [ServerProcess(folder, f"n{number}", cluster) for number in range(SERVERS)]
        self._lives = 0
        self._talkers: dict[ServerProcess, list[SteadyTalker]] = {}
        self.seen: list[list[str]] = []
        for server in self.servers:
            self._join(server)

    def _join(self, server: ServerProcess) -> None:
        self._lives += 1
        deadline = time.monotonic() + 30
        while True:
            try:
                self._talkers[server] = [self._talker(n, server.port) for n in range(2)]
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise CannotMeasure(f"nobody gets into {server.name}") from None
                self._lives += 1

    def _talker(self, number: int, port: int) -> SteadyTalker:
        return SteadyTalker(f"t{self._lives}x{number}", 1, port, self._pause)

    def talk(self, seconds: float) -> None:
        """Have everybody talk and listen."""
        by_socket = {talker.socket: talker for talkers in self._talkers.values() for talker in talkers}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            readable, writable, _ = select.select(by_socket, by_socket, [], 0.01)
            for each in readable:
                by_socket[each].listen()
            for each in writable:
                by_socket[each].talk()
            time.sleep(self._pause / 4)

    def kill_server(self) -> None:
        """Kill one of the servers under load, and start it again on its folder."""
        self.talk(self._random.uniform(0.05, 0.5))
        server = self._random.choice(self.servers)
        server.kill()
        for talker in self._talkers.pop(server):
            talker.drain()
            talker.socket.close()
            self.seen.append(talker.received)
        self.talk(self._random.uniform(0.0, 0.3))
        server.start()
        self._join(server)

    def kill_redis(self) -> None:
        """Kill Redis under load, and start it again."""
        self.talk(self._random.uniform(0.05, 0.5))
        self.redis[0].kill()
        self.talk(self._random.uniform(0.0, 0.3))
        self.redis[0].start()
        self._wait_until_open()

    def kill_master(self) -> None:
        """Kill the master under load, wait until the replica has its place, and have it back as the replica."""
        assert self.sentinel is not None
        self._talk_until(self._is_replaceable, "the Sentinel knows no replica that it could take")
        self.talk(self._random.uniform(0.2, 1.0))
        master = self._master()
        master.kill()
        self._talk_until(lambda: self._master() is not master, "the Sentinel does not make the replica the master")
        other = self._master()
        master.start("--replicaof", "127.0.0.1", str(other.port))
        self._wait_until_open()
        self._talk_until(lambda: self._follows(master, other), "the former master does not become a replica")
        self.talk(1.0)

    @staticmethod
    def _follows(replica: RedisProcess, master: RedisProcess) -> bool:
        if "role:master" in replica.ask("INFO", "replication"):  # the Sentinel has not told it yet
            replica.ask("REPLICAOF", "127.0.0.1", str(master.port))
        return "state=online" in master.ask("INFO", "replication")

    def _master(self) -> RedisProcess:
        assert self.sentinel is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            told = self.sentinel.ask("SENTINEL", "get-master-addr-by-name", "chat")
            for each in self.redis:
                if f"\r\n{each.port}\r\n" in told:
                    return each
        raise CannotMeasure("the Sentinel does not say who is the master")

    def _talk_until(self, is_so: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            self.talk(0.1)
            if time.monotonic() > deadline:
                raise CannotMeasure(otherwise)

    def _is_replaceable(self) -> bool:
        """Whether the Sentinel knows a replica that it can take; it asks the master for those once in ten seconds."""
        assert self.sentinel is not None
        told = self.sentinel.ask("SENTINEL", "replicas", "chat")
        return "\r\nmaster-link-status\r\n$2\r\nok\r\n" in told and "\r\nflags\r\n$5\r\nslave\r\n" in told

    def _wait_until_open(self) -> None:
        """Talk until what is said is heard again."""
        before = self._heard()
        try:
            self._talk_until(lambda: self._heard() >= before + 20, "")
        except CannotMeasure:
            said = "\n".join(server.said() for server in self.servers)
            raise CannotMeasure(f"the servers do not come to terms with their Redis:\n{said}") from None

    def _heard(self) -> int:
        return min(len(talker.received) for talkers in self._talkers.values() for talker in talkers)

    def finish(self, kills: int) -> list[Verdict]:
        """Stop all in order, and compare what was seen with each copy.

        Raises:
            CannotMeasure: The copies differ.
        """
        self.talk(1.0)
        for talkers in self._talkers.values():
            for talker in talkers:
                talker.socket.shutdown(socket.SHUT_WR)
                talker.drain()
                talker.socket.close()
                self.seen.append(talker.received)
        time.sleep(SETTLE_SECONDS / 4)
        self.stop()
        copies = [cluster_entries(server.folder) for server in self.servers]
        shortest = min(map(len, copies))
        differing = [next((n for n in range(shortest) if copy[n] != copies[0][n]), None) for copy in copies]
        if any(place is not None for place in differing):
            told = "\n".join(server.said(40) for server in self.servers)
            raise CannotMeasure(f"the copies differ from the first, at {differing}:\n{told}")
        for server in self.servers:
            for aside in server.folder.glob("log.db.apart-*"):
                print(f"\n{server.name} was away for longer than a lease and set {aside.name} aside:", file=sys.stderr)
                print(server.said(200), file=sys.stderr)
        return [
            Verdict(kills, self.seen, [str(text) for _, _, kind, _, text in copy if kind == "said"]) for copy in copies
        ]

    def stop(self) -> None:
        """End everything."""
        for server in self.servers:
            server.stop()
        for redis in [*self.redis, *filter(None, [self.sentinel])]:
            redis.kill()


def _watching(port: int) -> str:
    return (
        f"sentinel monitor chat 127.0.0.1 {port} 1\nsentinel down-after-milliseconds chat {DOWN_MILLISECONDS}\n"
        "sentinel failover-timeout chat 3000\n"
    )


KILLS: dict[str, Callable[[Ordeal], None]] = {
    "server": Ordeal.kill_server,
    "redis": Ordeal.kill_redis,
    "master": Ordeal.kill_master,
}


def _faults(text: str) -> list[str]:
    names = [*FAULTS] if text == "all" else text.split(",")
    if not {*names} <= FAULTS.keys():
        raise argparse.ArgumentTypeError(f"give all, or some of {', '.join(FAULTS)}")
    return names


def main(words: Sequence[str]) -> int:
    """Run `twistchat bench cluster`.

    Returns:
        The exit status: 0 if nothing that anybody saw is missing anywhere, or twice.
    """
    parser = argparse.ArgumentParser(prog="twistchat bench cluster", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kill", choices=KILLS, default="server", help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=10, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides who is killed, and when")
    parser.add_argument("--keeps", choices=PERSISTENCE, default="no", help="Redis's appendfsync, or none [default: no]")
    parser.add_argument(
        "--pause", type=float, default=PAUSE_SECONDS, metavar="S", help="between lines of one talker [default: 0.002]"
    )
    parser.add_argument("--figure", choices=FIGURES, help="measure what it costs or gives; nobody is killed")
    parser.add_argument("--people", type=int, default=1000, metavar="N", help="of --figure [default: %(default)s]")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="of --figure [default: %(default)s]")
    parser.add_argument(
        "--fault", type=_faults, help=f"in place of kills: all, or some of {', '.join(FAULTS)}, by commas"
    )
    parser.add_argument("--by", choices=WAYS, default="tcp", help="of --fault: how Redis is reached [default: tcp]")
    parser.add_argument("--lease", type=float, default=5.0, metavar="S", help="of --fault [default: 5]")
    given = parser.parse_args(words)
    import_all()
    with tempfile.TemporaryDirectory(prefix="tc") as folder:
        if given.fault:
            for line in trial(Path(folder), given.fault, given.by, given.lease):
                print(line, flush=True)
            return 0
        if given.figure:
            for line in FIGURES[given.figure](Path(folder), given.people, given.repeat):
                print(line, flush=True)
            return 0
        ordeal = Ordeal(Path(folder), given.seed, given.keeps, given.kill == "master", given.pause)
        try:
            for number in range(given.kills):
                KILLS[given.kill](ordeal)
                print(f"\r{number + 1} of {given.kills} kills", end="", file=sys.stderr, flush=True)
            verdicts = ordeal.finish(given.kills)
        finally:
            ordeal.stop()
    print(file=sys.stderr)
    print(f"{verdicts[0]}\ncopies: {len(verdicts)}, equal")
    return 0 if all(verdict.is_good for verdict in verdicts) else 1
