"""A peer that stops in the middle of something is gone in its time, and what is kept of it until then is bounded."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.guests import ADDRESS, DEAD_SECONDS
from support.lines import LineDoor
from support.streams import StreamDoor
from support.web import WebDoor
from twisted.internet.ssl import CertificateOptions
from twisted.internet.testing import StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory

from twistchat.core.limits import Limits
from twistchat.interfaces.egress import FLUSH_SECONDS
from twistchat.interfaces.ingress import MOST_WAITING
from twistchat.interfaces.udp.port import KEEPALIVE_SILENCE, SWEEP_SECONDS
from twistchat.interfaces.web.connection import HEAD_SECONDS
from twistchat.wire.http import MOST_HEAD_BYTES

NAME_SECONDS = Limits().name_seconds or 0.0
IAC_SB = b"\xff\xfa"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""The beginning of TLS's first message, of which 506 bytes are still to come."""

HANDSHAKE = (
    b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def masked(opcode: int, announced: int, payload: bytes) -> bytes:
    """A client's frame whose payload may be shorter than is announced; a mask of zeros changes nothing."""
    return bytes([opcode, 0xFE]) + struct.pack(">H", announced) + bytes(4) + payload


def pass_by(chat: Chat, seconds: float, is_over: Callable[[], bool]) -> float:
    """Let time pass until something is over; gives after how many seconds that was."""
    begun = chat.clock.seconds()
    while not is_over():
        assert chat.clock.seconds() - begun <= seconds, "it goes on"
        chat.clock.advance(0.5)
    return chat.clock.seconds() - begun


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"\x01half a "], id="half a line"),
        pytest.param([b"\xe4\xbd"], id="half a character"),
        pytest.param([b"x" * 60_000] * 20, id="a line that never ends"),
        pytest.param([IAC_SB + b"x" * 60_000] * 20, id="a telnet command that never ends"),
        pytest.param([b'{"v":1,"na'], id="half a hello"),
        pytest.param([b"\r\n" * 20], id="empty lines"),
    ],
)
def test_who_never_gives_a_name_by_lines_is_gone_in_a_minute(chat: Chat, reads: list[bytes]) -> None:
    door = LineDoor(chat)
    peer = door.connects(ADDRESS)
    peer.sends(*reads)
    assert peer.protocol.waiting <= MOST_WAITING
    pass_by(chat, NAME_SECONDS, lambda: peer.is_closed)
    peer.hangs_up()
    assert not chat.hub.everyone
    assert not chat.clock.getDelayedCalls()


@pytest.mark.parametrize("make_factory", [lambda chat: LineDoor(chat).factory, lambda chat: WebDoor(chat).factory])
@pytest.mark.parametrize("sent", [b"", HELLO])
def test_a_tls_handshake_that_is_never_done_is_given_up(
    chat: Chat, make_factory: Callable[[Chat], Any], sent: bytes
) -> None:
    factory = TLSMemoryBIOFactory(CertificateOptions(), False, make_factory(chat))
    transport = StringTransport(lenient=True)
    protocol = factory.buildProtocol(None)
    protocol.makeConnection(transport)
    if sent:
        protocol.dataReceived(sent)
    pass_by(chat, NAME_SECONDS + FLUSH_SECONDS, lambda: bool(transport.disconnecting or transport.disconnected))


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"GET / HT"], id="half a request"),
        pytest.param([b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"], id="no further request"),
        pytest.param([b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000], id="a request that never ends"),
    ],
)
def test_a_request_that_is_never_whole_is_given_up(chat: Chat, reads: list[bytes]) -> None:
    door = WebDoor(chat)
    visitor = door.opens(ADDRESS)
    visitor.sends(*reads)
    assert len(visitor.protocol._unread) <= MOST_HEAD_BYTES or visitor.is_closed
    pass_by(chat, HEAD_SECONDS, lambda: visitor.is_closed)
    visitor.hangs_up()
    assert not door.factory.visitors
    assert not chat.clock.getDelayedCalls()


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"\x81"], id="half a frame's head"),
        pytest.param([masked(0x81, 60_000, b"x" * 50_000)], id="half a frame"),
        pytest.param([masked(0x01, 30_000, b"x" * 30_000)], id="half a message"),
        pytest.param(
            [masked(0x01, 30_000, b"x" * 30_000), *[masked(0, 30_000, b"x" * 30_000)] * 20], id="no last piece"
        ),
    ],
)
@pytest.mark.parametrize("has_name", [False, True])
def test_a_websocket_on_which_nothing_more_comes_is_gone_in_two_minutes(
    chat: Chat, reads: list[bytes], has_name: bool
) -> None:
    door = WebDoor(chat)
    visitor = door.opens(ADDRESS)
    visitor.sends(HANDSHAKE)
    if has_name:
        visitor.sends(masked(0x81, 14, b'{"name":"ada"}'))
        assert chat.names == {"ada"}
    visitor.sends(*reads)
    member = visitor.protocol._member
    assert member is not None
    assert member.waiting + len(member._frames._message or b"") <= 2 * MOST_WAITING
    pass_by(chat, DEAD_SECONDS, lambda: visitor.is_closed or visitor.was_aborted)
    visitor.hangs_up()
    assert not chat.hub.everyone
    assert not chat.clock.getDelayedCalls()


