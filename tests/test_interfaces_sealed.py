"""TLS at the interfaces, and the client's end of it, in memory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from OpenSSL import SSL
from support.certificates import key_and_certificate
from support.chat import Chat
from support.visits import Recorder
from support.web import WebDoor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from twistchat.admin.administration import open_administration
from twistchat.client.address import Address
from twistchat.client.conversation import Conversation
from twistchat.client.known_servers import KnownServers
from twistchat.client.link import Link
from twistchat.client.pinning import Acquaintance, PinnedWire, pinned
from twistchat.client.proving import Proving
from twistchat.interfaces.clientcertificates import ask
from twistchat.interfaces.context import Context
from twistchat.interfaces.handshakes import HANDSHAKE_SECONDS, SealedFactory
from twistchat.interfaces.seal import Seal
from twistchat.interfaces.tcp import service as tcp
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.interfaces.udp import service as udp
from twistchat.interfaces.web import service as web
from twistchat.interfaces.web.connection import HTTP_1_1
from twistchat.machine import Machine
from twistchat.reach import Reach
from twistchat.wire.language import ENGLISH


class Wire(StringTransport):
    """A TCP connection in memory."""

    is_gone = False

    def write(self, data: bytes) -> None:
        if not self.is_gone:
            super().write(data)

    def abortConnection(self) -> None:
        self.loseConnection()


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return Seal(tmp_path, Machine())


class Call:
    """A client's TLS connection to the chat, up to where nothing more is said."""

    def __init__(self, chat: Chat, seal: Seal, folder: Path, host: str) -> None:
        self.conversation = Conversation("ada", Proving("k"), "en")
        self.shown = self.conversation.display = Recorder(self.conversation)
        made: Deferred[Any] = Deferred()
        address = Address("tls", host, 7976)
        link = Link(Clock(), address, self.conversation, lambda link: made)
        self.acquaintance = Acquaintance(host)
        wire = PinnedWire(link, address, self.acquaintance, KnownServers(folder / "known_servers"))
        client_factory: Any = SimpleNamespace(buildProtocol=lambda at: wire, noisy=False)
        self.client = TLSMemoryBIOFactory(self.acquaintance, True, client_factory, chat.clock).buildProtocol(None)  # type: ignore[arg-type]
        self.server = seal.around(ChatFactory(chat.hub, ENGLISH), chat.clock).buildProtocol(None)
        self.ends = (Wire(), Wire())
        self.server.makeConnection(self.ends[0])
        self.client.makeConnection(self.ends[1])
        for _ in range(10):
            chat.turn()
            chat.clock.advance(0)
            for end, other in ((self.ends[0], self.client), (self.ends[1], self.server)):
                if data := end.value():
                    end.clear()
                    other.dataReceived(data)


@pytest.mark.parametrize("host", ["127.0.0.1", "chat.test", "bücher.test"])
def test_a_client_and_the_chat_talk_sealed_and_the_client_is_shown_the_servers_fingerprint(
    chat: Chat, seal: Seal, tmp_path: Path, host: str
) -> None:
    call = Call(chat, seal, tmp_path, host)
    assert call.conversation.is_in
    assert call.shown.codes[0] == "tls-new"
    assert seal.fingerprint is not None
    assert seal.fingerprint in call.shown.lines[0]
    assert not call.acquaintance.is_vouched_for


def test_connecting_to_a_server_that_is_known_by_its_key_makes_a_connection(tmp_path: Path) -> None:
    from twisted.internet.endpoints import TCP4ClientEndpoint

    reactor: Any = MemoryReactorClock()
    conversation = Conversation("ada", Proving("k"), "en")
    address = Address("tls", "127.0.0.1", 1)
    link = Link(Clock(), address, conversation, lambda link: Deferred())
    endpoint: Any = TCP4ClientEndpoint(reactor, "127.0.0.1", 1)
    pinned(endpoint, link, address, KnownServers(tmp_path / "known_servers"))
    assert len(reactor.tcpClients) == 1


# --- handshakes that do not end, and none at all


@pytest.fixture
def clock() -> MemoryReactorClock:
    return MemoryReactorClock()


@pytest.fixture
def sealed(chat: Chat, seal: Seal, clock: MemoryReactorClock) -> SealedFactory:
    made = seal.around(ChatFactory(chat.hub, ENGLISH), clock)
    assert isinstance(made, SealedFactory)
    return made


def begun(sealed: SealedFactory, *reads: bytes, host: str = "10.0.0.1") -> Wire:
    wire = Wire(IPv4Address("TCP", host, 7976), IPv4Address("TCP", "10.0.0.7", 40000))
    connection = sealed.buildProtocol(None)
    assert connection is not None
    connection.makeConnection(wire)
    for read in reads:
        connection.dataReceived(read)
    if wire.disconnecting:
        wire.is_gone = True
        connection.connectionLost(Failure(ConnectionDone()))
    return wire


@pytest.mark.parametrize("reads", [(), (b"\x16",), (b"\x16\x03\x01\x02\x00\x01\x00",)])
def test_a_handshake_that_is_begun_and_left_ends_after_ten_seconds(
    sealed: SealedFactory, clock: MemoryReactorClock, reads: tuple[bytes, ...]
) -> None:
    wire = begun(sealed, *reads)
    clock.pump([HANDSHAKE_SECONDS - 1, 0])
    assert not wire.disconnecting
    clock.advance(1)
    assert wire.disconnecting
    assert sealed.handshakes == 0


