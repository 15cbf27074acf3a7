"""What strangers can do at the two SSH ports: each phase has its time, all that waits has one bound."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chat import Chat
from support.shell import a_host_key
from support.sshclient import KEYS, LOGIN, SERVICE, SESSION, Pair
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.keys import Key
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from twistchat.admin.administration import open_administration
from twistchat.core.limits import Rate
from twistchat.interfaces.shell.server import EXCHANGES, PersonFactory
from twistchat.interfaces.ssh import server as admin_server
from twistchat.interfaces.ssh.exchanges import Exchanges
from twistchat.interfaces.ssh.factory import LOGIN_SECONDS, NOTED
from twistchat.interfaces.ssh.keyfile import KeyFiles, KeyPlaces
from twistchat.interfaces.ssh.server import AdminFactory
from twistchat.interfaces.ssh.transport import KEYS_SECONDS, MOST_UNREAD, READ_BYTES, REKEY_SECONDS, SshTransport
from twistchat.interfaces.ssh.turns import Turns
from twistchat.wire.language import ENGLISH

KEY = Key(Ed25519PrivateKey.generate())
CAP = 64 * 1024

Factory = Any


def people(chat: Chat, _folder: Path) -> Factory:
    chat.limit(backlog=CAP)
    factory = PersonFactory(chat.hub, ENGLISH, a_host_key())
    factory.doStart()
    return factory


def admins(chat: Chat, folder: Path) -> Factory:
    keys = folder / "authorized_keys"
    keys.write_bytes(KEY.public().toString("OPENSSH") + b" op\n")
    keys.chmod(0o600)
    administration = open_administration(chat.hub, folder)
    factory = AdminFactory(administration, a_host_key(), KeyFiles(KeyPlaces(keys, None)), "", True)
    factory.doStart()
    return factory


@pytest.fixture(params=[people, admins])
def factory(request: pytest.FixtureRequest, chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Factory:
    monkeypatch.setattr(admin_server, "MOST_HELD", CAP)
    return request.param(chat, tmp_path)


@pytest.fixture
def here(chat: Chat, tmp_path: Path) -> Factory:
    return people(chat, tmp_path)


def listens(chat: Chat, factory: Factory, **how: Any) -> Pair:
    """Somebody in a session to whom whatever is said is sent."""
    pair = Pair(chat, factory, KEY, **how)
    pair.comes_in()
    pair.asks(b"shell" if isinstance(factory, PersonFactory) else b"exec", b"" if how.get("shell") else NS(b"tail"))
    return pair


def talk(chat: Chat, pair: Pair, most: int = 400) -> int:
    """Say so much that it does not fit anywhere; how much waited at most."""
    eve, held = chat.enters("eve"), 0
    for _ in range(most):
        if pair.is_let_go:
            break
        eve.sends("x" * 900)
        held = max(held, pair.server.held)
    return held


# --- one piece a turn


def turn(chat: Chat) -> None:
    """One turn of a reactor: it calls what was due when it began."""
    for call in sorted(chat.clock.getDelayedCalls(), key=lambda call: call.getTime()):
        if call.active() and call.getTime() <= chat.clock.seconds():
            do, words, more = call.func, call.args, call.kw
            call.cancel()
            do(*words, **more)


def test_what_takes_long_is_done_one_piece_a_turn_in_the_order_in_which_it_was_asked_for(chat):
    turns, done = Turns(chat.clock, chat.hub.turn), []
    turns.ask(lambda: (done.append(1), turns.ask(lambda: done.append(3))))
    gone = turns.ask(lambda: done.append("gone"))
    turns.ask(lambda: done.append(2))
    gone.drop()
    for _ in range(12):
        before = len(done)
        turn(chat)
        assert len(done) <= before + 1
    assert done == [1, 2, 3]
    turns.ask(lambda: done.append("gone")).drop()
    chat.turn()
    assert done == [1, 2, 3]


def test_lines_that_came_in_the_same_turn_as_a_piece_of_a_login_go_out_before_it(chat):
    turns, done = Turns(chat.clock, chat.hub.turn), []
    eve, ada = chat.enters("eve"), chat.enters("ada")
    eve.hears()
    turns.ask(lambda: done.append(eve.hears()))
    turn(chat)
    ada.types("hello")
    while not done:
        turn(chat)
    assert done == [["ada: hello"]]


def test_who_has_gone_before_they_were_greeted_is_sent_nothing(chat, factory, logged):
    where = IPv4Address("TCP", "127.0.0.1", 40000)
    gone, wire = factory.buildProtocol(where), StringTransport(peerAddress=where, lenient=True)
    gone.makeConnection(wire)
    gone.connectionLost()
    chat.clock.advance(LOGIN_SECONDS)
    assert wire.value() == b"" and not factory._transports
    assert not any("Traceback" in line for line in logged)


def test_what_came_before_the_greeting_is_read_behind_it(chat, factory, logged):
    where = IPv4Address("TCP", "127.0.0.1", 40000)
    early, wire = factory.buildProtocol(where), StringTransport(peerAddress=where, lenient=True)
    early.makeConnection(wire)
    assert wire.producerState == "paused", "a stranger's bytes wait with the kernel"
    early.dataReceived(b"SSH-2.0-x\r\n" + struct.pack(">LBB", 12, 4, 20) + bytes(10))
    assert wire.value() == b""
    chat.clock.advance(0)
    assert wire.value().startswith(b"SSH-2.0-twistchat\r\n")
    assert any("sent nonsense" in line for line in logged), "it was looked at"


# --- deadlines


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-x\r\n"])
def test_who_says_nothing_or_no_more_than_a_version_has_twenty_seconds(chat, factory, said):
    pair = Pair(chat, factory, KEY)
    pair.server.dataReceived(said)
    chat.clock.advance(LOGIN_SECONDS - 0.1)
    assert not pair.is_let_go
    chat.clock.advance(0.2)
    assert pair.is_let_go


@pytest.mark.parametrize("goal", [KEYS, SERVICE])
def test_who_exchanges_keys_and_does_not_log_in_has_no_more(chat, factory, goal):
    pair = Pair(chat, factory, KEY, goal)
    chat.clock.advance(LOGIN_SECONDS / 2)
    pair.comes_in()
    assert pair.server.sessionID is not None
    chat.clock.advance(LOGIN_SECONDS / 2 + 0.1)
    assert pair.is_let_go


@pytest.mark.parametrize("goal", [LOGIN, SESSION])
def test_who_is_in_and_asks_for_nothing_has_a_time_as_well(chat, factory, goal):
    pair = Pair(chat, factory, KEY, goal)
    pair.comes_in()
    assert pair.client.is_in
    chat.clock.advance(factory.session_seconds - 0.1)
    assert not pair.is_let_go
    chat.clock.advance(0.2)
    assert pair.is_let_go


def test_an_exchange_of_keys_that_is_begun_again_has_to_end(chat, factory):
    pair = listens(chat, factory)
    chat.clock.advance(LOGIN_SECONDS)
    pair.client.sendKexInit()
    pair.server.dataReceived(pair._back.value())
    chat.clock.advance(REKEY_SECONDS - 0.1)
    assert not pair.is_let_go
    chat.clock.advance(0.2)
    assert pair.is_let_go


def test_a_connection_that_ends_leaves_nothing_running(chat, factory):
    pairs = [Pair(chat, factory, KEY, goal) for goal in (KEYS, LOGIN)] + [listens(chat, factory, user="bob")]
    for pair in pairs:
        pair.carry()
        pair.client.sendKexInit()
        pair.server.dataReceived(pair._back.value())
        pair.hangs_up()
    chat.clock.advance(KEYS_SECONDS + 1)
    assert not factory._transports
    assert chat.people_in("lobby") == []


# --- what waits


def test_what_waits_while_keys_are_exchanged_is_bounded(chat, factory):
    pair = listens(chat, factory)
    pair.client.sendKexInit()
    pair.server.dataReceived(pair._back.value())
    assert CAP - 2000 < talk(chat, pair) <= CAP + 1000
    assert pair.is_let_go


def test_what_waits_for_a_window_is_bounded(chat, factory):
    pair = listens(chat, factory, window=600)
    assert CAP - 2000 < talk(chat, pair) <= CAP + 1000
    assert pair.is_let_go


def test_what_waits_for_somebody_who_does_not_read_is_bounded_however_wide_the_window(chat, factory):
    pair = listens(chat, factory, window=0xFFFFFFFF)
    pair.wire.producer.pauseProducing()
    assert CAP - 2000 < talk(chat, pair) <= CAP + 1000
    assert pair.is_let_go


def test_what_waits_in_several_places_is_counted_together(chat, factory):
    pair = listens(chat, factory, window=CAP // 2)
    pair.wire.producer.pauseProducing()
    assert CAP - 3000 < talk(chat, pair) <= CAP + 1000
    assert pair.is_let_go


def test_what_waited_for_new_keys_goes_out_with_them(chat, here):
    pair = listens(chat, here)
    eve = chat.enters("eve")
    pair.sends(b"")
    pair.client.sendKexInit()
    pair.server.dataReceived(pair._back.value())
    pair._back.clear()
    eve.sends("meanwhile")
    assert pair.server.held
    pair.sends(b"")
    assert b"eve: meanwhile" in pair.channel.got
    assert not pair.server.held


def test_what_waited_for_a_window_goes_out_in_its_order(chat, here):
    pair = listens(chat, here, window=600)
    pair.channel.got = b""
    eve = chat.enters("eve")
    eve.sends(*(f"{number} {'x' * 90}" for number in range(30)))
    pair.carry()
    assert not pair.server.held
    heard = [line.split()[1] for line in pair.channel.got.decode().splitlines() if line.startswith("eve: ")]
    assert heard == [str(number) for number in range(30)]


def test_a_packet_without_an_end_is_not_waited_for(chat, factory):
    pair = Pair(chat, factory, KEY)
    pair.server.dataReceived(b"SSH-2.0-x\r\n" + struct.pack(">LB", 500_000, 10))
    for _ in range(MOST_UNREAD // READ_BYTES + 1):
        pair.server.dataReceived(bytes(READ_BYTES))
    assert pair.is_let_go


def test_clients_that_take_bytes_one_by_one_get_no_session(chat, factory):
    pair = Pair(chat, factory, KEY, packet=1)
    pair.carry()
    assert "packets are too small" in pair.channel.refused


# --- exchanges of keys


@pytest.mark.parametrize("method", SshTransport.supportedKeyExchanges)
@pytest.mark.parametrize("mac", SshTransport.supportedMACs)
def test_keys_are_exchanged_by_each_method_that_is_offered(chat, here, method, mac):
    pair = Pair(chat, here, method=method, mac=mac)
    assert pair.comes_in().is_open
    assert pair.server.kexAlg == method
    pair.asks(b"shell")
    assert b"ada: hello" in pair.sends(b"hello\n")


@pytest.mark.parametrize("method", SshTransport.supportedKeyExchanges)
@pytest.mark.parametrize("point", [b"", b"\0" * 32, b"\4" + b"\1" * 64, b"\xff" * 1216, b"\0" * 1217])
def test_what_is_no_point_of_the_curve_ends_the_connection_without_a_traceback(chat, factory, logged, method, point):
    pair = Pair(chat, factory, method=method)
    sent = pair.client.sendPacket
    pair.client.sendPacket = lambda kind, payload: sent(kind, NS(point) if kind == 30 else payload)
    pair.carry()
    assert pair.is_let_go
    assert any("sent nonsense" in line for line in logged)
    assert not any("failed in a way" in line for line in logged)


@pytest.mark.parametrize("mac", SshTransport.supportedMACs)
@pytest.mark.parametrize("at", [20, -1])
def test_a_packet_that_was_changed_on_its_way_ends_the_connection_and_is_not_looked_at(chat, here, mac, at):
    pair, eve = Pair(chat, here, KEY, mac=mac), chat.enters("eve")
    pair.comes_in()
    pair.asks(b"shell")
    pair.sends(b"as it was sent\n")
    eve.hears()
    pair.channel.write(b"changed\n")
    packet = bytearray(pair._back.value())
    packet[at] ^= 1
    pair.server.dataReceived(bytes(packet))
    assert pair.is_let_go
    assert eve.hears() == []


def test_the_answer_to_an_exchange_goes_out_in_one_piece(chat, here):
    pair, written = Pair(chat, here, goal=KEYS), []
    pair.wire.write = lambda data: written.append(data)
    for _ in range(2):
        pair.client.dataReceived(pair.wire.value())
        pair.wire.clear()
        pair.server.dataReceived(pair._back.value())
        pair._back.clear()
    chat.clock.advance(1.0)
    assert pair.server.sessionID is not None
    assert len(written) == 1


@pytest.mark.parametrize("packet", [(5, NS(b"ssh-userauth")), (6, NS(b"ssh-userauth")), (50, b""), (94, b"")])
@pytest.mark.parametrize("is_again", [False, True])
def test_nothing_else_may_come_before_the_new_keys(chat, factory, logged, packet, is_again):
    """RFC 4253 7.1. What is asked for before there are keys is not done: anybody could read along."""
    pair = listens(chat, factory) if is_again else Pair(chat, factory, KEY, KEYS)
    if is_again:
        pair.client.sendKexInit()
    pair.client._keyExchangeState = pair.client._KEY_EXCHANGE_NONE
    pair.client.sendPacket(*packet)
    pair.server.dataReceived(pair._back.value())
    assert pair.is_let_go
    assert any("sent nonsense" in line for line in logged)


def test_keys_are_exchanged_one_a_turn_and_no_more_a_second_than_is_good(chat, here):
    pairs = [Pair(chat, here, goal=KEYS) for _ in range(30)]
    for pair in pairs:
        for _ in range(2):
            pair.client.dataReceived(pair.wire.value())
            pair.wire.clear()
            pair.server.dataReceived(pair._back.value())
            pair._back.clear()
    assert [pair.wire.producerState for pair in pairs] == ["paused"] * 30
    done = []
    for _ in range(10):
        chat.clock.advance(1 / EXCHANGES.per_second)
        done.append(sum(pair.server.sessionID is not None for pair in pairs))
    assert done[-1] <= 10
    assert all(after - before <= 1 for before, after in pairwise([0, *done]))


def test_who_is_in_exchanges_keys_before_strangers(chat):
    exchanges, done = Exchanges(chat.clock, Rate(1.0, 1)), []
    exchanges.ask(lambda: done.append("first"), is_in=False)
    gone = exchanges.ask(lambda: done.append("gone"), is_in=False)
    exchanges.ask(lambda: done.append("stranger"), is_in=False)
    exchanges.ask(lambda: done.append("member"), is_in=True)
    gone.drop()
    chat.clock.pump([0.0, 1.0, 1.0, 1.0])
    assert done == ["member", "first", "stranger"]
    assert len(exchanges) == 0


def test_new_keys_are_made_after_an_hour(chat, here):
    pair = listens(chat, here)
    first = pair.server.currentEncryptions
    chat.clock.advance(KEYS_SECONDS)
    pair.carry()
    assert pair.server.currentEncryptions is not first
    assert b"ada: still here" in pair.sends(b"still here\n")


def test_new_keys_are_made_after_a_gibibyte(chat, here, monkeypatch):
    monkeypatch.setattr("twistchat.interfaces.ssh.transport.KEYS_BYTES", 4000)
    pair = listens(chat, here)
    first = pair.server.currentEncryptions
    heard = b"".join(pair.sends(f"{number} {'x' * 90}\n".encode()) for number in range(40))
    assert [line.split()[1] for line in heard.decode().splitlines()] == [str(number) for number in range(40)]
    assert pair.server.currentEncryptions is not first


def test_a_second_half_of_an_exchange_ends_the_connection(chat, factory):
    pair = listens(chat, factory)
    pair.client.sendPacket(30, NS(b"x" * 32))
    pair.carry()
    assert pair.is_let_go


@pytest.mark.parametrize(
    "packet", [(34, b"\0" * 12), (32, b"\0" * 8), (21, b""), (5, NS(b"ssh-userauth")), (94, b""), (98, b"\0" * 8)]
)
def test_what_may_not_come_now_ends_the_connection_without_a_traceback(chat, factory, logged, packet):
    pair = listens(chat, factory)
    pair.client.sendPacket(*packet)
    pair.carry()
    assert pair.is_let_go
    assert any("sent nonsense" in line for line in logged)
    assert not any("failed in a way" in line for line in logged)


@pytest.mark.parametrize("kind", [91, 92])
def test_an_answer_about_a_channel_that_was_not_asked_for_ends_the_connection(chat, factory, kind):
    """Conch would drop the peer's own channel, and stumble over it when the connection ends: nobody would be gone."""
    pair = listens(chat, factory)
    pair.client.sendPacket(kind, bytes(20))
    pair.server.dataReceived(pair._back.value())
    assert pair.is_let_go
    pair.hangs_up()
    assert not chat.hub.everyone
    assert not factory._transports


