"""Reading endpoint descriptions, and saying where something listens."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_twisted
from support.chat import Chat
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.tcp import Port
from twisted.internet.testing import MemoryReactor, StringTransport

from twistchat.interfaces.listening import (
    CONNECTIONS_AT_ONCE,
    TAKING_IN_SECONDS,
    ConnectionFactory,
    Connections,
    HasDoor,
    ListeningService,
    cannot_listen,
    door_of,
    stopped,
    take_in_few,
    whereabouts,
    with_defaults,
)
from twistchat.interfaces.proxied import behind_proxy
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.reach import Door
from twistchat.wire.language import ENGLISH

HOW = "telnet {host} {port}"


@pytest.mark.parametrize(
    ("description", "completed"),
    [
        ("7976", "tcp:7976:interface=127.0.0.1:backlog=1024"),
        ("tcp:7976", "tcp:7976:backlog=1024"),
        ("tcp:7976:interface=\\:\\:1", "tcp:7976:interface=\\:\\:1:backlog=1024"),
        ("tcp6:7976", "tcp6:7976:backlog=1024"),
        ("tcp:7976:backlog=5", "tcp:7976:backlog=5"),
        ("ssl:1:privateKey=a\\:backlog=b.pem", "ssl:1:privateKey=a\\:backlog=b.pem:backlog=1024"),
        ("unix:/run/chat.sock", "unix:/run/chat.sock"),
        ("systemd:domain=INET:index=0", "systemd:domain=INET:index=0"),
        ("haproxy:tcp:7976", "haproxy:tcp:7976"),
    ],
)
def test_a_description_gets_what_ours_should_have(description: str, completed: str) -> None:
    assert with_defaults(description) == completed


@pytest.mark.parametrize("description", ["7976", "tcp:7976:interface=\\:\\:1", "tcp:port=7976", "unix:chat.sock"])
def test_twisted_reads_what_comes_of_it(description: str) -> None:
    assert serverFromString(MemoryReactor(), with_defaults(description))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            IPv4Address("TCP", "127.0.0.1", 7976),
            "listening on 127.0.0.1 port 7976, for this machine only; join with: telnet 127.0.0.1 7976",
        ),
        (
            IPv4Address("TCP", "0.0.0.0", 7976),
            "listening on 0.0.0.0 port 7976, for everyone who can reach this machine; join with: telnet 127.0.0.1 7976",
        ),
        (
            IPv6Address("TCP", "::", 7976),
            "listening on :: port 7976, for everyone who can reach this machine; join with: telnet ::1 7976",
        ),
        (
            IPv4Address("TCP", "192.168.1.5", 7976),
            "listening on 192.168.1.5 port 7976, for everyone who can reach this machine; "
            "join with: telnet 192.168.1.5 7976",
        ),
        (UNIXAddress("/run/chat.sock"), "listening on /run/chat.sock"),
    ],
)
def test_where_it_listens_is_said_with_how_to_get_in(address: object, sentence: str) -> None:
    assert whereabouts(address, HOW) == sentence


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("telnet {host} {port}", "join with: telnet ::1 7980"),
        ("http://{host}:{port}/ in a browser", "join with: http://[::1]:7980/ in a browser"),
    ],
)
def test_an_ipv6_address_has_brackets_in_what_is_a_url(how: str, said: str) -> None:
    assert whereabouts(IPv6Address("TCP", "::1", 7980), how).endswith(said)


def test_that_only_those_near_are_let_in_is_said() -> None:
    said = whereabouts(IPv4Address("TCP", "0.0.0.0", 7976), HOW, near_only=True)
    assert said.startswith("listening on 0.0.0.0 port 7976, for everyone on this machine's own private networks; ")
    assert "this machine only" in whereabouts(IPv4Address("TCP", "127.0.0.1", 7976), HOW, near_only=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_is_a_door_at_the_address_that_its_socket_has(host: str) -> None:
    from twisted.internet import reactor

    port = reactor.listenTCP(0, Factory(), interface=host)  # type: ignore[attr-defined]
    try:
        door = door_of("tcp", port, HOW)
        assert door == Door("tcp", host, port.getHost().port, HOW)
    finally:
        port.stopListening()


@pytest.mark.parametrize("is_dual", [True, False])
def test_a_socket_of_ipv6_says_whether_it_takes_ipv4_too(is_dual: bool) -> None:
    with socket.socket(socket.AF_INET6) as made:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_dual)
        port = SimpleNamespace(getHost=lambda: IPv6Address("TCP", "::", 7976), socket=made)
        assert door_of("tcp", port, HOW) == Door("tcp", "::", 7976, HOW, is_dual)


def test_a_unix_socket_is_no_door() -> None:
    class Port:
        def getHost(self) -> UNIXAddress:
            return UNIXAddress("/run/chat.sock")

    assert door_of("tcp", Port(), HOW) is None


PROXIED = (
    b"PROXY TCP4 192.0.2.1 127.0.0.1 x y\r\n",
    b"PROXY TCP6 \xff ::1 1 2\r\n",
    b"PROXY TCP4 192.0.2.1 127.0.0.1 \xe4\xbd 1\r\n",
    b"PROXY TCP9 192.0.2.1\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x3f\0\x01x",
    b"hello\r\n",
)


@pytest.mark.parametrize("said", PROXIED)
def test_a_proxy_that_says_nonsense_is_let_go_without_a_word_in_the_log(chat: Chat, said: bytes) -> None:
    connection, wire = behind_proxy(ChatFactory(chat.hub, ENGLISH)).buildProtocol(None), StringTransport()
    connection.makeConnection(wire)
    connection.dataReceived(said)
    assert wire.disconnecting


def test_what_fails_behind_a_proxy_is_not_taken_for_its_nonsense() -> None:
    class Failing(Protocol):
        def dataReceived(self, data: bytes) -> None:
            raise ValueError(data)

    connection = behind_proxy(Factory.forProtocol(Failing)).buildProtocol(None)
    connection.makeConnection(StringTransport())
    connection.dataReceived(b"PROXY UNKNOWN x\r\n")
    with pytest.raises(ValueError, match="ada"):
        connection.dataReceived(b"ada")


@pytest.mark.parametrize(
    ("description", "is_door"), [("tcp:7976", True), ("haproxy:tcp:7976", False), ("unix:chat.sock", False)]
)
def test_a_service_has_a_door_while_it_listens_where_others_find_it(description: str, is_door: bool) -> None:
    service = ListeningService(MemoryReactor(), "tcp", description, ConnectionFactory(), HOW)
    assert isinstance(service, HasDoor)
    assert service.door is None
    service.privilegedStartService()
    assert (service.door is not None) is is_door


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CannotListenError("", 80, OSError(13, "Permission denied")), "Permission denied"),
        (ValueError("Unknown endpoint type: 'x'"), "Unknown endpoint type: 'x'"),
        (IndexError(), "IndexError"),
    ],
)
def test_why_it_cannot_listen_is_one_sentence(error: Exception, reason: str) -> None:
    sentence = f"--tcp 80: cannot listen there: {reason}. Give another place, or `off`."
    assert str(cannot_listen("tcp", "80", error)) == sentence


def test_stopping_waits_for_the_last_connection() -> None:
    connections = Connections()
    connections.opened()
    connections.opened()
    done: list[object] = []
    for _ in range(2):
        Deferred.fromCoroutine(connections.all_closed()).addCallback(done.append)
    connections.closed()
    assert done == []
    connections.closed()
    assert done == [None, None]


def test_stopping_does_not_wait_where_nobody_is() -> None:
    done: list[object] = []
    Deferred.fromCoroutine(Connections().all_closed()).addCallback(done.append)
    Deferred.fromCoroutine(stopped(None)).addCallback(done.append)
    assert done == [None, None]


class Greedy(Port):
    """A port that takes in more each time, as Twisted's does in a storm."""

    def __init__(self, clock: Clock, waiting: int) -> None:
        self.connected = True
        self.numberAccepts = 100
        self.taken: list[int] = []
        self._clock = clock
        self._waiting = waiting

    def doRead(self) -> None:
        taken = min(self.numberAccepts, self._waiting)
        self._waiting -= taken
        self.taken.append(taken)
        self.numberAccepts = self.numberAccepts + 20 if taken == self.numberAccepts else max(1, taken)
        self._clock.advance(TAKING_IN_SECONDS * 0.4)


def test_a_storm_of_connections_leaves_each_turn_to_others() -> None:
    """A few at once, for as long as there is time for more."""
    port = Greedy(clock := Clock(), waiting=1000)
    take_in_few(port, clock.seconds)
    port.doRead()
    assert port.taken == [CONNECTIONS_AT_ONCE] * 3


def test_a_turn_takes_in_no_more_than_there_are() -> None:
    port = Greedy(clock := Clock(), waiting=CONNECTIONS_AT_ONCE + 2)
    take_in_few(port, clock.seconds)
    port.doRead()
    assert port.taken == [CONNECTIONS_AT_ONCE, 2]


@pytest_twisted.ensureDeferred
async def test_a_port_that_listens_takes_in_few_at_a_time() -> None:
    from twisted.internet import reactor

    service = ListeningService(reactor, "tcp", "tcp:0:interface=127.0.0.1", ConnectionFactory(), HOW)
    service.startService()
    port: Any = service.port
    port.doRead()
    assert 0 < port.numberAccepts <= CONNECTIONS_AT_ONCE
    await service.stopService()