def test_of_more_handshakes_than_are_kept_the_oldest_is_given_up(
    sealed: SealedFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twistchat.interfaces.handshakes.MOST_HANDSHAKES", 3)
    wires = [begun(sealed, b"\x16") for _ in range(5)]
    assert [wire.disconnecting for wire in wires] == [True, True, False, False, False]
    assert sealed.handshakes == 3


def test_one_that_is_whole_has_all_the_time_it_wants(chat: Chat, seal: Seal, tmp_path: Path) -> None:
    call = Call(chat, seal, tmp_path, "127.0.0.1")
    chat.clock.advance(2 * HANDSHAKE_SECONDS)
    assert not call.ends[0].disconnecting
    assert call.server.factory.handshakes == 0


@pytest.mark.parametrize(
    ("reads", "host", "address"),
    [
        ((b"ada\r\n", b"hello\r\n"), "10.0.0.1", b"tls://10.0.0.1:7976"),
        ((b"GET / HTTP/1.1\r\n\r\n",), "fd00::1", b"tls://[fd00::1]:7976"),
    ],
)
def test_who_speaks_plainly_where_tls_alone_is_taken_is_told_so_and_no_more(
    sealed: SealedFactory, reads: tuple[bytes, ...], host: str, address: bytes
) -> None:
    wire = begun(sealed, *reads, host=host)
    assert wire.value() == b"Only TLS is taken here: `twistchat join " + address + b"`.\r\n"
    assert wire.disconnecting
    assert sealed.handshakes == 0


# --- the page's port, which takes both


class Upgradable(Wire):
    """A connection that can go on by TLS, as Twisted's do."""

    TLS = False

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None
        self.given: list[bytes] = []

    def startTLS(self, options: Any) -> None:
        self.TLS = True
        self.unregisterProducer()  # Twisted's has none, as its output goes straight to the socket until then
        self.protocol = SimpleNamespace(dataReceived=self.given.append)


@pytest.mark.parametrize(
    ("first", "is_sealed"), [(b"\x16\x03\x01", True), (b"GET / HTTP/1.1\r\n", False), (b"\x17\x16", False)]
)
def test_the_first_byte_says_whether_a_connection_to_the_page_is_sealed(
    chat: Chat, seal: Seal, first: bytes, is_sealed: bool
) -> None:
    factory = WebDoor(chat).factory
    factory.tls = seal.options(HTTP_1_1)
    transport = Upgradable()
    protocol = factory.buildProtocol(None)
    protocol.makeConnection(transport)
    protocol.dataReceived(first)
    assert is_sealed == transport.TLS
    assert transport.given == ([first] if is_sealed else [])
    protocol.dataReceived(b"\x16\x03\x01")
    assert transport.given == ([first] if is_sealed else [])


def test_without_a_certificate_nothing_is_sealed(chat: Chat) -> None:
    transport = Upgradable()
    protocol = WebDoor(chat).factory.buildProtocol(None)
    protocol.makeConnection(transport)
    protocol.dataReceived(b"\x16\x03\x01")
    assert not transport.TLS


def test_a_browser_that_asks_by_tls_what_is_spoken_is_told(chat: Chat) -> None:
    assert WebDoor(chat).factory.acceptableProtocols() == [b"http/1.1"]


# --- what is told of it


@pytest.mark.parametrize("tls", ["auto", "off"])
def test_those_who_search_are_told_the_servers_name_and_what_takes_tls_alone(
    chat: Chat, tmp_path: Path, tls: str
) -> None:
    reach = Reach(name="Room 12")
    administration = open_administration(chat.hub, tmp_path)
    options = {"tcp-tls": tls, "web-tls": tls}
    reactor = MemoryReactorClock()
    context = Context(chat.hub, ENGLISH, reactor, tmp_path, administration, options, Machine(), reach)
    lines, page = tcp.make_service("tcp:7976", context), web.make_service("tcp:7980", context)
    datagrams = udp.make_service("udp:0", context)
    for service in (lines, page):
        service.prepare()
        service.privilegedStartService()
    reach.doors = lambda: [door for each in (lines, page, datagrams) if (door := each.door) is not None]
    assert (context.seal.fingerprint is not None) == (tls == "auto")
    mark = b"+" if tls == "auto" else b""
    signpost = datagrams._protocol.signpost
    assert signpost.answer("127.0.0.1", 1.0) == b"F Room 12 %b7976 7980" % mark


def test_only_where_it_is_wanted_are_clients_asked_for_a_certificate(seal: Seal, tmp_path: Path) -> None:
    """A browser that is asked has its people choose one."""
    key_and_certificate(tmp_path)
    assert _takes_certificate(ask(seal.options()), tmp_path)
    assert not _takes_certificate(seal.options(HTTP_1_1), tmp_path), "of the web, though others ask"
    assert not _takes_certificate(seal.options(), tmp_path), "of telnet and the like"


def _takes_certificate(options: Any, folder: Path) -> bool:
    """Whether a server gets the certificate of a client who has one."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.use_certificate_file(str(folder / "cert.pem"))
    context.use_privatekey_file(str(folder / "key.pem"))
    client = SSL.Connection(context, None)
    protocol = SimpleNamespace(factory=SimpleNamespace(wrappedFactory=None))
    server = options.serverConnectionForTLS(protocol)
    client.set_connect_state()
    server.set_accept_state()
    for here, there in ((client, server), (server, client)) * 3:
        with suppress(SSL.WantReadError):
            here.do_handshake()
        with suppress(SSL.WantReadError):
            there.bio_write(here.bio_read(65536))
    assert server.get_finished() is not None, "the handshake has ended"
    return server.get_peer_certificate() is not None
