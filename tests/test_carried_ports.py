"""Ports and connections of real sockets that go on in another process, here by other services in the same one."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from support.carried import back, through_json
from support.chat import Chat
from support.irc import network_of
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from twistchat.interfaces.adopting import Begin, Descriptor
from twistchat.interfaces.carried import NoTransport, with_socket
from twistchat.interfaces.irc.connection import IrcFactory
from twistchat.interfaces.listening import ConnectionFactory, ListeningService
from twistchat.interfaces.udp.port import ChatDatagramProtocol
from twistchat.interfaces.udp.service import DatagramService
from twistchat.interfaces.web.connection import WebFactory
from twistchat.interfaces.web.service import WebService
from twistchat.interfaces.web.site import Site
from twistchat.interfaces.web.visit import OriginPolicy
from twistchat.wire.language import ENGLISH

HOW = "{host} {port}"


sockets: list[socket.socket] = []
"""To be closed behind each test."""


@pytest.fixture
def talk() -> Iterator[Chat]:
    from twisted.internet import reactor

    yield Chat(clock=reactor)  # type: ignore[arg-type]
    while sockets:
        sockets.pop().close()


def service_of(talk: Chat, kind: str, description: str) -> Any:
    from twisted.internet import reactor

    if kind == "udp":
        return DatagramService(reactor, description, ChatDatagramProtocol(talk.hub, ENGLISH))
    if kind == "web":
        factory = WebFactory(talk.hub, ENGLISH, Site("/", {}), OriginPolicy())
        return WebService(reactor, "web", description, factory, HOW)
    return ListeningService(reactor, "irc", description, IrcFactory(network_of(talk)), HOW)


class Handover:
    """One service's port and connections, with nobody reading them, and then with another service."""

    def __init__(self, talk: Chat, old: Any) -> None:
        """Freeze, write everything down, and let go of it."""
        self.talk = talk
        self.old = old
        self.state = through_json(old.state())
        old.send_away()
        self.port = _taken(old.port)
        self.people = []
        for person in talk.hub.everyone:
            carried = person.client.carried()
            state, transport = through_json(carried.state), carried.transport
            descriptor = None if transport is None else _taken(transport)
            self.people.append((person, state, descriptor))

    def to(self, new: Any) -> None:
        """Go on with another."""
        begins: list[Begin] = [
            new.come_back(state, back(person._door), descriptor) for person, state, descriptor in self.people
        ]
        begins.append(new.take(self.state, self.port))
        for begin in begins:
            begin()


def _taken(holder: Any) -> Descriptor:
    """A socket, which whoever had it knows nothing of any more."""
    holder.stopReading()
    if hasattr(holder, "stopWriting"):
        holder.stopWriting()
    descriptor = Descriptor(os.dup(holder.fileno()), holder.socket.family)
    holder.socket.close()
    return descriptor


def turns(seconds: float = 0.02) -> Deferred[None]:
    from twisted.internet import reactor

    return deferLater(reactor, seconds)  # type: ignore[arg-type]


async def next_of(peer: socket.socket) -> bytes:
    """What comes next."""
    while True:
        with suppress(BlockingIOError):
            return peer.recv(1024)
        await turns()


class Visitor:
    """A plain socket at the far end."""

    def __init__(self, where: Any) -> None:
        family = {str: socket.AF_UNIX}.get(type(where), socket.AF_INET6 if ":" in where[0] else socket.AF_INET)
        self.socket = socket.socket(family)
        sockets.append(self.socket)
        self.socket.connect(where)
        self.socket.setblocking(False)
        self.got = b""

    def sends(self, data: bytes) -> None:
        self.socket.sendall(data)

    async def hears(self, wanted: bytes) -> bytes:
        """All that came since this was last asked, up to something that is waited for."""
        for _ in range(500):
            await turns(0.005)
            try:
                self.got += self.socket.recv(1 << 20)
            except BlockingIOError:
                continue
            if wanted in self.got:
                got, self.got = self.got, b""
                return got
        raise AssertionError(f"{wanted!r} did not come: {self.got!r}")


