"""The UDP port: who logged in from which address, for the forking tutorial's own client and small devices."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Any

from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twistchat.core.addresses import is_near
from twistchat.core.bucket import Bucket
from twistchat.core.hub import Hub
from twistchat.core.limits import Rate
from twistchat.core.replies import Refused
from twistchat.core.session import Session
from twistchat.errors import (
    ChatError,
    LineTooLong,
    MembersFull,
    NobodyCalled,
    NotLoggedIn,
    NotText,
    NotYourName,
    UnknownDatagram,
)
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.udp.streams import VERBS, Streams
from twistchat.wire import cookie, datagram
from twistchat.wire.datagram import ALIVE, OK, Alive, DatagramFormat, Login, Quit, Talk
from twistchat.wire.language import Language
from twistchat.wire.text import UTF_8, Encoding

log = Logger()

Address = tuple[str, int]

BUFFER_BYTES = 4 * 1024 * 1024
"""Asked of the kernel for datagrams that come while we are busy; the default lost 744 of a burst of 1,000."""

KEEPALIVE_SILENCE = 90.0
"""Seconds of silence after which a member who has sent keepalives is let go: three of them at 30 s."""

SWEEP_SECONDS = 15.0

REPLIES_TO_STRANGERS = Rate(100.0, 200)
"""Answers to senders that are no members, all of them together: they cost us, and whom they name, something."""

PAD = b"PAD"
"""Tells a stranger that a cookie is longer than what came: ask again with spaces behind the name."""


class Member:
    """One address that has logged in, or is about to."""

    interface = "udp"
    one_try = True
    held = 0
    """What the kernel has no room for is lost."""

    def __init__(self, chat: ChatDatagramProtocol, sender: Address, format: DatagramFormat) -> None:
        self._chat = chat
        self.sender = sender
        self.address = sender[0]
        self.format = format
        self.session: Session | None = None
        self.heard = chat.hub.clock.seconds()
        self.keeps_alive = False
        self.encoding = Encoding()
        self._typed = ""

    def send(self, frame: tuple[bytes, ...]) -> None:
        """Send each datagram at once; what the kernel has no room for is lost, as datagrams are."""
        for packet in frame:
            self._chat.send(packet, self.sender)

    def hold(self, seconds: float) -> bool:
        """Datagrams cannot be made to wait."""
        return False

    def disconnect(self) -> None:
        """Forget the address."""
        self._chat.forget(self)

    def goes_by(self, name: str) -> bool:
        """Whether that is the name this address logged in with, as it was typed or as it is shown."""
        return name in (self._typed, self.session.name if self.session is not None else None)

    def log_in(self, name: str) -> None:
        """Enter the chat under a name."""
        self._typed = name
        self.session = self._chat.hub.connect(self)
        answer_in(self.encoding, self.session)
        self.session.receive(name)


class ChatDatagramProtocol(DatagramProtocol):
    """The UDP port: a session for each address that has logged in."""

    transport: Any
    noisy = False

    def __init__(self, hub: Hub, language: Language) -> None:
        self.hub = hub
        self.language = language
        self.streams = Streams(self)
        """Members whose datagrams are numbered."""
        self.lost = 0
        """Datagrams that the kernel had no room to send."""
        self._format = DatagramFormat(language)
        self._members: dict[Address, Member] = {}
        self._secret = secrets.token_bytes(32)
        self._strangers = Bucket(hub.clock.seconds())
        self._sweep = LoopingCall(self._let_silent_ones_go)
        self._sweep.clock = hub.clock  # type: ignore[assignment]

    def startProtocol(self) -> None:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self.transport.getHandle().setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        self._sweep.start(SWEEP_SECONDS, now=False)

    def stopProtocol(self) -> None:
        if self._sweep.running:
            self._sweep.stop()

    # --- sending

    def send(self, packet: bytes, to: Address) -> None:
        """Send one datagram, if the kernel has room for it."""
        try:
            self.transport.write(packet, to)
        except OSError:  # no buffer, or no way there: to a sender of datagrams that is a loss like any other
            self.lost += 1

    def forget(self, member: Member) -> None:
        """Drop a member whose session has ended."""
        if self._members.get(member.sender) is member:
            del self._members[member.sender]

    def answer_stranger(self, packet: bytes, to: Address, came: int) -> None:
        """Answer a sender that may be forged: never more bytes than came, unless it is near."""
        now = self.hub.clock.seconds()
        if is_near(to[0]) or len(packet) <= came:
            if self._strangers.wait(REPLIES_TO_STRANGERS, 1.0, now):
                return
            self._strangers.spend(REPLIES_TO_STRANGERS, 1.0, now)
            self.send(packet, to)

    # --- receiving

    def datagramReceived(self, datagram_bytes: bytes, addr: Address) -> None:
        sender = addr[:2]
        try:
            if datagram_bytes[:2] in VERBS:
                self.streams.take(datagram_bytes, sender)
            else:
                self._take(datagram_bytes, sender, self._members.get(sender))
        except ChatError as error:
            member = self._members.get(sender)
            if member is not None and member.session is not None:
                member.session.reject(error)
            else:
                self._refuse(error, sender, datagram_bytes)

    def _refuse(self, error: ChatError, sender: Address, datagram_bytes: bytes) -> None:
        """Tell a stranger what is wrong, but never answer what may be such an answer of another server.

        Two servers, one of them named as the sender of a forged datagram, would go on refusing each other's refusals.
        """
        came, encoding = len(datagram_bytes), Encoding()
        with suppress(NotText):
            encoding.decode(datagram_bytes)
        format = self._format.written(encoding.name or UTF_8)
        for packet in format.frame(format.reply(Refused(error))):
            if came < len(packet) or not isinstance(error, UnknownDatagram | LineTooLong | NotText):
                self.answer_stranger(packet, sender, came)

    def _take(self, packet: bytes, sender: Address, member: Member | None) -> None:
        if len(packet) > self.hub.limits.line_bytes:
            raise LineTooLong(self.hub.limits.line_bytes)
        encoding = Encoding() if member is None else member.encoding
        request = datagram.parse(packet, encoding)
        if isinstance(request, Login):
            self._log_in(request, sender, member, len(packet), encoding)
            return
        if member is None or member.session is None:
            raise NotLoggedIn
        if not member.goes_by(request.name):
            raise NotYourName(request.name)
        member.heard = self.hub.clock.seconds()
        answer_in(encoding, member.session)
        self._serve(request, member, member.session)

    def _serve(self, request: Talk | Quit | Alive, member: Member, session: Session) -> None:
        match request:
            case Talk(text=text):
                session.receive(text)
            case Quit():
                session.end()
            case Alive():
                member.keeps_alive = True
                member.send(member.format.frame([ALIVE]))

    # --- logging in

    def _log_in(self, request: Login, sender: Address, member: Member | None, came: int, encoding: Encoding) -> None:
        if member is not None and member.session is not None and member.goes_by(request.name):
            member.heard = self.hub.clock.seconds()
            if member.session.is_welcome:  # the OK was lost; otherwise it is still to come
                member.send(member.format.frame([OK]))
        elif not is_near(sender[0]) and not self.is_proved(request.name, request.cookie, sender):
            self.give_cookie(request.name, sender, came)
        else:
            if member is not None and member.session is not None:
                member.session.close()  # another program at the same port, or the same one begun anew
                self.forget(member)
            self._admit(request, sender, encoding)

    def _admit(self, request: Login, sender: Address, encoding: Encoding) -> None:
        if len(self._members) >= self.hub.limits.udp_members:
            raise MembersFull(self.hub.limits.udp_members)
        self._make_room(request.name, sender)
        member = self._members[sender] = Member(self, sender, replace(self._format, ended=request.by_hand))
        member.encoding = encoding
        try:
            member.log_in(request.name)
        except ChatError:
            self.forget(member)
            raise

    def _make_room(self, name: str, sender: Address) -> None:
        """End the session of a silent member of that name, if it is the sender's own address that they came from.

        A tutorial's client gives no sign of life, so one that comes again, from another port, is the only sign of the
        earlier one's death.
        """
        try:
            other = self.hub.roster.find(name).client
        except NobodyCalled:
            return
        if not isinstance(other, Member) or other.session is None or other.address != sender[0]:
            return
        if self.hub.clock.seconds() - other.heard >= KEEPALIVE_SILENCE:
            other.session.make_room()

    def is_proved(self, name: str, given: str, sender: Address) -> bool:
        """Whether a cookie shows that the sender can be reached at its address."""
        now = self.hub.clock.seconds()
        return cookie.proves(given, self._secret, f"{sender[0]} {sender[1]}", name, now)

    def give_cookie(self, name: str, sender: Address, came: int) -> None:
        """Send a cookie, or ask for a longer datagram first."""
        made = cookie.make(self._secret, f"{sender[0]} {sender[1]}", name, self.hub.clock.seconds())
        packet = b"K " + made.encode("ascii")
        self.answer_stranger(packet if len(packet) <= came else PAD, sender, came)

    # --- silence

    def _let_silent_ones_go(self) -> None:
        self.streams.sweep()
        now = self.hub.clock.seconds()
        for member in list(self._members.values()):
            allowed = KEEPALIVE_SILENCE if member.keeps_alive else self.hub.limits.udp_silence
            if now - member.heard > allowed and member.session is not None:
                log.info("udp: {name!a} let go: silent for {seconds:.0f} s", name=member.session.name, seconds=allowed)
                member.session.end()
