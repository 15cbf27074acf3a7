"""The parts of a cluster by themselves: the protocol, the connection that comes back, endpoints, options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport

from twistchat.cluster import resp
from twistchat.cluster.batches import Batch, of_rows, packed
from twistchat.cluster.endpoints import SentinelEndpoint, endpoint
from twistchat.cluster.joining import make_cluster
from twistchat.cluster.link import ANSWER_SECONDS, LONGEST_DELAY, RedisLink
from twistchat.cluster.resp import CommandRefused, ConnectionGone, RedisProtocol
from twistchat.errors import CannotStart
from twistchat.log.belonging import belongs, check_alone, cluster_of, enter_epoch, epoch_of
from twistchat.log.memory import MemoryLog
from twistchat.log.origins import Origin
from twistchat.log.schema import create, prepare
from twistchat.log.sqlite import SqliteLog


class Wire(StringTransport):
    """A transport whose end is told at once."""

    protocol: Any = None

    def abortConnection(self) -> None:
        super().abortConnection()
        if self.protocol.connected:
            self.protocol.connectionLost()


class Far:
    """Redis, as a test plays it: what connects, and what was pushed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.wires: list[Wire] = []
        self.refuses = False
        self.pushed: list[Any] = []
        self.ups = self.downs = 0
        self.link = RedisLink(self.clock, self, ["HELLO", 3], self._up, self._down, self.pushed.append)  # type: ignore[arg-type]

    def _up(self) -> None:
        self.ups += 1

    def _down(self) -> None:
        self.downs += 1

    def connect(self, factory: Any) -> Deferred[Any]:
        if self.refuses:
            return fail(ConnectError())
        wire = Wire()
        self.wires.append(wire)
        wire.protocol = factory.buildProtocol(None)
        wire.protocol.makeConnection(wire)
        return succeed(wire.protocol)

    @property
    def wire(self) -> Wire:
        return self.wires[-1]

    def says(self, data: bytes) -> None:
        self.wire.protocol.dataReceived(data)


@pytest.fixture
def far() -> Far:
    far = Far()
    far.link.start()
    far.says(b"+OK\r\n")
    return far


def result(deferred: Deferred[Any]) -> Any:
    found: list[Any] = []
    deferred.addCallback(found.append)
    assert found
    return found[0]


def refusal(deferred: Deferred[Any]) -> BaseException:
    found: list[Any] = []
    deferred.addErrback(lambda failure: found.append(failure.value))
    assert found
    return found[0]  # type: ignore[no-any-return]


def test_answers_come_to_their_questions_in_their_order(far: Far) -> None:
    first, second = far.link.call("GET", "a"), far.link.call("GET", "b")
    far.says(b"$1\r\nx\r\n-OOM too much\r\n")
    assert result(first) == b"x"
    error = refusal(second)
    assert isinstance(error, CommandRefused)
    assert error.word == "OOM"