@pytest.fixture(params=["tcp", "tcp6", "unix", "haproxy"])
def description(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {
        "tcp": "tcp:0:interface=127.0.0.1",
        "tcp6": r"tcp6:0:interface=\:\:1",
        "unix": f"unix:{tmp_path / 'chat'}",
        "haproxy": "haproxy:tcp:0:interface=127.0.0.1",
    }[request.param]


def where(service: Any) -> Any:
    at = service.port.getHost()
    return at.name.decode() if hasattr(at, "name") else (at.host, at.port)


PROXY = b"PROXY TCP4 10.1.2.3 10.0.0.1 1000 6667\r\n"


@pytest_twisted.ensureDeferred
async def test_at_any_kind_of_endpoint_connections_go_on_and_new_ones_come(talk: Chat, description: str) -> None:
    old, new = service_of(talk, "irc", description), service_of(talk, "irc", description)
    old.startService()
    at = where(old)
    first = PROXY if description.startswith("haproxy") else b""
    ada = Visitor(at)
    ada.sends(first + b"NICK ada\r\nUSER a 0 * :A\r\n")
    await ada.hears(b" 366 ")
    ada.sends(b"PING :ha")
    await turns()
    handover = Handover(talk, old)
    bob = Visitor(at)
    bob.sends(first + b"NICK bob\r\nUSER b 0 * :B\r\n")
    ada.sends(b"lf\r\n")
    handover.to(new)
    assert b":half\r\n" in await ada.hears(b"PONG")
    await bob.hears(b" 366 ")
    bob.sends(b"PRIVMSG ada :psst\r\n")
    await ada.hears(b"PRIVMSG ada :psst")
    talk.hub.shut_down()
    await new.stopService()


@pytest_twisted.ensureDeferred
async def test_what_somebody_has_not_read_yet_comes_behind_a_restart_whole_and_in_order(talk: Chat) -> None:
    old, new = (service_of(talk, "irc", "tcp:0:interface=127.0.0.1") for _ in range(2))
    old.startService()
    ada = Visitor(where(old))
    ada.sends(b"NICK ada\r\nUSER a 0 * :A\r\n")
    await ada.hears(b" 366 ")
    client: Any = talk.called("ada").client
    talk.limit(backlog=1 << 26)
    lines = [f":irc.test NOTICE ada :{number:07}".encode().ljust(400) + b"\r\n" for number in range(25_000)]
    for line in lines[:20_000]:
        client.send(line)
    assert client.held > 0
    handover = Handover(talk, old)
    handover.to(new)
    for line in lines[20_000:]:
        talk.called("ada").client.send(line)
    assert await ada.hears(lines[-1]) == b"".join(lines)
    talk.hub.shut_down()
    await new.stopService()


@pytest_twisted.ensureDeferred
async def test_who_is_reset_meanwhile_leaves_as_anyone_whose_connection_died(talk: Chat) -> None:
    old, new = (service_of(talk, "irc", "tcp:0:interface=127.0.0.1") for _ in range(2))
    old.startService()
    ada, bob = Visitor(where(old)), Visitor(where(old))
    for each, name in ((ada, b"ada"), (bob, b"bob")):
        each.sends(b"NICK " + name + b"\r\nUSER a 0 * :A\r\n")
        await each.hears(b" 366 ")
    handover = Handover(talk, old)
    ada.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ada.socket.close()
    handover.to(new)
    assert b":ada!~u@irc.test QUIT" in await bob.hears(b"QUIT")
    assert [person.name for person in talk.hub.everyone] == ["bob"]
    talk.hub.shut_down()
    await new.stopService()


@pytest_twisted.ensureDeferred
async def test_datagrams_that_come_meanwhile_are_answered_behind_it(talk: Chat) -> None:
    old, new = (service_of(talk, "udp", "udp:0:interface=127.0.0.1") for _ in range(2))
    old.startService()
    ada = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ada.connect(where(old))
    sockets.append(ada)
    ada.setblocking(False)
    ada.send(b"L ada")
    assert await next_of(ada) == b"OK"
    handover = Handover(talk, old)
    old._protocol.stopProtocol()
    ada.send(b"C ada hello")
    await turns()
    handover.to(new)
    while await next_of(ada) != b"ada : hello":
        pass
    with pytest.raises(BlockingIOError):
        ada.recv(1024)
    talk.hub.shut_down()
    await new.stopService()


@pytest_twisted.ensureDeferred
async def test_who_only_visits_the_page_is_sent_away(talk: Chat) -> None:
    old, new = (service_of(talk, "web", "tcp:0:interface=127.0.0.1") for _ in range(2))
    old.startService()
    visitor = Visitor(where(old))
    visitor.sends(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await visitor.hears(b"404")
    old.send_away()
    assert await next_of(visitor.socket) == b""
    Handover(talk, old).to(new)
    again = Visitor(where(new))
    again.sends(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await again.hears(b"404")
    await new.stopService()


def test_what_is_sealed_cannot_go_to_another_process() -> None:
    assert with_socket({"ingress": {"lost": False}}, object()) is None


def test_who_has_gone_and_is_heard_to_their_end_has_no_socket() -> None:
    assert with_socket({"ingress": {"lost": True}}, object()) == ({"ingress": {"lost": True}}, None)


def test_an_interface_whose_connections_cannot_come_back_says_so() -> None:
    with pytest.raises(NotImplementedError):
        ConnectionFactory().revived({}, lambda client: client)  # type: ignore[arg-type, return-value]
    assert ConnectionFactory().state() == {}
    ConnectionFactory().revive({})


def test_nobody_at_all_takes_whatever_is_said() -> None:
    nobody = NoTransport()
    nobody.write(b"x")
    nobody.writeSequence([b"x"])
    nobody.registerProducer(None, True)
    nobody.unregisterProducer()
    nobody.pauseProducing()
    nobody.resumeProducing()
    nobody.loseConnection()
    nobody.abortConnection()
    assert nobody.getPeer() is nobody.getHost() is None  # type: ignore[func-returns-value]
