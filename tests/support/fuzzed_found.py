"""Targets of the fuzzer: servers that are found by asking, keys that are remembered, handshakes."""

from __future__ import annotations

import random
import ssl
import tempfile
from contextlib import suppress
from pathlib import Path

from support.fuzzed import Target, a_chat, check_harmless, pieces
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport

from twistchat.client.address import Address
from twistchat.client.known_servers import Known, KnownServers
from twistchat.errors import UnknownDatagram
from twistchat.interfaces.handshakes import HANDSHAKE_SECONDS
from twistchat.interfaces.seal import Seal
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.interfaces.udp.signpost import Signpost
from twistchat.machine import Machine
from twistchat.reach import Door
from twistchat.wire import search
from twistchat.wire.language import ENGLISH
from twistchat.wire.tls import is_tls

HERE = "127.0.0.1"
KEPT = tempfile.TemporaryDirectory(prefix="fuzzed-seal-")
SEAL = Seal(Path(KEPT.name), Machine())


def searches(data: bytes, _choose: random.Random) -> None:
    """Questions and answers of those who look for servers: never more bytes out than in, nothing shown that acts."""
    clock = Clock()
    post = Signpost("三年二班", Machine(), lambda: [Door("tcp", "0.0.0.0", 7976, "telnet {host} {port}")])
    for packet in data.split(b"\n\n")[:40]:
        if search.is_question(packet):
            answered = post.answer(HERE, clock.seconds()) or b""
            assert len(answered) <= len(packet)
        try:
            found = search.parse_answer(packet)
        except UnknownDatagram:
            continue
        check_harmless(found.name)
        assert "\n" not in found.name
        assert search.parse_answer(search.answer(found)) == found


def known_servers(data: bytes, choose: random.Random) -> None:
    """A file of servers' keys that somebody or something wrote: what was added is found, at the line that is said."""
    with tempfile.TemporaryDirectory() as folder:
        known = KnownServers(Path(folder) / "known_servers")
        known.path.write_bytes(data)
        address = Address("tls", choose.choice(["10.0.0.5", "::1", "chat.example"]), 7976)
        before = known.find(address)
        if before is None:
            line = known.add(address, f"sha256:{'b' * 64}")
            assert known.find(address) == Known(f"sha256:{'b' * 64}", line)
            before = Known("", line)
        written = known.path.read_bytes().split(b"\n")
        del written[before.line - 1]  # as the refusal of another key says
        known.path.write_bytes(b"\n".join(written))
        after = known.find(address)
        assert after is None or after.line >= before.line


def handshakes(data: bytes, choose: random.Random) -> None:
    """What comes to a port that takes TLS alone, and to the page's, which takes both."""
    clock, chat = MemoryReactorClock(), a_chat()
    sealed = SEAL.around(ChatFactory(chat.hub, ENGLISH), clock)
    connection, wire = sealed.buildProtocol(None), StringTransport()
    connection.makeConnection(wire)
    for read in pieces(data, choose):
        if not wire.disconnecting:
            connection.dataReceived(read)
        clock.advance(choose.choice([0, 0.1, 6.0]))
    if data and not is_tls(data[:1]):
        check_harmless(wire.value().partition(b"\r\n")[0].decode())
    clock.advance(HANDSHAKE_SECONDS)
    assert wire.disconnecting or wire.disconnected
    assert not sealed.handshakes


def client_hello() -> bytes:
    """What a client begins a handshake with."""
    sent = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="chat.example").do_handshake()
    return sent.read()


FOUND = (
    Target(
        searches,
        (
            search.QUESTION + b"\n\n" + search.QUESTION + b" " * 40 + b"\r\n",
            b"F Room 12 7976 7980\n\nF x +7976 +7980\r\n\n\nF x 0 0",
            "F 三年二班 +7976 7980\n\nF \u202ex\u2028y 65535 65536\n\nF \x1b[2J 1 2\n\nF  1 2".encode(),
        ),
    ),
    Target(
        known_servers,
        (
            f"10.0.0.5:7976 sha256:{'a' * 64}\n[::1]:7976 authority\n# mine\n".encode(),
            f"# \u2028\x85\x0c\nchat.example:7976 authority \r\n10.0.0.5:7977 sha256:{'a' * 64}".encode(),
            b"10.0.0.5:7976 sha256:aa\n10.0.0.5:7976 md5:b\nhalf\n\xff\xfe\n",
        ),
    ),
    Target(handshakes, (client_hello(), b"ada\r\nhello\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff")),
)
