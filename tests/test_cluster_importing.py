"""Old lines put into the common log: stored once, kept by every server with their times, shown to nobody as news."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.cluster import BEGAN, LEASE, Node, Road, Servers
from support.redis import Redis
from twisted.internet.defer import Deferred

from twistchat.cluster import importing
from twistchat.cluster.importing import PATIENCE_SECONDS, ClusterStoring, import_by
from twistchat.errors import CannotStart
from twistchat.log.importing import FitLine
from twistchat.log.rows import EntryRow


def lines(count: int, first: int = 1) -> list[FitLine]:
    numbers = range(first, first + count)
    return [FitLine(n, BEGAN - 1000.0 + n // 2, EntryRow("lobby", "said", "cat", f"old {n}", 1)) for n in numbers]


class Import:
    """One that runs in the servers' time."""

    def __init__(self, servers: Servers, *what: FitLine, progress: Callable[[int], None] = lambda _: None) -> None:
        self.servers = servers
        self.road = Road(servers.clock, servers.redis)
        self.storing = ClusterStoring(self.road, (), "digest", servers.clock)
        self.ended: list[Any] = []
        servers.roads.append(self.road)
        Deferred.fromCoroutine(self.storing.store(what, progress)).addBoth(self.ended.append)

    def runs(self, seconds: float = 2 * LEASE) -> None:
        self.servers.run(seconds)

    @property
    def why(self) -> str:
        assert isinstance(self.ended[0].value, CannotStart), self.ended
        return str(self.ended[0].value)


@pytest.fixture
def one(servers: Servers) -> Node:
    return servers.starts("one")


@pytest.fixture
def two(one: Node, servers: Servers) -> Node:
    return servers.starts("two")


@pytest.fixture(autouse=True)
def in_small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(importing, "LINES_AT_ONCE", 4)
    yield


def said(node: Node) -> list[tuple[float, str]]:
    return [(row[1], row[5]) for row in node.kept() if row[3] == "said"]  # type: ignore[misc]


def test_every_server_keeps_what_is_imported_and_tells_nobody(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    doing = Import(servers, *lines(10))
    doing.runs()
    assert doing.ended == [None]
    assert (doing.storing.stored, doing.storing.upto) == (10, 10)
    assert ada.hears() == bob.hears() == []
    assert said(one) == said(two) == [(line.time, line.row.text) for line in lines(10)]
    assert "old 10" in " ".join(one.says(ada, "/history"))
    assert two.says(bob, "new") == ["bob: new"]
    assert one.kept() == two.kept()


def test_a_server_that_starts_later_and_a_redis_that_lost_all_have_it_too(servers: Servers, one: Node) -> None:
    Import(servers, *lines(6)).runs()
    before = one.kept()
    one.kill()
    one = servers.starts("one")
    servers.restart_redis()
    servers.run(3 * LEASE)
    two = servers.starts("two")
    assert two.kept()[: len(before)] == before
    assert one.chat.log.trouble is None


def test_it_is_stored_once_though_the_connection_was_lost(servers: Servers, one: Node, two: Node) -> None:
    doing = Import(servers, *lines(20), progress=lambda upto: doing.road.deafen() if upto == 8 else None)
    doing.runs(1)
    assert doing.ended == []
    doing.road.close()
    doing.runs(1)
    doing.road.is_closed = False
    doing.runs()
    assert doing.ended == [None]
    assert [text for _, text in said(two)] == [f"old {n}" for n in range(1, 21)]


def test_what_was_broken_off_goes_on_where_it_stood_and_a_second_time_it_is_stored_again(
    servers: Servers, one: Node
) -> None:
    def stop(upto: int) -> None:
        if upto == 8:
            raise KeyboardInterrupt

    doing = Import(servers, *lines(20), progress=stop)
    doing.runs()
    again = Import(servers, *lines(20))
    again.runs()
    assert (again.ended, again.storing.stored) == ([None], 12)
    assert [text for _, text in said(one)] == [f"old {n}" for n in range(1, 21)]
    third = Import(servers, *lines(20))
    third.runs()
    assert third.storing.stored == 20


def test_it_waits_for_a_redis_that_is_away_and_goes_on_with_what_is_lost_there(
    servers: Servers, one: Node, two: Node
) -> None:
    doing = Import(servers, *lines(20), progress=lambda upto: doing.road.close() if upto == 8 else None)
    doing.runs(1)
    servers.restart_redis()
    doing.road.is_closed = False
    doing.runs(4 * LEASE)
    assert doing.ended == [None]
    assert [text for _, text in said(one)] == [f"old {n}" for n in range(1, 21)]
    assert one.kept() == two.kept()


def test_no_server_is_left_far_behind(servers: Servers, one: Node, two: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_AHEAD", 6)
    two.road.close()
    doing = Import(servers, *lines(40))
    doing.runs(LEASE - 1)
    assert doing.storing.stored == 8
    doing.runs(4 * LEASE)  # that server is not waited for once it is taken for dead
    assert doing.ended == [None]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda servers: servers.redis.call("CONFIG", "SET", "maxmemory", 1), "Redis refuses: OOM"),
        (lambda servers: servers.forget(), "start one with --cluster first"),
        (lambda servers: servers.redis.call("HSET", "{tc}:state", "run", "x"), "RECOVERING"),
        (lambda servers: servers.redis.call("REPLICAOF", "127.0.0.1", 1), "READONLY"),
    ],
)
def test_where_it_cannot_be_stored_that_is_said(servers: Servers, one: Node, wrong: Any, sentence: str) -> None:
    one.kill()
    wrong(servers)
    try:
        doing = Import(servers, *lines(3))
        doing.runs(PATIENCE_SECONDS + 5)
        assert sentence in doing.why
        assert doing.storing.upto == 0
    finally:
        servers.redis.call("CONFIG", "SET", "maxmemory", 0)
        servers.redis.call("REPLICAOF", "NO", "ONE")


def test_a_redis_that_is_nowhere_is_said_to_be(servers: Servers, redis: Redis) -> None:
    doing = Import(servers, *lines(3))
    doing.road.close()
    doing.runs(PATIENCE_SECONDS + 5)
    assert "no connection to Redis" in doing.why


class Reactor:
    """One that runs what it is told to, or is stopped."""

    def __init__(self, is_interrupted: bool = False) -> None:
        self.is_interrupted = is_interrupted

    def callWhenRunning(self, call: Callable[[], object]) -> None:
        self._call = call

    def run(self) -> None:
        if not self.is_interrupted:
            self._call()

    def stop(self) -> None:
        pass


class Stored:
    """A storing that ends as it is told to."""

    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    async def store(self, *_: object) -> None:
        if self._error is not None:
            raise self._error


def test_the_reactor_runs_until_it_is_done() -> None:
    import_by(Reactor(), Stored(None), [], print)  # type: ignore[arg-type]
    with pytest.raises(CannotStart):
        import_by(Reactor(), Stored(CannotStart("no")), [], print)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        import_by(Reactor(is_interrupted=True), Stored(None), [], print)  # type: ignore[arg-type]