@pytest.mark.parametrize("request_", [b"pty-req", b"window-change", b"env", b"exec", b"subsystem", b"\xff"])
@pytest.mark.parametrize("wants_answer", [b"\0", b"\1"])
def test_a_request_that_cannot_be_read_ends_the_connection_with_one_line(chat, factory, logged, request_, wants_answer):
    pair = Pair(chat, factory, KEY)
    pair.comes_in()
    if request_ == b"subsystem" and not isinstance(factory, PersonFactory):
        request_ = b"exec"  # administrators have none, so that none is looked at
    pair.client.sendPacket(98, bytes(4) + NS(request_) + wants_answer + b"\0")
    pair.server.dataReceived(pair._back.value())
    assert pair.is_let_go
    told = [line for line in logged if "sent nonsense" in line]
    assert len(told) == 1
    assert not any("Traceback" in line or "failed" in line for line in logged)


def test_strangers_do_not_fill_the_log(chat, factory, logged):
    for _ in range(2 * NOTED.at_once):
        factory.note("{interface}: a stranger", interface="ssh")
    assert sum("a stranger" in line for line in logged) == NOTED.at_once
    chat.clock.advance(1.0)
    factory.note("{interface}: one more", interface="ssh")
    assert any("were not noted" in line for line in logged)