def test_what_is_published_is_pushed_and_answers_nothing(far: Far) -> None:
    far.link.subscribe("to:me")
    asked = far.link.call("GET", "a")
    far.says(b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n$1\r\nx\r\n")
    assert far.pushed == [[b"message", b"c", b"m"]]
    assert result(asked) == b"x"


def test_questions_fail_with_their_connection_and_a_new_one_is_made(far: Far) -> None:
    asked = far.link.call("GET", "a")
    far.link.abort()
    assert isinstance(refusal(asked), ConnectionGone)
    assert far.downs == 1
    assert isinstance(refusal(far.link.call("GET", "a")), ConnectionGone)
    far.clock.advance(0.1)
    far.says(b"+OK\r\n")
    assert far.ups == 2
    assert far.link.trouble is None


def test_it_is_tried_again_at_longer_and_longer_intervals_and_said_once(far: Far) -> None:
    far.refuses = True
    far.link.abort()
    for _ in range(20):
        far.clock.advance(LONGEST_DELAY)
    far.refuses = False
    far.clock.advance(LONGEST_DELAY)
    assert len(far.wires) == 2
    far.link.start()  # idempotent
    assert len(far.wires) == 2


def test_a_hello_that_is_refused_is_said_and_tried_again(far: Far) -> None:
    far.link.abort()
    far.clock.advance(0.1)
    far.says(b"-WRONGPASS no\r\n")
    assert "WRONGPASS" in (far.link.trouble or "")
    assert not far.link.is_up
    far.clock.advance(LONGEST_DELAY)
    assert len(far.wires) == 3


def test_a_connection_that_does_not_answer_is_ended(far: Far) -> None:
    far.link.look()
    asked = far.link.call("GET", "a")
    far.link.look()
    far.clock.advance(ANSWER_SECONDS - 1)
    far.link.look()
    far.clock.advance(1)
    far.link.look()
    assert isinstance(refusal(asked), ConnectionGone)
    far.link.look()


def test_a_link_that_is_stopped_connects_no_more(far: Far) -> None:
    far.refuses = True
    far.link.abort()
    far.clock.advance(0.1)
    far.link.stop()
    far.clock.advance(60)
    assert not far.clock.getDelayedCalls()
    factory_of = RedisProtocol(far.link._came, far.link._went, far.pushed.append)
    late = Wire()
    late.protocol = factory_of
    factory_of.makeConnection(late)
    assert late.disconnected or not factory_of.connected
    far.link.subscribe("nothing")


def test_what_is_no_redis_is_hung_up_on(far: Far) -> None:
    far.says(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert far.downs == 1
    far.clock.advance(0.1)
    far.says(b"+OK\r\n")
    far.says(b"+unasked\r\n")
    assert far.downs == 2


@pytest.mark.parametrize("said", [b"%1\r\n*1\r\n:1\r\n:2\r\n", b"*1\r\n%1\r\n~1\r\n+x\r\n:2\r\n", b"$x\r\n"])
def test_what_no_redis_answers_is_hung_up_on_and_the_question_has_failed(far: Far, said: bytes) -> None:
    asked = far.link.call("GET", "a")
    far.says(said)
    assert isinstance(refusal(asked), ConnectionGone)
    assert far.downs == 1


def test_so_many_questions_wait_and_no_more(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resp, "MOST_UNANSWERED", 2)
    waiting = [far.link.call("GET", "a") for _ in range(2)]
    assert isinstance(refusal(far.link.call("GET", "a")), ConnectionGone)
    far.link.abort()
    for each in waiting:
        refusal(each)


# --- where Redis is


@pytest.mark.parametrize("text", ["tcp:localhost:6379", "unix:/tmp/r", "sentinel:chat:h:26379,[::1]:26380"])
def test_where_redis_is_can_be_written(text: str) -> None:
    assert endpoint(MemoryReactorClock(), "cluster", text)


@pytest.mark.parametrize("text", ["6379", "ftp:h:1", "sentinel:chat", "sentinel:chat:host", "tcp:h"])
def test_what_is_no_place_is_refused_with_what_to_give(text: str) -> None:
    with pytest.raises(CannotStart, match="Give tcp:HOST:PORT"):
        endpoint(MemoryReactorClock(), "cluster", text)


class Sentinels(SentinelEndpoint):
    """An endpoint whose Sentinels say what the test says."""

    def __init__(self, reactor: Any, told: list[Any]) -> None:
        super().__init__(reactor, "chat", [("one", 1), ("two", 2)])
        self.told = told
        self.asked: list[str] = []

    async def _master(self, host: str, port: int) -> tuple[str, int]:
        self.asked.append(host)
        told = self.told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told  # type: ignore[no-any-return]


def test_one_sentinel_after_the_other_is_asked() -> None:
    reactor = MemoryReactorClock()
    place = Sentinels(reactor, [CommandRefused("no"), ("10.0.0.1", 6379)])
    place.connect(None)  # type: ignore[arg-type]
    assert place.asked == ["one", "two"]
    assert reactor.tcpClients[0][:2] == ("10.0.0.1", 6379)


def test_where_no_sentinel_knows_that_is_said() -> None:
    place = Sentinels(MemoryReactorClock(), [CommandRefused("no"), ConnectionGone()])
    assert "no Sentinel says where chat is" in str(refusal(place.connect(None)))  # type: ignore[arg-type]


# --- options


OPTIONS = {
    "cluster": "tcp:h:1",
    "cluster-read": "off",
    "cluster-secret": None,
    "node": None,
    "lease": "5s",
    "log": "sqlite",
}


def made(folder: Path, **options: Any) -> Any:
    given = {**OPTIONS, **{name.replace("_", "-"): value for name, value in options.items()}}
    clock = MemoryReactorClock()
    return make_cluster(given, SqliteLog(folder, clock, clock.seconds), folder, clock)


def test_a_server_of_several_is_made_of_the_options(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("chat s3cret\n")
    member = made(tmp_path, node="n1", lease="2s", cluster_secret=str(secret), cluster_read="tcp:replica:1")
    assert member.post.name == "n1"
    assert member.cluster.lease == 2.0
    secret.write_text("s3cret\n")
    assert made(tmp_path, cluster_secret=str(secret)).post.name
    assert made(tmp_path, cluster="off") is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lease": "forever"}, "--lease forever: give 1s to 60s"),
        ({"lease": "5"}, "--lease 5: give"),
        ({"lease": "2h"}, "--lease 2h: give"),
        ({"node": "a b"}, "--node a b"),
        ({"log": "memory"}, "--log sqlite"),
        ({"cluster": "nowhere"}, "--cluster nowhere"),
        ({"cluster_read": "nowhere"}, "--cluster-read nowhere"),
        ({"cluster_secret": "/nowhere/at/all"}, "--cluster-secret /nowhere/at/all: it cannot be read"),
    ],
)
def test_options_that_cannot_be_are_refused_in_a_sentence(tmp_path: Path, options: Any, sentence: str) -> None:
    with pytest.raises(CannotStart) as caught:
        made(tmp_path, **options)
    assert sentence in str(caught.value)


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("\n")
    with pytest.raises(CannotStart, match="first line"):
        made(tmp_path, cluster_secret=str(secret))


def test_without_hiredis_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "twistchat.cluster.cluster", None)
    with pytest.raises(CannotStart, match=r"pip install"):
        made(tmp_path)