def token(number: int) -> bytes:
    return b"abcdefghijkl%04d" % number


@pytest.mark.parametrize(
    "datagrams",
    [
        pytest.param([b"H " + token(1)], id="a session without a word"),
        pytest.param([b"H " + token(1), b"D " + token(1) + b" 1 0 -\nhalf a na"], id="half a name"),
        pytest.param(
            [b"H " + token(1), *[b"D %s %d 0 -\n%s" % (token(1), n, b"x" * 900) for n in range(1, 200)]],
            id="a line that never ends",
        ),
        pytest.param(
            [b"H " + token(1), *[b"D %s %d 0 -\n%s" % (token(1), n, b"x" * 900) for n in range(2, 200)]],
            id="a piece that never comes",
        ),
        pytest.param([b"H " + token(1), b"D " + token(1) + b" 1 0 -\nada\n"], id="a name, and nothing confirmed"),
    ],
)
def test_a_numbered_session_that_stops_is_gone_in_two_minutes(chat: Chat, datagrams: list[bytes]) -> None:
    door = StreamDoor(chat)
    standing = len(chat.clock.getDelayedCalls())
    for datagram in datagrams:
        door.protocol.datagramReceived(datagram, ("127.0.0.1", 1))
    [member] = door.protocol.streams._members.values()
    assert member.waiting + sum(map(len, member._stream._ahead.values())) <= MOST_WAITING
    pass_by(chat, DEAD_SECONDS, lambda: not len(door.protocol.streams))
    assert not chat.hub.everyone
    assert len(chat.clock.getDelayedCalls()) == standing


def test_a_datagram_member_that_gave_signs_of_life_is_gone_in_two_minutes(chat: Chat) -> None:
    door = DatagramDoor(chat)
    door.enters("ada").sends(b"P ada")
    took = pass_by(chat, DEAD_SECONDS, lambda: not chat.hub.everyone)
    assert KEEPALIVE_SILENCE < took <= KEEPALIVE_SILENCE + SWEEP_SECONDS


@pytest.mark.parametrize("datagram", [b"L ada", b"H " + token(1)])
def test_nothing_is_kept_of_a_far_sender_before_it_has_answered(chat: Chat, datagram: bytes) -> None:
    door = DatagramDoor(chat)
    standing = len(chat.clock.getDelayedCalls())
    door.protocol.datagramReceived(datagram, ("203.0.113.5", 1))
    assert not door.protocol._members
    assert not len(door.protocol.streams)
    assert not chat.hub.everyone
    assert len(chat.clock.getDelayedCalls()) == standing
