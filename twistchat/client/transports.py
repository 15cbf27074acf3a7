"""Connections of a link: lines over TCP, and numbered datagrams."""

from __future__ import annotations

import secrets
from typing import Any

from twisted.internet.abstract import isIPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import DatagramProtocol, Protocol, connectionDone
from twisted.python.failure import Failure

from twistchat.client.address import Address
from twistchat.client.link import Link, Wire
from twistchat.client.reasons import NO_ANSWER, NOBODY, reason_of
from twistchat.core.clocks import cancel
from twistchat.errors import LineTooLong, Phrase, UnknownDatagram
from twistchat.wire.framing import Lines
from twistchat.wire.line import PROMPT
from twistchat.wire.numbered import Stream, parse_data

MOST_LINE_BYTES = 1024 * 1024
"""The longest line that a server may send; /who in a room of thousands is long. Over it the connection is given up."""

HELLO_SECONDS = 1.0
MOST_HELLOS = 8
ALIVE_SECONDS = 20.0


class LineWire(Protocol):
    """A TCP connection, sealed or not: the prompt, then lines."""

    transport: Any

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lines = Lines()
        self._head: bytes | None = b""
        """What came of the prompt; None once it was whole."""

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook."""
        if self._head is not None:
            data = self._prompted(self._head + data)
        self._lines.feed(data)
        try:
            while (line := self._lines.next(MOST_LINE_BYTES)) is not None:
                self._link.line(self, line)
        except LineTooLong:
            self._link.closed(self, Phrase("it sent a line without an end"))
            self.close()

    def _prompted(self, head: bytes) -> bytes:
        if len(head) < len(PROMPT) and PROMPT.startswith(head):
            self._head = head
            return b""
        self._head = None
        self._link.opened(self)
        return head.removeprefix(PROMPT)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted's hook."""
        if self._head is None:
            self._link.closed(self, reason_of(reason))
        else:
            self._link.failed(reason_of(reason))

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.transport.write(data)

    def close(self) -> None:
        """Send what is queued and hang up."""
        self.transport.loseConnection()


class DatagramWire(DatagramProtocol):
    """A session of numbered datagrams."""

    transport: Any
    noisy = False

    def __init__(self, reactor: Any, link: Link, address: Address, made: Deferred[Wire]) -> None:
        self._reactor = reactor
        self._link = link
        self._address = address
        self._made: Deferred[Wire] | None = made
        self._token = secrets.token_urlsafe(12)
        self._cookie = ""
        self._hellos = 0
        self._stream = Stream(self._token, reactor.seconds())
        self._lines = Lines()
        self._sent_at = 0.0
        self._timer: Any = None
        self._closing = False

    def begin(self) -> None:
        """Ask the server to open a session, until it answers."""
        self._hello()

    def _hello(self) -> None:
        self._hellos += 1
        if self._hellos > MOST_HELLOS:
            self._end(NO_ANSWER)
            return
        self._send(f"H {self._token} {self._cookie}".encode().ljust(64))
        self._wake(HELLO_SECONDS, self._hello)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """Twisted's hook."""
        verb, _, rest = datagram.partition(b" ")
        if verb == b"K" and len(rest) <= 64:
            self._cookie = rest.decode("ascii", "replace")
            self._send(f"H {self._token} {self._cookie}".encode())
            return
        if not rest.startswith(self._token.encode()):
            return
        if verb == b"O":
            self._opened()
        elif verb == b"E":
            self._end(rest[17:].decode("utf-8", "replace") or Phrase("the server ended it"))
        elif verb == b"D" and self._made is None:
            self._take(datagram)

    def connectionRefused(self) -> None:
        """Twisted's hook: nobody listens there, just now."""
        self._end(NOBODY)

    def stopProtocol(self) -> None:
        """Twisted's hook; with epoll it is this one that is called where nobody listens."""
        self.transport = None
        self._end(NOBODY)

    def _opened(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            made.callback(self)
            self._link.opened(self)
            self._pump()

    def _take(self, datagram: bytes) -> None:
        now = self._reactor.seconds()
        try:
            self._stream.receive(parse_data(datagram), now)
            while payload := self._stream.read(now):
                self._lines.feed(payload)
                while (line := self._lines.next(MOST_LINE_BYTES)) is not None:
                    self._link.line(self, line)
        except (UnknownDatagram, LineTooLong):
            self._end(Phrase("it sent something broken"))
            return
        self._pump()

    def send(self, data: bytes) -> None:
        """Put bytes on their way."""
        self._stream.write(data)
        self._pump()

    def close(self) -> None:
        """End the session."""
        self._send(f"E {self._token}".encode())
        self._end("")

    def _send(self, packet: bytes) -> None:
        self._sent_at = self._reactor.seconds()
        if self.transport is not None and not self._closing:
            self.transport.write(packet)

    def _pump(self) -> None:
        now = self._reactor.seconds()
        for packet in self._stream.datagrams(now):
            self._send(packet)
        if now - self._sent_at >= ALIVE_SECONDS:
            self._send(f"A {self._token}".encode())
        at = self._stream.next_time(now)
        alive = self._sent_at + ALIVE_SECONDS
        self._wake(max(0.0, min(alive, alive if at is None else at) - now), self._pump)

    def _wake(self, seconds: float, call: Any) -> None:
        cancel(self._timer)
        if not self._closing:
            self._timer = self._reactor.callLater(seconds, call)

    def _end(self, reason: str) -> None:
        if self._closing:
            return
        self._closing = True
        cancel(self._timer)
        if self.transport is not None:
            self.transport.stopListening()
        made, self._made = self._made, None
        if made is not None:
            made.errback(ConnectionError(reason))
        else:
            self._link.closed(self, reason)


def datagrams(reactor: Any, link: Link, address: Address) -> Deferred[Wire]:
    """Open a session of numbered datagrams.

    Args:
        reactor: What to send with.
        link: Whose connection it is.
        address: Where to.
    """
    made: Deferred[Wire] = Deferred()

    def found(host: str) -> None:
        wire = DatagramWire(reactor, link, address, made)
        port = reactor.listenUDP(0, wire, interface="::" if ":" in host else "", maxPacketSize=2048)
        port.connect(host, address.port)
        wire.begin()

    _host(reactor, address.host).addCallbacks(found, made.errback)
    return made


def _host(reactor: Any, name: str) -> Deferred[str]:
    found: Deferred[str] = succeed(name) if isIPv6Address(name) else reactor.resolve(name)
    return found