# --- whose copy a log is


def test_a_copy_is_not_served_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    check_alone(path)
    create(path)
    prepare(path)
    assert cluster_of(path) is None
    belongs(path, 7)
    assert cluster_of(path) == 7
    assert epoch_of(path) == 0
    enter_epoch(path, 1_700_000_000_000_001)
    assert (cluster_of(path), epoch_of(path)) == (7, 1_700_000_000_000_001)
    with pytest.raises(CannotStart, match="copy of the common log"):
        made(tmp_path, cluster="off")
    with pytest.raises(CannotStart, match="copy of the common log"):
        make_cluster({"cluster": "off"}, MemoryLog(float), tmp_path, None)


def test_a_file_that_is_no_log_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_text("no database, whatever it is called, and a rather long text")
    with pytest.raises(CannotStart, match="cannot be used"):
        cluster_of(path)


# --- batches


def test_of_a_batch_that_is_known_in_part_the_rest_is_taken() -> None:
    rows = [["lobby", "said", "ada", text] for text in ("one", "two", "three")]
    batch = Batch(9, "a", 4, "1.000000", packed(rows), rows)
    assert batch.after(6) is batch
    rest = batch.after(8)
    assert (rest.first, rest.last, rest.rows, rest.packed) == (9, 9, rows[2:], packed(rows[2:]))


def test_what_a_copy_has_is_made_batches_of_again() -> None:
    rows = [["lobby", "said", "ada", text] for text in ("one", "two", "three")]
    numbered = [(7, 1.5, rows[0]), (8, 1.5, rows[1]), (9, 2.25, rows[2])]
    assert of_rows(numbered, []) == [
        Batch(8, "", 0, "1.500000", packed(rows[:2]), rows[:2], []),
        Batch(9, "", 0, "2.250000", packed(rows[2:]), rows[2:], []),
    ]
    assert [batch.first for batch in of_rows([(7, 1.5, rows[0]), (9, 1.5, rows[1])], [])] == [7, 9]


def test_batches_are_made_again_as_whose_they_were() -> None:
    rows = [["lobby", "said", "ada", str(number)] for number in range(6)]
    numbered = [(number, 1.5, row) for number, row in enumerate(rows, 1)]
    origins = [Origin(0, 1, 1, "a.1", 3), Origin(1, 3, 4, "b.1", 7), Origin(2, 5, 6, "a.1", 4)]
    made = of_rows(numbered, origins)
    assert [(batch.first, batch.last, batch.server, batch.seq) for batch in made] == [
        (1, 1, "a.1", 3),
        (2, 2, "", 0),
        (3, 4, "b.1", 7),
        (5, 6, "a.1", 4),
    ]


def test_times_of_their_own_survive_the_copy() -> None:
    rows = [["lobby", "said", "ada", text] for text in ("one", "two", "three")]
    batch = Batch(9, "+file", 3, "2.500000", packed(rows), rows, [1.5, 1.5, 2.5])
    kept = [*batch.numbered(5)]
    assert [(each.first, each.time, len(each.rows)) for each in kept] == [(7, 1.5, 2), (9, 2.5, 1)]
    assert [each.origin for each in kept] == [None, Origin(5, 7, 9, "+file", 3)]
    assert of_rows(
        [(n, t, r) for n, t, r in zip((7, 8, 9), batch.times, rows, strict=True)], [Origin(5, 7, 9, "+file", 3)]
    ) == [batch]
    assert batch.after(7).times == [1.5, 2.5]


def test_a_file_that_is_no_log_is_left_to_whoever_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_text("no database, whatever it is called, and a rather long text")
    check_alone(path)
