"""Line chat over TCP, for telnet, nc and the threaded tutorial's own client."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from twistchat.core.hub import Hub
from twistchat.core.ports import DelayedCall
from twistchat.core.replies import Refused, notice
from twistchat.core.session import Session
from twistchat.core.text import rubbed_out
from twistchat.errors import ChatError, CutByTelnet, LineTooLong, NeverStops, NotARequest, NotText
from twistchat.interfaces.descriptors import check_capacity
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.listening import ConnectionFactory, Connections, ListeningService
from twistchat.interfaces.pacer import Pacer
from twistchat.interfaces.program import Program, spoken_by
from twistchat.interfaces.setting import Setting
from twistchat.wire import unframed
from twistchat.wire.json import JsonFormat, parse_hello
from twistchat.wire.language import Language
from twistchat.wire.line import PROMPT, LineFormat, plain_line
from twistchat.wire.telnet import TelnetFilter
from twistchat.wire.text import UTF_8, Encoding

log = Logger()

SILENCE_SECONDS = 0.3
"""After a first read without a newline, the silence that makes its sender an unframed client."""

LONE_KEY_SECONDS = 5.0
"""The same where the first read was one byte: more likely a key that somebody typed than a nickname."""

LINES_A_TURN = 32
"""Lines taken from one connection before the others have their turn (ngircd: 3 a pass)."""

MOST_WAITING = 64 * 1024
"""Bytes read ahead of a talker who is held back, so that their hanging up is noticed; more waits in the kernel."""

FULL_SECONDS = 60.0
"""How long that much may wait before its sender is let go."""

# A browser or a TLS client that was pointed here by mistake, or by a page that wants to make it talk.
_HTTP_REQUEST = re.compile(rb"[A-Z]{3,16} \S+ HTTP/[0-9.]+\r?$")
_TLS_HELLO = re.compile(rb"\x16\x03[\x00-\x04]")  # RFC 8446 5.1: handshake, legacy version


Dialect = LineFormat | unframed.UnframedFormat | JsonFormat


class ChatLineProtocol(LineReceiver):
    """One TCP connection: lines go to a `Session`, frames come back as they are."""

    transport: Any
    send: Callable[[bytes], None]
    """Sends a frame, or keeps it up to the limit for a peer that does not read. No method, as it is called the most."""

    delimiter = b"\n"
    interface = "tcp"

    def __init__(self, hub: Hub, address: str, language: Language, connections: Connections) -> None:
        self._hub = hub
        self._connections = connections
        self.address = address
        self._language = language
        self.format: Dialect = LineFormat(language)
        self._session: Session | None = None
        self._program: Program | None = None
        self._telnet = TelnetFilter()
        self._encoding = Encoding()
        self._skipping = False  # the rest of a line that was too long
        self._prefix = ""  # what an unframed client puts before each message
        self._first = b""
        self._reads = 0
        self._lines = 0
        self._is_between_lines = False  # then a read may take the short way
        self._silence: DelayedCall | None = None
        self._held: DelayedCall | None = None
        self._held_until = 0.0
        self._full: DelayedCall | None = None  # running while far more waits than a person pastes
        self._pacer: Pacer | None = None  # for an unframed client

    # --- the connection

    def connectionMade(self) -> None:
        self._connections.opened()
        if hasattr(self.transport, "setTcpNoDelay"):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        self._egress = Egress(self.transport, self._hub.clock, self._cap, self._overflowed, self._behind)
        self.send = self._egress.write
        try:
            check_capacity(self.transport)
            self._session = self._hub.connect(self)
        except ChatError as error:
            self.send(self.format.frame(self.format.reply(Refused(error))))
            self.disconnect()
        else:
            self._prompted = self._hub.clock.seconds()
            self.send(PROMPT)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._connections.closed()
        self._stop_waiting()
        if self._pacer is not None:
            self._pacer.ended()
        self._egress.ended()
        if self._session is not None:
            self._session.close()

    def _stop_waiting(self) -> None:
        for call in (self._silence, self._held, self._full):
            if call is not None and call.active():
                call.cancel()

    def _cap(self) -> int:
        return self._hub.limits.backlog

    def _behind(self, lines: int) -> bytes:
        told = notice("behind", "You are {count} lines behind. Read on, or the connection will be closed.", count=lines)
        return self.format.frame(self.format.reply(told))

    def _overflowed(self, cap: int) -> None:
        log.info("tcp: {name!a} let go: {cap} bytes waited for it to read", name=self._name(), cap=cap)

    def _name(self) -> str:
        return (self._session.name if self._session is not None else None) or self.address

    # --- called by the core

    @property
    def one_try(self) -> bool:
        """An unframed client answers the prompt with the same name for ever."""
        return not self.line_mode

    @property
    def held(self) -> int:
        """Bytes that wait for the peer to read."""
        return self._egress.held + (0 if self._pacer is None else self._pacer.held)

    def hold(self, seconds: float) -> bool:
        """Take no lines for a while; a little is still read, so that the connection's end is seen."""
        self.paused = True
        self._read_ahead(b"")
        self._resume_in(seconds)
        return True

    def _give_way(self) -> None:
        """Let the others have their turn."""
        self.pauseProducing()
        self._resume_in(0)

    def _resume_in(self, seconds: float) -> None:
        until = self._hub.clock.seconds() + seconds
        if self._held is not None and self._held.active():
            if until <= self._held_until:
                return
            self._held.cancel()
        self._held_until = until
        self._held = self._hub.clock.callLater(seconds, self.resumeProducing)

    def _read_ahead(self, data: bytes) -> None:
        waiting = self.clearLineBuffer() + data
        super().dataReceived(waiting)  # kept, as lines are not taken now
        if len(waiting) >= MOST_WAITING:
            self.transport.pauseProducing()
            if self._full is None:
                self._full = self._hub.clock.callLater(FULL_SECONDS, self._never_stops)
        elif self._full is not None and len(waiting) < MOST_WAITING // 2:
            self._full.cancel()
            self._full = None

    def _never_stops(self) -> None:
        """Let a talker go whose lines come faster than they may for so long that this is no paste."""
        assert self._session is not None
        log.info("tcp: {name!a} let go: sent too fast for {seconds:.0f} s", name=self._name(), seconds=FULL_SECONDS)
        self._session.refuse(NeverStops(FULL_SECONDS))
        self._hang_up()

    def disconnect(self) -> None:
        """Send what is queued and hang up."""
        self._stop_waiting()
        if self._pacer is not None:
            self._pacer.flush()
        self._egress.close()

    # --- reading

    def dataReceived(self, data: bytes) -> None:
        session = self._session
        if session is None or session.is_gone:
            return
        if self._is_between_lines and not self.paused and len(data) <= self._hub.limits.line_bytes:
            line = plain_line(data)
            if line is not None and session.name is not None:
                session.receive(line.removeprefix(self._prefix))
                return
        self._is_between_lines = False
        if not self._reads and _TLS_HELLO.match(data):
            self._hang_up()
            return
        if data:
            self._reads += 1
            data, answers = self._telnet.feed(data)
            if answers:
                self.send(answers)
            if self._telnet.keys:
                self._keys_pressed()
        self.MAX_LENGTH = self._hub.limits.line_bytes
        self._lines = 0
        if self.paused:
            self._read_ahead(data)
            return
        if self._silence is not None:
            self._break_silence(data)
        super().dataReceived(data)
        if self._reads == 1 and self.line_mode and self._may_be_unframed(data):
            self._await_silence(data)
        self._is_between_lines = data.endswith(b"\n") and self._awaits_a_line()

    def _awaits_a_line(self) -> bool:
        """Whether, all of a read that ended a line being taken, what comes next is a line for the session."""
        if not self.line_mode or self.paused or self._skipping or self._program is not None:
            return False
        return self._telnet.is_between_commands

    def lineReceived(self, line: bytes) -> None:
        assert self._session is not None
        self._count_line()
        if self._skipping:
            self._skipping = False
        elif self._session.name is None and _HTTP_REQUEST.match(line):
            self._hang_up()
        else:
            if self._session.name is None and line.endswith(b"\r"):
                self._suspect_telnet()
            self._receive(line.removesuffix(b"\r"))

    def _count_line(self) -> None:
        self._lines += 1
        if self._lines >= LINES_A_TURN:
            self._give_way()

    def lineLengthExceeded(self, line: bytes) -> None:
        if not self._skipping:
            self._reject(LineTooLong(self.MAX_LENGTH))
        _, newline, rest = line.partition(b"\n")
        self._skipping = not newline
        if rest:
            super().dataReceived(rest)  # kept until the next turn
            self._give_way()

    def _receive(self, line: bytes) -> None:
        assert self._session is not None
        try:
            text = self._encoding.decode(line.replace(b"\0", b""))
            hello = parse_hello(text) if self._session.name is None and self._program is None else None
        except (NotText, NotARequest) as error:
            self._reject(error)
            return
        if hello is not None:
            self._speak(spoken_by(hello, self._language))
            self._program = Program(self._session)
            self._program.greet(hello)
        elif self._program is not None:
            self._program.receive(text)
        else:
            answer_in(self._encoding, self._session)
            self._session.receive(rubbed_out(text).removeprefix(self._prefix))

    def _reject(self, error: ChatError) -> None:
        assert self._session is not None
        self._session.reject(error)

    def _hang_up(self) -> None:
        assert self._session is not None
        self._session.close()
        self.disconnect()

    # --- telnet

    def _suspect_telnet(self) -> None:
        """Ask for binary where CRLF came after a person's time; a program answers the prompt at once."""
        if self._hub.clock.seconds() - self._prompted >= SILENCE_SECONDS:
            self._offer_binary()

    def _keys_pressed(self) -> None:
        """Give up a line with control keys in it, if those may be pieces of characters; then have whole ones sent."""
        self._telnet.keys = False
        if self._offer_binary() and not self.paused:  # what waits while they are held back is whole lines
            self.clearLineBuffer()
            self._skipping = True
            self._reject(CutByTelnet())

    def _offer_binary(self) -> bool:
        offer = self._telnet.offer_binary()
        if offer:
            self.send(offer)
        return bool(offer)

    # --- the tutorial's client

    def _may_be_unframed(self, data: bytes) -> bool:
        assert self._session is not None
        return self._session.name is None and not self._telnet.seen and unframed.could_be_name(data)

    def _await_silence(self, first: bytes) -> None:
        """Watch whether a first read without a newline stays alone."""
        self._first = first
        seconds = SILENCE_SECONDS if len(first) > 1 else LONE_KEY_SECONDS
        self._silence = self._hub.clock.callLater(seconds, self._is_unframed)

    def _break_silence(self, data: bytes) -> None:
        """More came: keys that a person types, or an unframed client's first message."""
        if self._silence is not None and self._silence.active():
            self._silence.cancel()
            if data.startswith(self._first + b": "):
                self._is_unframed()
        self._silence = None

    def _is_unframed(self) -> None:
        self.clearLineBuffer()
        self._prefix = unframed.prefix(self._first.decode("ascii"))
        self._pacer = Pacer(self._egress, self._hub.clock, self._cap, unframed.READ_BYTES)
        self.send = self._pacer.write
        self._speak(unframed.UnframedFormat(self._language))
        self.setRawMode()
        self._receive(self._first)

    def _is_framed(self) -> None:
        assert self._pacer is not None
        self._pacer.flush()
        self._pacer.ended()
        self._pacer = None
        self.send = self._egress.write
        self._speak(LineFormat(self._language).written(self._encoding.name or UTF_8))
        self.setLineMode()

    def _speak(self, format: Dialect) -> None:
        assert self._session is not None
        self.format = format
        self._session.speak(format)

    def rawDataReceived(self, data: bytes) -> None:
        if b"\n" in data:  # the tutorial's client never sends one: this one ends its lines after all
            self._is_framed()
            super().dataReceived(data)
            return
        self._count_line()
        message, rest = unframed.first_message(data, self._prefix.encode("ascii"))
        super().dataReceived(rest)  # taken after this one, unless the talker is too fast
        if len(message) > self.MAX_LENGTH:
            self._reject(LineTooLong(self.MAX_LENGTH))
        else:
            self._receive(message)


class ChatFactory(ConnectionFactory[ChatLineProtocol]):
    """Makes a protocol for each connection."""

    def __init__(self, hub: Hub, language: Language) -> None:
        super().__init__()
        self._hub = hub
        self._language = language

    def buildProtocol(self, addr: IAddress | None) -> ChatLineProtocol:
        return ChatLineProtocol(self._hub, getattr(addr, "host", ""), self._language, self.connections)


def make_service(description: str, setting: Setting) -> ListeningService:
    """Serve line chat at an endpoint description.

    Raises:
        CannotStart: The description cannot be read.
    """
    factory = ChatFactory(setting.hub, setting.language)
    return ListeningService(setting.reactor, "tcp", description, factory, "telnet {host} {port}")