_TEXTS = st.sampled_from(
    [b"", b"xterm", b"LANG", b"zh_CN.UTF-8", b"/who", b"json", b"hello\r", b"\x1b[A", b"\t", b"\x04"]
)
_NUMBERS = st.sampled_from([bytes(4), b"\0\0\0\1", b"\xff\xff\xff\xff"])
_PIECES = st.lists(st.one_of(_TEXTS.map(NS), _NUMBERS, st.binary(max_size=9)), max_size=6).map(b"".join)
_ASKED = st.sampled_from([b"pty-req", b"shell", b"exec", b"env", b"window-change", b"subsystem", b"signal", b"x11-req"])
_REQUESTS = st.tuples(_ASKED.map(NS), st.sampled_from([b"\0", b"\1"]), _PIECES).map(b"".join)
_OF_CHANNELS = st.one_of(
    st.tuples(st.just(98), _REQUESTS),
    st.tuples(st.just(94), _PIECES.map(NS)),
    st.tuples(st.sampled_from([91, 92, 93, 95, 96, 97]), _PIECES),
).map(lambda packet: (packet[0], bytes(4) + packet[1]))
_PACKETS = st.lists(
    st.one_of(
        _OF_CHANNELS,
        st.tuples(st.sampled_from([80, 82, *range(90, 101), 50, 53, 2, 4, 20]), st.binary(max_size=80)),
        st.tuples(st.just(90), st.tuples(st.just(NS(b"session")), _PIECES).map(b"".join)),
    ),
    max_size=8,
)


@settings(max_examples=100)
@given(_PACKETS, st.sampled_from([people, admins]))
def test_no_packets_of_a_stranger_do_more_than_end_their_connection(packets, makes):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        chat = Chat()
        pair = listens(chat, makes(chat, Path(folder)))
        for kind, payload in packets:
            pair.client._keyExchangeState = pair.client._KEY_EXCHANGE_NONE
            pair.client.sendPacket(kind, payload)
            if pair.server.is_lost is False and not pair.is_let_go:
                pair.server.dataReceived(pair._back.value())
            pair._back.clear()
            chat.clock.advance(0)
        if pair.server.is_lost is False:
            pair.hangs_up()
        chat.clock.advance(KEYS_SECONDS)
        assert not chat.hub.everyone
