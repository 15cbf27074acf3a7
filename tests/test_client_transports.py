"""The client's connections: the prompt and lines of TCP, a session of numbered datagrams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.certificates import key_and_certificate
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.relay import Loss
from support.visits import Recorder
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from twistchat.client.address import Address
from twistchat.client.connector import connector
from twistchat.client.conversation import Conversation
from twistchat.client.link import Link
from twistchat.client.proving import Proving
from twistchat.client.transports import HELLO_SECONDS, MOST_HELLOS, MOST_LINE_BYTES, DatagramWire, LineWire


class FakeLink:
    """Keeps what a transport tells."""

    def __init__(self) -> None:
        self.wire: Any = None
        self.lines: list[bytes] = []
        self.reasons: list[str] = []

    def opened(self, wire: Any) -> None:
        self.wire = wire

    def line(self, wire: Any, line: bytes) -> None:
        self.lines.append(line)

    def closed(self, wire: Any, reason: str) -> None:
        self.reasons.append(reason)

    def failed(self, reason: str) -> None:
        self.reasons.append(f"failed: {reason}")


def line_wire() -> tuple[FakeLink, LineWire, StringTransport]:
    link: Any = FakeLink()
    wire, transport = LineWire(link), StringTransport()
    wire.makeConnection(transport)
    return link, wire, transport


@pytest.mark.parametrize("reads", [[b"NICKNAME"], [b"NICK", b"NAME"], [b"N", b"I", b"CKNAME"]])
def test_the_prompt_opens_it_however_it_comes(reads: list[bytes]) -> None:
    link, wire, _ = line_wire()
    for read in reads:
        assert link.wire is None
        wire.dataReceived(read)
    assert link.wire is wire
    wire.dataReceived(b"{}\r\nx\n")
    assert link.lines == [b"{}", b"x"]


def test_a_refusal_in_place_of_the_prompt_is_passed_on_as_a_line() -> None:
    link, wire, _ = line_wire()
    wire.dataReceived(b"Your address has 16 connections open.\r\n")
    assert link.lines == [b"Your address has 16 connections open."]


def test_a_line_without_an_end_ends_the_connection() -> None:
    link, wire, transport = line_wire()
    wire.dataReceived(b"NICKNAME")
    for _ in range(MOST_LINE_BYTES // 65536 + 1):
        wire.dataReceived(b"x" * 65536)
    assert link.reasons == ["it sent a line without an end"]
    assert transport.disconnecting


def test_sending_and_losing_are_passed_on() -> None:
    link, wire, transport = line_wire()
    wire.send(b"hi\n")
    assert transport.value() == b"hi\n"
    wire.dataReceived(b"NICKNAME")
    wire.connectionLost(Failure(ConnectionDone()))
    assert link.reasons == ["the server hung up"]


def test_a_connection_that_ends_before_the_prompt_has_failed() -> None:
    link, wire, _ = line_wire()
    wire.dataReceived(b"NICK")
    wire.connectionLost(Failure(ConnectionDone()))
    assert link.reasons == ["failed: the server hung up"]


# --- datagrams


class Socket:
    """A client's UDP socket whose other end is a real server's protocol."""

    def __init__(self, door: DatagramDoor, wire: DatagramWire, address: tuple[str, int]) -> None:
        self.door = door
        self.wire = wire
        self.address = address
        self.stopped = False
        self.deaf = False

    def write(self, packet: bytes) -> None:
        if not self.deaf:
            self.door.protocol.datagramReceived(packet, self.address)

    def stopListening(self) -> None:
        self.stopped = True

    def delivers(self) -> None:
        for _ in range(200):
            self.door.chat.turn()
            packets = self.door.transport.sent.pop(self.address, [])
            if not packets:
                return
            for packet in packets:
                self.wire.datagramReceived(packet, None)


class Session:
    """A conversation over numbered datagrams, without a network."""

    def __init__(self, chat: Chat, address: tuple[str, int] = ("127.0.0.1", 5000)) -> None:
        self.door = DatagramDoor(chat)
        self.conversation = Conversation("ada", Proving("k"), "en")
        self.shown = self.conversation.display = Recorder(self.conversation)
        self.failed: list[str] = []
        made: Deferred[Any] = Deferred()
        made.addErrback(lambda failure: self.failed.append(failure.getErrorMessage()))
        where = Address("udp", "host", 8888)
        self.link = Link(chat.clock, where, self.conversation, lambda link: made)
        self.wire = DatagramWire(chat.clock, self.link, where, made)
        self.socket = self.wire.transport = Socket(self.door, self.wire, address)

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            self.door.chat.clock.advance(0.1)
            self.socket.delivers()


@pytest.mark.parametrize("address", [("127.0.0.1", 5000), ("203.0.113.5", 5000)])
def test_a_session_opens_from_near_and_with_a_cookie_from_far(chat: Chat, address: tuple[str, int]) -> None:
    session = Session(chat, address)
    session.wire.begin()
    session.passes(3)
    assert session.conversation.is_in
    session.conversation.say("hello")
    session.passes(1)
    assert session.shown.lines[-1] == "ada: hello"


def test_over_a_bad_network_each_line_is_said_and_shown_once_and_in_order(chat: Chat) -> None:
    """20 % lost, 5 % repeated, 10 % late, both ways."""
    session, loss, bob = Session(chat), Loss(11), chat.enters("bob")
    arrives, delivers = session.socket.write, session.wire.datagramReceived

    def write(packet: bytes) -> None:
        for delay in loss.delays():
            chat.clock.callLater(delay, arrives, packet)

    def take(packet: bytes, address: object) -> None:
        for delay in loss.delays():
            chat.clock.callLater(delay, delivers, packet, address)

    session.socket.write = write  # type: ignore[method-assign]
    session.wire.datagramReceived = take  # type: ignore[method-assign]
    session.wire.begin()
    session.passes(10)
    own, others = [f"own {number}" for number in range(200)], [f"other {number}" for number in range(200)]
    for mine, theirs in zip(own, others, strict=True):
        session.conversation.say(mine)
        bob.sends(theirs)
        session.passes(0.1)
    session.passes(30)
    assert [line for line in session.shown.lines if "own" in line] == [f"ada: {line}" for line in own]
    assert [line for line in session.shown.lines if "other" in line] == [f"bob: {line}" for line in others]
    assert session.shown.codes == []


def test_a_quiet_session_is_kept_alive(chat: Chat) -> None:
    session = Session(chat)
    session.wire.begin()
    session.passes(300)
    assert session.conversation.is_in
    assert session.shown.codes == []


def test_nobody_who_answers_is_given_up(chat: Chat) -> None:
    session = Session(chat)
    session.socket.deaf = True
    session.wire.begin()
    session.passes(HELLO_SECONDS * (MOST_HELLOS + 1))
    assert session.failed == ["no answer"]
    assert session.socket.stopped


@pytest.mark.parametrize("hook", ["connectionRefused", "stopProtocol"])
def test_a_port_that_nobody_listens_at_is_told_at_once(chat: Chat, hook: str) -> None:
    session = Session(chat)
    session.wire.begin()
    getattr(session.wire, hook)()
    assert session.failed == ["nobody listens there"]
    session.passes(5)
    assert session.failed == ["nobody listens there"]


def test_the_servers_end_is_the_connections_end(chat: Chat) -> None:
    session = Session(chat)
    session.wire.begin()
    session.passes(1)
    session.wire.datagramReceived(b"E " + session.wire._token.encode() + b" too many", None)
    assert not session.conversation.is_connected
    assert "(too many)" in session.shown.lines[-1]


def test_closing_tells_the_server(chat: Chat) -> None:
    session = Session(chat)
    session.wire.begin()
    session.passes(1)
    session.link.stop()
    assert not len(session.door.protocol.streams)
    assert session.socket.stopped


@pytest.mark.parametrize("packet", [b"", b"D", b"E wrong", b"K " + b"x" * 100, b"O 0123456789abcdef", b"\xff" * 40])
def test_datagrams_of_strangers_change_nothing(chat: Chat, packet: bytes) -> None:
    session = Session(chat)
    session.wire.begin()
    session.passes(1)
    session.wire.datagramReceived(packet, None)
    assert session.conversation.is_in


def test_a_broken_datagram_under_the_sessions_own_token_ends_it(chat: Chat) -> None:
    session = Session(chat)
    session.wire.begin()
    session.passes(1)
    session.wire.datagramReceived(b"D " + session.wire._token.encode() + b" broken", None)
    assert "(it sent something broken)" in session.shown.lines[-1]


def test_each_kind_of_address_has_its_connector(tmp_path: Path) -> None:
    key_and_certificate(tmp_path)
    reactor: Any = MemoryReactorClock()
    for kind in ("tcp", "udp", "tls"):
        assert callable(connector(reactor, Address(kind, "127.0.0.1", 1)))
    assert callable(connector(reactor, Address("tls", "127.0.0.1", 1), (tmp_path / "cert.pem").read_bytes()))
