"""Targets of the fuzzer: IRC, SSH before anybody is in, tutorials' clients without line ends, dates, Redis, proxies."""

from __future__ import annotations

import random
import re
import struct
from contextlib import suppress
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from support.fuzzed import Target, a_chat, check_harmless, pieces
from support.irc import IrcDoor
from support.lines import LineDoor
from support.shell import a_host_key
from support.sshclient import KEYS, SERVICE, Pair
from twisted.conch.ssh.common import NS
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from twistchat.cluster.resp import CommandRefused, ConnectionGone, RedisProtocol
from twistchat.core.dates import parse_date
from twistchat.interfaces.proxied import behind_proxy
from twistchat.interfaces.shell.server import PersonFactory
from twistchat.interfaces.ssh.factory import LOGIN_SECONDS
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.wire.irc_lines import parse
from twistchat.wire.language import ENGLISH

NOW = 1_770_000_000.0
ZONES = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/St_Johns"))
IRC_SPACES = str.maketrans("", "", "\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
"""What IRC has for colours and acts, which its clients read."""


def unframed(data: bytes, choose: random.Random) -> None:
    """TCP without line ends: each read is what somebody said."""
    chat = a_chat()
    door = LineDoor(chat)
    eve, sender = door.enters("eve"), door.connects()
    sender.sends(b"quick")
    chat.clock.advance(6.0)
    for read in data.split(b"\n\n")[:20]:
        sender.sends(read)
        chat.clock.advance(choose.choice([0, 0.1, 0.4, 6.0]))
    check_harmless(eve.gets().decode())
    sender.hangs_up()
    for _ in range(12):
        chat.clock.advance(10)
    check_harmless(eve.gets().decode())
    assert chat.names == {"eve"}


def irc(data: bytes, choose: random.Random) -> None:
    """IRC's lines, of clients and bots: each that comes back can be read, and is as short as a line may be."""
    chat = a_chat()
    door = IrcDoor(chat)
    eve, bob = LineDoor(chat).enters("eve"), door.enters("bob")
    sender = door.connects(choose.choice(["203.0.113.9", "127.0.0.1"]))
    for read in pieces(data, choose):
        sender.sends(read)
        chat.clock.advance(choose.choice([0, 0.1, 6.0]))
    check_harmless(eve.gets().decode())
    for peer in (bob, sender):
        for line in map(parse, peer.gets().decode().split("\r\n")[:-1]):
            assert line is not None
            if line.command not in ("PONG", "BATCH"):  # whose words are the client's own
                check_harmless(" ".join([line.source or "", line.command, *line.params]).translate(IRC_SPACES))
    sender.hangs_up()
    for _ in range(5):  # less than after which bob, who answers no PING, is let go
        chat.clock.advance(10)
    assert chat.names == {"eve", "bob"}, chat.names


def ssh(data: bytes, choose: random.Random) -> None:
    """SSH before anybody is in: versions, offers, packets in any order, sealed and not; all ends in its time."""
    chat = a_chat()
    factory = PersonFactory(chat.hub, ENGLISH, a_host_key())
    factory.doStart()
    pair = Pair(chat, factory, goal=choose.choice([KEYS, SERVICE]))
    if data[:1] < b"\x80":
        for read in pieces(data[1:], choose):
            if not pair.is_let_go:
                pair.server.dataReceived(read)
    else:
        pair.carry()
        for packet in data[1:].split(b"\n\n")[:10]:
            if packet and not pair.is_let_go:
                pair.client.sendPacket(packet[0], packet[1:])
                pair.carry()
    chat.clock.advance(LOGIN_SECONDS + 0.1)
    assert pair.is_let_go or pair.client.is_in
    if not pair.server.is_lost:
        pair.hangs_up()
    assert not factory._transports and chat.names == set()


def dates(data: bytes, choose: random.Random) -> None:
    """Dates that people write, and searches with them."""
    written, zone = data.decode("utf-8", "replace"), choose.choice(ZONES)
    with suppress(ValueError):
        begins, ends = parse_date(written, NOW, zone)
        assert begins <= ends
    chat = a_chat()
    eve = LineDoor(chat).enters("eve")
    for word in ("since", "until", "on", "before", "after"):
        check_harmless("\n".join(eve.asks(f"/search tea {word}:{written}")))
    check_harmless("\n".join(eve.asks(f"/history 20 before {written}")))


def redis(data: bytes, choose: random.Random) -> None:
    """What Redis answers, or something that is not Redis: each command is answered or fails, once."""
    if _MANY.search(data):  # it makes room for as many as it is told, and Redis is the operator's own
        return
    came, went, pushed = list[Any](), list[Any](), list[Any]()
    protocol, wire, ends = RedisProtocol(came.append, went.append, pushed.append), StringTransport(), list[Any]()
    wire.abortConnection = lambda: setattr(wire, "disconnected", True)  # type: ignore[attr-defined,method-assign]
    protocol.makeConnection(wire)
    asked = choose.randrange(6)
    for number in range(asked):
        answer: Deferred[Any] = protocol.call("GET", number)
        answer.addErrback(lambda failure: failure.trap(CommandRefused, ConnectionGone))
        answer.addCallback(ends.append)
    for read in pieces(data, choose):
        if not getattr(wire, "disconnected", False):
            protocol.dataReceived(read)
    protocol.connectionLost()
    assert len(ends) == asked and not protocol.unanswered and len(went) == 1


def proxies(data: bytes, choose: random.Random) -> None:
    """What a proxy says of whom it brings, in either version, and lines behind it: a sentence, or an end."""
    chat = a_chat()
    eve = LineDoor(chat).enters("eve")
    connection, wire = behind_proxy(ChatFactory(chat.hub, ENGLISH)).buildProtocol(PROXY), StringTransport(PROXY)
    assert connection is not None
    connection.makeConnection(wire)
    for read in pieces(data, choose):
        if not wire.disconnecting:
            connection.dataReceived(read)
        chat.clock.advance(choose.choice([0, 0.1, 6.0]))
    check_harmless(eve.gets().decode())
    connection.connectionLost(Failure(ConnectionDone()))
    for _ in range(12):
        chat.clock.advance(10)
    check_harmless(eve.gets().decode())
    assert chat.names == {"eve"}


def packet(kind: int, payload: bytes) -> bytes:
    """A packet of SSH, before there are keys."""
    pad = 16 - (5 + 1 + len(payload)) % 8
    return struct.pack(">LBB", 2 + len(payload) + pad, pad, kind) + payload + bytes(pad)


def _offer() -> bytes:
    """What conch's client begins with: its version and what it can do."""
    sent: bytes = Pair(chat := a_chat(), PersonFactory(chat.hub, ENGLISH, a_host_key()), goal=KEYS)._back.value()
    return sent


_MANY = re.compile(rb"[*~%>|]\d{7}")
PROXY = IPv4Address("TCP", "127.0.0.1", 40000)
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
IRC_IN = b"CAP LS 302\r\nNICK ada\r\nUSER ada 0 * :Ada\r\nCAP END\r\n"
CAPS = b":batch draft/multiline echo-message message-tags server-time labeled-response sasl"

DOORS = (
    Target(
        unframed,
        (
            b"ada\n\nada: hello\n\nada: /who\n\nada: bye",
            "小明\n\n小明: 你好\n\n小明: /nick 老师".encode("gb18030"),
            "ada\n\nada: 你好\n\n: x\n\nada:ada: ada: y\n".encode(),
        ),
    ),
    Target(
        irc,
        (
            IRC_IN + b"JOIN #tea,#lobby\r\nPRIVMSG #tea :hi\r\nNOTICE bob :hi\r\nPART #tea :bye\r\nQUIT :bye\r\n",
            IRC_IN + b"MODE #lobby +i\r\nMODE ada +i\r\nWHO #lobby %tcnuhraf,12\r\nWHOIS bob,eve\r\nLIST\r\nNAMES\r\n",
            IRC_IN
            + b"TOPIC #lobby :tea\r\nKICK #lobby bob :no\r\nINVITE bob #tea\r\nMONITOR + bob,x,eve\r\nISON bob x\r\n",
            b"CAP REQ " + CAPS + b"\r\n" + IRC_IN + b"BATCH +1 draft/multiline #lobby\r\n@batch=1 PRIVMSG #lobby :a\r\n"
            b"@batch=1;draft/multiline-concat PRIVMSG #lobby :b\r\nBATCH -1\r\n@label=x;+draft/reply=1 PING :a b\r\n",
            b"CAP REQ " + CAPS + b"\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE AGFkYQB4\r\nAUTHENTICATE *\r\n" + IRC_IN,
            IRC_IN
            + b"CHATHISTORY LATEST #lobby * 20\r\nCHATHISTORY BEFORE #lobby timestamp=2026-01-01T00:00:00.000Z 5\r\n"
            b"CHATHISTORY BETWEEN #lobby msgid=1 msgid=9 5\r\nCHATHISTORY TARGETS * * 5\r\n",
            IRC_IN
            + "PRIVMSG #lobby :\x01ACTION \x0304,05w\x0faves\x01\r\nNICK 小明\r\nPRIVMSG eve :你好\r\n".encode(
                "gb18030"
            ),
        ),
    ),
    Target(
        ssh,
        (
            b"\0" + _offer(),
            b"\0" + _offer() + packet(30, NS(b"x" * 32)) + packet(21, b""),
            b"\0SSH-1.99-OpenSSH_9\r\n" + packet(2, NS(b"x")) + packet(1, struct.pack(">L", 11) + NS(b"bye") + NS(b"")),
            b"\0\nSSH-2.0-x comment\n" + packet(4, b"\0" + NS(b"debug") + NS(b"")) + packet(5, NS(b"ssh-userauth")),
            b"\xff\x05" + NS(b"ssh-userauth") + b"\n\n\x32" + NS(b"ada") + NS(b"ssh-connection") + NS(b"none"),
            b"\xff\x05"
            + NS(b"ssh-userauth")
            + b"\n\n\x32"
            + NS(b"ada")
            + NS(b"ssh-connection")
            + NS(b"publickey")
            + b"\0"
            + NS(b"ssh-ed25519")
            + NS(NS(b"ssh-ed25519") + NS(b"k" * 32)),
            b"\xff\x05"
            + NS(b"ssh-connection")
            + b"\n\n\x32"
            + NS(b"ada")
            + NS(b"ssh-connection")
            + NS(b"keyboard-interactive")
            + NS(b"")
            + NS(b"")
            + b"\n\n\x3d"
            + struct.pack(">L", 1)
            + NS(b"x"),
        ),
    ),
    Target(
        dates,
        tuple(
            word.encode()
            for word in (
                "today",
                "yesterday",
                "2d",
                "12h",
                "4w",
                "2026-03-01",
                "2026-03-29T02:30",
                "2026-10-25T02:30:00+01:00",
                "0001-01-01",
                "9999-12-31T23:59:59.999999Z",
                "2026-W10-1",
                "２０２６-03-01",
                "1e9d",
                "2026-02-29",
                "20260301",
            )
        ),
    ),
    Target(
        redis,
        (
            b"+OK\r\n$3\r\nabc\r\n:12\r\n_\r\n#t\r\n,1.5\r\n",
            b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n%1\r\n+a\r\n+b\r\n~1\r\n+x\r\n",
            b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n-OOM no\r\n-ERR x\r\n!5\r\nERR x\r\n=7\r\ntxt:abc\r\n",
            b"$-1\r\n*-1\r\n$999999999999\r\n*99999999\r\n(99999999999999999999\r\n",
        ),
    ),
    Target(
        proxies,
        (
            b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 7976\r\nada\r\nhello\r\n/quit\r\n",
            b"PROXY TCP6 2001:db8::1 ::1 40000 7976\r\nada\r\nhello\r\n",
            b"PROXY UNKNOWN ffff 1\r\nada\r\nhello\r\n",
            SIGNATURE + b"\x21\x11\0\x0c" + bytes(12) + b"ada\r\nhello\r\n",
            SIGNATURE + b"\x21\x21\0\x24" + bytes(36) + b"ada\r\nhello\r\n",
            SIGNATURE + b"\x20\0\0\0ada\r\nhello\r\n" + SIGNATURE + b"\x21\x31\0\xd8" + bytes(216),
        ),
    ),
)
