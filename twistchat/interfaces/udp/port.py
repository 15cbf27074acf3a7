"""The UDP port: who logged in from which address, for the forking tutorial's own client and small devices."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twistchat.core.addresses import is_loopback
from twistchat.core.bucket import Bucket
from twistchat.core.hub import Hub
from twistchat.core.person import Person
from twistchat.core.replies import Refused
from twistchat.core.session import Session
from twistchat.errors import (
    ChatError,
    LineTooLong,
    MembersFull,
    NobodyCalled,
    NotLoggedIn,
    NotNear,
    NotText,
    NotYourName,
    UnknownDatagram,
)
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.ingress import LAST_SECONDS
from twistchat.interfaces.udp.arrival import Arrival
from twistchat.interfaces.udp.comeback import Probe, probe_by
from twistchat.interfaces.udp.member import DatagramMember
from twistchat.interfaces.udp.proof import PAD, PADDING, REPLIES_TO_STRANGERS, Cookies
from twistchat.interfaces.udp.signpost import Signpost
from twistchat.interfaces.udp.streams import NUMBERED, VERBS, StreamMember, Streams
from twistchat.machine import Machine
from twistchat.wire import datagram
from twistchat.wire.datagram import ALIVE, EXIT, NO, OK, Alive, DatagramFormat, Login, Quit, Talk
from twistchat.wire.language import Language
from twistchat.wire.packing import Written
from twistchat.wire.search import is_question
from twistchat.wire.text import UTF_8, Encoding

log = Logger()

Address = tuple[str, int]

BUFFER_BYTES = 4 * 1024 * 1024
"""Asked of the kernel for datagrams that come while we are busy; the default lost 744 of a burst of 1,000."""

BYTES_A_TURN = 2048
"""Bytes read before the others have their turn: Twisted's own 256 KiB are 13,000 short lines, which held everybody up
for half a second, and for ever while they kept coming."""

KEEPALIVE_SILENCE = 90.0
"""Seconds of silence after which a member who has sent keepalives is let go: three of them at 30 s."""

SWEEP_SECONDS = 15.0


class ChatDatagramProtocol(DatagramProtocol):
    """The UDP port: a session for each address that has logged in."""

    transport: Any
    noisy = False

    def __init__(
        self, hub: Hub, language: Language, machine: Machine | None = None, probe: Probe | None = None
    ) -> None:
        """Begin with nobody.

        Args:
            hub: The chat.
            language: What members are spoken to in.
            machine: Knows which networks are near; without it only loopback is.
            probe: Finds out whether a member's port is closed.
        """
        self.hub = hub
        self.language = language
        self.streams = Streams(self)
        """Members whose datagrams are numbered."""
        self.signpost = Signpost()
        """Answers who searches for a server."""
        self.lost = 0
        """Datagrams that the kernel had no room to send."""
        self._format = DatagramFormat(language)
        self._members: dict[Address, DatagramMember] = {}
        self._cookies = Cookies()
        self._machine = machine or Machine()
        self._probe = probe or probe_by(hub.clock)
        self._asked_for: dict[Address, Arrival] = {}
        """Who waits for what a probe finds."""
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
        self.streams.stop()

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside its members."""
        now = self.hub.clock.seconds()
        return {
            "cookies": self._cookies.state(now),
            "strangers": self._strangers.portrait(now),
            "signpost": self.signpost.state(now),
            "asked_for": [arrival.state() for arrival in self._asked_for.values()],
            "lost": self.lost,
        }

    def revive(self, state: Written) -> None:
        """Be where a state was written down, still without members; `begin` goes on."""
        now = self.hub.clock.seconds()
        self._cookies.revive(state["cookies"], now)
        self._strangers = Bucket.revived(state["strangers"], now)
        self.signpost.revive(state["signpost"], now)
        self.lost = state["lost"]

    def revived(self, state: Written, session_of: Callable[[Any], Session]) -> DatagramMember | StreamMember:
        """Have a member back, of whichever kind."""
        if state["kind"] == NUMBERED:
            return self.streams.revived(state, session_of)
        member = DatagramMember.revived(self, self._format, state, session_of)
        self._members[member.sender] = member
        return member

    def begin(self, state: Written) -> None:
        """Go on, with the same state, now that all are back who were there: ask again for who waited for an answer."""
        for arrival in state["asked_for"]:
            self._come_in(Arrival.revived(arrival))

    # --- sending

    def send(self, packet: bytes, to: Address) -> None:
        """Send one datagram, if the kernel has room for it, and the port is still there.

        A server that stops closes it when its time is up, with people who have not confirmed all: their timers go on.
        """
        if self.transport is None:
            return
        try:
            self.transport.write(packet, to)
        except OSError:  # no buffer, or no way there: to a sender of datagrams that is a loss like any other
            self.lost += 1

    def forget(self, member: DatagramMember) -> None:
        """Drop a member whose session has ended."""
        if self._members.get(member.sender) is member:
            del self._members[member.sender]

    def answer_stranger(self, packet: bytes, to: Address, came: int) -> None:
        """Answer a sender that may be forged: never more bytes than came, unless it is loopback (see proof.py)."""
        is_short = is_loopback(to[0]) or len(packet) <= came
        if is_short and self._strangers.take(REPLIES_TO_STRANGERS, 1.0, self.hub.clock.seconds()):
            member = self._members.get(to)
            if member is None or member.credit.pays(packet):  # what a member sent is counted once
                self.send(packet, to)

    # --- receiving

    def datagramReceived(self, datagram_bytes: bytes, addr: Address) -> None:
        if self.hub.turn.is_over:
            self._read_later()
        sender = addr[:2]
        try:
            if not self._admits(sender, datagram_bytes):
                return
            if datagram_bytes[:2] in VERBS:
                self.streams.take(datagram_bytes, sender)
            elif is_question(datagram_bytes):
                self._point_out(sender)
            else:
                self._take(datagram_bytes, sender, self._members.get(sender))
        except ChatError as error:
            member = self._members.get(sender)
            if member is not None and member.session is not None:
                member.session.reject(error)
            else:
                encoding = Encoding()
                with suppress(NotText):
                    encoding.decode(datagram_bytes)
                self._refuse(error, sender, len(datagram_bytes), encoding)

    def _read_later(self) -> None:
        """Leave what else has come to the kernel until there is time: Twisted reads until it has had so many bytes."""
        port = self.transport
        if port.maxThroughput:
            port.maxThroughput = 0
            self.hub.turn.wait(lambda: setattr(port, "maxThroughput", BYTES_A_TURN))

    def _point_out(self, sender: Address) -> None:
        """Answer a search; of a member, too, it is neither a sign of life nor counted as what they sent."""
        if (packet := self.signpost.answer(sender[0], self.hub.clock.seconds())) is not None:
            self.send(packet, sender)

    def _admits(self, sender: Address, packet: bytes) -> bool:
        """Whether a datagram is to be dealt with; a stranger from too far away is told so if it is a login.

        Raises:
            NotNear: It is one. Nothing else is answered: two such servers would go on refusing each other's refusals.
        """
        if sender in self._members or self.hub.place.admits("udp", sender[0]):
            return True
        if packet.startswith(b"L "):
            raise NotNear
        return False

    def _refuse(
        self, error: ChatError, sender: Address, came: int, encoding: Encoding, is_proved: bool = False
    ) -> None:
        """Tell somebody who is no member what is wrong, but never answer what may be such an answer of another server.

        Two servers, one of them named as the sender of a forged datagram, would go on refusing each other's refusals.
        """
        format = self._format.written(encoding.name or UTF_8)
        for packet in format.frame(format.reply(Refused(error))):
            if isinstance(error, UnknownDatagram | LineTooLong | NotText):
                if came < len(packet):
                    self.answer_stranger(packet, sender, came)
            elif is_proved or is_loopback(sender[0]) or len(packet) <= came:
                self.answer_stranger(packet, sender, len(packet))
            else:
                self.answer_stranger(EXIT if isinstance(error, NotLoggedIn) else NO, sender, came)

    def _take(self, packet: bytes, sender: Address, member: DatagramMember | None) -> None:
        if member is not None:
            member.came(len(packet))
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
        answer_in(encoding, member.session)
        self._serve(request, member, member.session)

    def _serve(self, request: Talk | Quit | Alive, member: DatagramMember, session: Session) -> None:
        match request:
            case Talk(text=text):
                member.answered()
                session.receive(text)
            case Quit():
                session.end_in_order(LAST_SECONDS)
            case Alive():
                member.keeps_alive = True
                member.answered()
                member.send(member.format.frame([ALIVE]))

    # --- logging in

    def _log_in(
        self, request: Login, sender: Address, member: DatagramMember | None, came: int, encoding: Encoding
    ) -> None:
        is_proved = self.is_proved(request.name, request.cookie, sender)
        is_same = member is not None and member.session is not None and member.goes_by(request.name)
        was_proved = member is not None and member.credit.is_proved
        if member is not None and is_same and (is_proved or was_proved or request.padding < PADDING):
            if is_proved and not was_proved:
                member.prove()
            if member.is_in:  # the OK was lost; otherwise it is still to come
                member.send(member.format.frame([OK]))
        elif is_proved or not (was_proved or request.padding >= PADDING or not self._is_near(sender)):
            if member is not None and member.session is not None and not is_same:
                member.session.close()  # another program at the same port, or the same one begun anew
                self.forget(member)
            self._come_in(Arrival(request, sender, encoding, came, is_proved))
        else:
            self.give_cookie(request.name, sender, came)

    def _is_near(self, sender: Address) -> bool:
        return self._machine.is_near(sender[0])

    def _come_in(self, arrival: Arrival) -> None:
        """Let somebody in, once it is known whether a member at their address who has the name is still there."""
        holder = self._holder(arrival.request.name, arrival.sender)
        if holder is None:
            self._admit(arrival)
        elif arrival.sender not in self._asked_for:
            self._asked_for[arrival.sender] = arrival
            self._probe(holder.sender, lambda is_dead: self._probed(is_dead, holder, arrival))

    def _holder(self, name: str, sender: Address) -> DatagramMember | None:
        """The member of that name at the same address."""
        try:
            holder: Person = self.hub.roster.find(name)
        except NobodyCalled:
            return None
        member = holder.client
        return member if isinstance(member, DatagramMember) and member.address == sender[0] else None

    def _probed(self, is_dead: bool, holder: DatagramMember, arrival: Arrival) -> None:
        self._asked_for.pop(arrival.sender, None)
        if is_dead:
            self._let_go(holder, "nobody listens at their port, and they came again from another")
        elif not is_loopback(holder.address):
            holder.is_wanted()
        self._admit(arrival)

    def _admit(self, arrival: Arrival) -> None:
        member = DatagramMember(self, arrival, self._format)
        try:
            if len(self._members) >= self.hub.limits.udp_members:
                raise MembersFull(self.hub.limits.udp_members)
            self._members[arrival.sender] = member
            member.log_in(arrival.request.name)
        except ChatError as error:
            self.forget(member)
            self._refuse(error, arrival.sender, arrival.came, arrival.encoding, arrival.is_proved)

    def is_proved(self, name: str, given: str, sender: Address) -> bool:
        """Whether the sender can be reached at its address, as that is this machine, or as a cookie shows."""
        return self._cookies.prove(name, given, sender, self.hub.clock.seconds())

    def give_cookie(self, name: str, sender: Address, came: int) -> None:
        """Send a cookie, or ask for a longer datagram first."""
        made = self._cookies.make(name, sender, self.hub.clock.seconds())
        packet = b"K " + made.encode("ascii")
        self.answer_stranger(packet if len(packet) <= came else PAD, sender, came)

    # --- silence

    def _let_silent_ones_go(self) -> None:
        self.streams.sweep()
        now = self.hub.clock.seconds()
        for member in list(self._members.values()):
            allowed = KEEPALIVE_SILENCE if member.keeps_alive else self.hub.limits.udp_silence
            if now - member.heard > allowed:
                self._let_go(member, f"silent for {allowed:.0f} s")
            elif member.speak_by is not None and now > member.speak_by:
                self._let_go(member, "silent, and somebody at their address wants the name")

    def _let_go(self, member: DatagramMember, why: str) -> None:
        if member.session is not None:
            log.info("udp: {name!a} let go: {why}", name=member.session.name, why=why)
            member.session.end()
