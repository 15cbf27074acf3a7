"""Whether anything on this machine answers for its name on local networks."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.names import dns

from twistchat.localname import ANSWER_SECONDS, GROUP, KEPT_SECONDS, MOST_ASKED, LocalName, addresses_in, local_name

HERE = IPv4Address("192.168.1.7")


def answer(name: str, *addresses: str) -> bytes:
    message = dns.Message(answer=1)
    message.answers = [dns.RRHeader(name.encode(), payload=dns.Record_A(each)) for each in addresses]
    message.answers.append(dns.RRHeader(name.encode(), dns.TXT, payload=dns.Record_TXT(b"more")))
    return bytes(message.toStr())


class FakePort:
    """A socket that a question is asked by."""

    def __init__(self, address: str, is_deaf: bool) -> None:
        self.host = address
        self.options: list[Any] = []
        self.sent: list[Any] = []
        self.is_open = True
        self._is_deaf = is_deaf

    def getHandle(self) -> FakePort:
        return self

    def getHost(self) -> FakePort:
        return self

    def setsockopt(self, *option: Any) -> None:
        self.options.append(option)

    def write(self, packet: bytes, to: Any) -> None:
        if self._is_deaf:
            raise OSError("Network is unreachable")
        self.sent.append((packet, to))

    def stopListening(self) -> None:
        self.is_open = False


class FakeNetworks(Clock):
    """A reactor whose sockets a test answers."""

    def __init__(self, gone: str = "", is_deaf: bool = False) -> None:
        super().__init__()
        self.ports: list[FakePort] = []
        self.questions: list[Any] = []
        self._gone = gone
        self._is_deaf = is_deaf

    def listenUDP(self, port: int, question: Any, interface: str) -> None:
        assert port == 0
        if interface == self._gone:
            raise OSError("Cannot assign requested address")
        self.ports.append(FakePort(interface, self._is_deaf))
        self.questions.append(question)
        question.transport = self.ports[-1]
        question.startProtocol()


def ask(asked: LocalName, *own: str) -> list[None]:
    """Ask; what is returned gets an entry once the answer is there."""
    done: list[None] = []
    Deferred.fromCoroutine(asked.ask(map(IPv4Address, own))).addCallback(done.append)
    return done


def test_a_name_that_this_machine_answers_for_is_found_without_leaving_it() -> None:
    reactor = FakeNetworks()
    name = LocalName(reactor, lambda: "Desk.example.org")
    done = ask(name, "192.168.1.7", "10.0.0.7")
    assert [port.host for port in reactor.ports] == ["10.0.0.7", "192.168.1.7"]
    for port in reactor.ports:
        assert (socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0) in port.options
        assert (socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(port.host)) in port.options
        ((packet, to),) = port.sent
        question = dns.Message()
        question.fromStr(packet)
        assert (to, str(question.queries[0].name), question.queries[0].type) == (GROUP, "desk.local", dns.A)
    assert (done, name.name) == ([], "")
    reactor.questions[1].datagramReceived(answer("Desk.local", "192.168.1.7"), ("192.168.1.7", 5353))
    assert (done, name.name, name.addresses) == ([None], "desk.local", {HERE})
    assert not any(port.is_open for port in reactor.ports)
    reactor.questions[0].datagramReceived(answer("desk.local", "10.0.0.7"), ("10.0.0.7", 5353))
    assert name.addresses == {HERE}
    reactor.advance(ANSWER_SECONDS)
    assert not reactor.getDelayedCalls()


@pytest.mark.parametrize(
    ("datagram", "sender"),
    [
        (answer("desk.local", "192.168.1.7"), "192.168.1.9"),
        (answer("desk.local", "192.168.1.9"), "192.168.1.7"),
        (answer("desk-2.local", "192.168.1.7"), "192.168.1.7"),
        (answer("desk.local"), "192.168.1.7"),
        (b"", "192.168.1.7"),
    ],
)
def test_what_another_machine_says_or_what_leads_to_one_does_not_count(datagram: bytes, sender: str) -> None:
    reactor = FakeNetworks()
    name = LocalName(reactor, lambda: "desk")
    done = ask(name, "192.168.1.7")
    reactor.questions[0].datagramReceived(datagram, (sender, 5353))
    assert done == []
    reactor.advance(ANSWER_SECONDS)
    assert (done, name.name, name.addresses) == ([None], "", frozenset())


def test_it_is_asked_once_a_minute_at_most_and_who_asks_meanwhile_does_not_wait() -> None:
    reactor = FakeNetworks()
    name = LocalName(reactor, lambda: "desk")
    first, second = ask(name, "192.168.1.7"), ask(name, "192.168.1.7")
    assert (first, second, len(reactor.ports)) == ([], [None], 1)
    reactor.questions[0].datagramReceived(answer("desk.local", "192.168.1.7"), ("192.168.1.7", 5353))
    reactor.advance(KEPT_SECONDS)
    ask(name, "192.168.1.7")
    reactor.advance(ANSWER_SECONDS)
    assert (len(reactor.ports), name.name) == (2, ""), "nothing answers any more"


def test_networks_that_are_gone_or_have_no_multicast_are_no_trouble() -> None:
    for reactor in (FakeNetworks(gone="192.168.1.7"), FakeNetworks(is_deaf=True)):
        name = LocalName(reactor, lambda: "desk")
        done = ask(name, "192.168.1.7")
        reactor.advance(ANSWER_SECONDS)
        assert (done, name.name) == ([None], "")


def test_so_many_networks_are_asked_and_no_more() -> None:
    reactor = FakeNetworks()
    ask(LocalName(reactor, lambda: "desk"), *(f"10.{number}.0.1" for number in range(40)))
    assert len(reactor.ports) == MOST_ASKED


@pytest.mark.parametrize("host", ["." * 63, "", ".", "a\nb", "\x1b[2J", "\udcff", "x" * 64, "-desk", "desk_1", "教室"])
def test_a_host_name_that_cannot_be_asked_for_is_not(host: str) -> None:
    assert local_name(host) == ""
    reactor = FakeNetworks()
    name = LocalName(reactor, lambda: host)
    assert (ask(name, "192.168.1.7"), name.name, reactor.ports) == ([None], "", [])


@pytest.mark.parametrize(("host", "name"), [("Desk", "desk.local"), ("a.b.example", "a.local"), ("x" * 63, "x" * 63)])
def test_the_first_part_of_a_host_name_is_its_name_on_local_networks(host: str, name: str) -> None:
    assert local_name(host).removesuffix(".local") == name.removesuffix(".local")


@given(st.binary(max_size=300))
def test_whatever_comes_it_is_an_answer_or_none(datagram: bytes) -> None:
    assert addresses_in(datagram, "desk.local") <= {HERE}


@given(st.data())
def test_a_damaged_answer_is_an_answer_or_none(data: st.DataObject) -> None:
    whole = bytearray(answer("desk.local", "192.168.1.7"))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(addresses_in(bytes(whole[: data.draw(st.integers(0, len(whole)))]), "desk.local"), frozenset)


def test_this_machine_can_be_asked_whatever_it_answers() -> None:
    """With the real reactor's sockets, on loopback."""
    from twisted.internet import reactor

    ports: list[Any] = []

    class RealSockets(Clock):
        def listenUDP(self, port: int, question: Any, interface: str) -> None:
            ports.append(reactor.listenUDP(port, question, interface=interface))  # type: ignore[attr-defined]

    clock = RealSockets()
    name = LocalName(clock, lambda: "desk")
    done = ask(name, "127.0.0.1")
    assert ports[0].getHandle().getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 0
    clock.advance(ANSWER_SECONDS)
    assert (done, name.name) == ([None], "")
