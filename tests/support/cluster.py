"""Several servers in one process and in virtual time, on a real Redis: what goes to it is waited for, time is not.

Redis's scripts ask the time of a key that the test sets, so that a lease is over when the test says so.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat, Person
from support.redis import Redis
from support.worker import SameThread
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from twistchat.cluster import scripts
from twistchat.cluster.cluster import Cluster
from twistchat.cluster.member import ClusterMember
from twistchat.log.schema import connect
from twistchat.log.sqlite import SqliteLog

BEGAN = 1_700_000_000
LEASE = 5.0


class Wire:
    """A connection to Redis, as a transport whose bytes go at once and come when they are fetched."""

    def __init__(self, road: Road, path: Path) -> None:
        self._road = road
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.socket.setblocking(False)
        self.is_open = True
        self.is_cut = False
        """Whether nothing comes or goes, and nobody knows."""
        self.is_deaf = False
        """Whether nothing comes, though what is sent arrives."""
        self.protocol: Any = None

    def write(self, data: bytes) -> None:
        if self.is_open and not self.is_cut:
            self.socket.setblocking(True)
            with suppress(OSError):  # what is read says so
                self.socket.sendall(data)
            self.socket.setblocking(False)

    def abortConnection(self) -> None:
        if self.is_open:
            self.is_open = False
            self.socket.close()
            self._road.clock.callLater(0, self.protocol.connectionLost, Failure(ConnectError()))

    def fetch(self) -> bool:
        """Hand over what has come; whether anything has."""
        if not self.is_open or self.is_cut or self.is_deaf:
            return False
        try:
            data = self.socket.recv(1 << 20)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self.protocol.dataReceived(data)
        else:
            self.abortConnection()
        return True


@implementer(IStreamClientEndpoint)
class Road:
    """The way to Redis of one server, which can be cut."""

    def __init__(self, clock: Clock, redis: Redis) -> None:
        self.clock = clock
        self._redis = redis
        self.wires: list[Wire] = []
        self.is_closed = False

    def connect(self, factory: Any) -> Deferred[Any]:
        if self.is_closed:
            return fail(ConnectError())
        try:
            wire = Wire(self, self._redis.path)
        except OSError:
            return fail(ConnectError())
        self.wires = [each for each in self.wires if each.is_open] + [wire]
        wire.protocol = factory.buildProtocol(None)
        wire.protocol.makeConnection(wire)
        return succeed(wire.protocol)

    def close(self) -> None:
        """Break all connections, and let none be made."""
        self.is_closed = True
        for wire in self.wires:
            wire.abortConnection()

    def swallow(self, on: bool = True) -> None:
        """Let nothing come or go, and nobody know."""
        for wire in self.wires:
            wire.is_cut = on

    def deafen(self) -> None:
        """Let nothing come, though what is sent arrives."""
        for wire in self.wires:
            wire.is_deaf = True


class Node:
    """One server."""

    def __init__(self, stage: Servers, name: str, folder: Path, handed: dict[str, Any] | None = None) -> None:
        self._stage = stage
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.road = Road(stage.clock, stage.redis)
        self.copy = SqliteLog(folder, stage.clock, stage.wall, worker=SameThread)
        self.name = name
        server = None if handed is None else handed["server"]
        self.cluster = Cluster(self.copy, folder, stage.clock, self.road, self.road, name, LEASE, server=server)
        self.member = ClusterMember(self.cluster, stage.clock)
        self.chat = stage.make_chat(self.cluster.log, stage.clock, self.cluster.names, self.member.post)
        self.chat.set_by = BEGAN
        self.administration = self.member.administration(self.chat.hub, folder, str)
        self.ends: list[Callable[[], object]] = []
        """What else ends with it, however it does."""
        stage.joins(self)
        self.copy.open()
        if handed is None:
            self.member.start()
        else:
            self.member.hand_over.take(handed, None)

    @classmethod
    def taking_over(cls, stage: Servers, old: Node, handed: dict[str, Any]) -> Node:
        """A server that goes on where another was handed over; nothing is connected yet."""
        return cls(stage, old.name, old.folder, handed)

    def enters(self, name: str) -> Person:
        """Somebody comes in."""
        person = self.chat.connects()
        self.says(person, name)
        assert person.rooms, person.hears()
        person.hears()
        return person

    def says(self, person: Person, *lines: str) -> list[str]:
        """Somebody sends lines; what they have heard by the time that nothing more comes."""
        person.types(*lines)
        self._stage.run()
        return person.hears()

    def kept(self) -> list[tuple[object, ...]]:
        """What the copy has."""
        with closing(connect(self.folder / "log.db")) as db:
            return db.execute("SELECT * FROM entries ORDER BY number").fetchall()

    def kill(self) -> None:
        """End it as if its machine had failed: nobody is told."""
        self._stage.nodes.remove(self)
        for end in self.ends:
            end()
        self.cluster._beating.stop()
        self.cluster.copy.close()
        self.road.is_closed = True
        for wire in self.road.wires:
            wire.is_open = False
            wire.socket.close()
        self.cluster.link._is_wanted = self.cluster._reading._is_wanted = False
        self.copy.close()

    def stop(self) -> None:
        """End it in order."""
        self.chat.hub.shut_down()
        for end in self.ends:
            end()
        self._stage.run()
        self.member.stop()
        self._stage.run()
        self.copy.close()
        self._stage.nodes.remove(self)


class Servers:
    """All of them, their Redis, and the time."""

    def __init__(self, redis: Redis, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.redis = redis
        self.folder = folder
        self.clock = Clock()
        self.nodes: list[Node] = []
        self.joins: Callable[[Node], object] = lambda node: None
        """What is done with each server before it connects."""
        self.make_chat: Callable[..., Chat] = Chat
        """What makes the chat of a server that starts."""
        self.roads: list[Road] = []
        """Those of others than servers."""
        self._control = redis.connected()
        self._set_time()
        monkeypatch.setattr(scripts, "source", _on_the_tests_clock)

    def wall(self) -> float:
        return BEGAN + self.clock.seconds()

    def starts(self, name: str) -> Node:
        """A server that starts, in the folder that it had before if it had one."""
        node = Node(self, name, self.folder / name)
        self.nodes.append(node)
        self.run(1.5)
        return node

    def run(self, seconds: float = 0.0) -> None:
        """Let time go on, and everybody hear what there is to hear."""
        self._settle()
        left = seconds
        while left > 1e-9:
            step = min(0.1, left)
            self.clock.advance(step)
            self._set_time()
            left -= step
            self._settle()

    def keep_redis(self) -> None:
        """Have Redis be as it is now once it is started again; what comes then is lost."""
        self._control.call("SAVE")

    def restart_redis(self) -> None:
        """Kill Redis, which has kept nothing unless `keep_redis` was called, and start it again."""
        self.redis.kill()
        self._control.close()
        self._settle_dead()
        self.redis.start()
        self._forget_kept()
        self._control = self.redis.connected()
        self._set_time()

    def _forget_kept(self) -> None:
        (self.redis.folder / "dump.rdb").unlink(missing_ok=True)

    def forget(self) -> None:
        """Have Redis lose all that it has."""
        self._control.call("FLUSHALL")
        self._set_time()

    def end_readings(self) -> None:
        """Have Redis answer readings of which nothing comes, as it does after a second: by its own time that is long.

        Without it a server whose time passes faster takes its connection for dead.
        """
        for client in str(self._control.call("CLIENT", "LIST")).splitlines():
            about = dict(word.partition("=")[::2] for word in client.split())
            if about["cmd"] == "xread":
                self._control.call("CLIENT", "UNBLOCK", about["id"])
        self._settle()

    def _set_time(self) -> None:
        self._control.call("SET", "{tc}:clock", f"{self.wall():.6f}")

    def _settle_dead(self) -> None:
        for node in self.nodes:
            for wire in node.road.wires:
                wire.fetch()
        self.clock.advance(0)

    def _settle(self) -> None:
        """Go on until nothing more comes: what Redis was asked before a PING is answered before that is."""
        quiet = 0
        while quiet < 2:
            self.clock.advance(0)
            self._control.call("PING")
            roads = [*(node.road for node in self.nodes), *self.roads]
            came = [wire.fetch() for road in roads for wire in [*road.wires]]
            quiet = 0 if any(came) else quiet + 1

    def close(self) -> None:
        for node in [*self.nodes]:
            node.kill()
        for road in self.roads:
            road.close()
        self._control.close()
        self._forget_kept()


_SOURCE = scripts.source


def _on_the_tests_clock(name: str) -> str:
    text = _SOURCE(name)
    assert "local time = call('TIME')" in text
    return text.replace("local time = call('TIME')", "local time = {call('GET', PREFIX .. 'clock'), '0'}")


@pytest.fixture
def servers(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    stage = Servers(redis, tmp_path, monkeypatch)
    yield stage
    stage.close()
