"""Numbered datagrams at the UDP port: sessions whose lines arrive, whatever the network loses (wire/numbered.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from twistchat.core.addresses import is_loopback
from twistchat.core.clocks import Timer, cancel
from twistchat.core.hub import Hub
from twistchat.core.session import Session
from twistchat.errors import ChatError, LineTooLong, MembersFull, NotText, UnknownDatagram
from twistchat.interfaces.carried import CarriedConnection
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.ingress import Ingress
from twistchat.interfaces.listening import Connections
from twistchat.wire.framing import Lines
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import Language
from twistchat.wire.line import LineFormat
from twistchat.wire.numbered import TOKEN, Data, Stream, parse_data
from twistchat.wire.packing import Written
from twistchat.wire.text import Encoding

Address = tuple[str, int]

VERBS = (b"H ", b"D ", b"A ", b"E ")

NUMBERED = "numbered"
"""What a member is called in what is written down of it."""

SILENCE_SECONDS = 90.0
"""After which a member is let go; members send something every 20 s."""

FLUSH_SECONDS = 2.0
"""How long what is queued for somebody who leaves is still sent."""


class Port(Protocol):
    """What the UDP port does for its streams."""

    hub: Hub
    language: Language

    def send(self, packet: bytes, to: Address) -> None:
        """Send one datagram."""
        ...

    def answer_stranger(self, packet: bytes, to: Address, came: int) -> None:
        """Answer a sender that may be forged: never more bytes than came, unless it is loopback."""
        ...

    def is_proved(self, name: str, cookie: str, sender: Address) -> bool:
        """Whether the sender can be reached at its address."""
        ...

    def give_cookie(self, name: str, sender: Address, came: int) -> None:
        """Ask the sender to prove it."""
        ...


class StreamMember:
    """Somebody whose datagrams are numbered; known by a token, wherever they send from."""

    interface = "udp"
    home = "udp"
    one_try = False

    def __init__(self, streams: Streams, token: str, sender: Address) -> None:
        """Begin a session.

        Raises:
            ChatError: They may not come in.
        """
        self._be(streams, token, sender)
        self.session = self._ingress.connect()
        self.session.entrance.read_ahead(self._read_behind)

    def _be(self, streams: Streams, token: str, sender: Address) -> None:
        """Be at the beginning, with no session yet."""
        self._streams = streams
        self._clock = streams.port.hub.clock
        self.token = token
        self.sender = sender
        self.address = sender[0]
        self.format: LineFormat | JsonFormat = LineFormat(streams.port.language)
        self.heard = self._clock.seconds()
        self._stream = Stream(token, self.heard)
        self._lines = Lines()
        self._encoding = Encoding()
        self._wake: Timer | None = None
        self._deadline: Timer | None = None
        self._is_over = False
        self._ingress = Ingress(streams.port.hub, self, None, JsonFormat(streams.port.language))

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside the session."""
        now = self._clock.seconds()
        return {
            "kind": NUMBERED,
            "token": self.token,
            "sender": list(self.sender),
            "language": self.format.language.code,
            "heard": now - self.heard,
            "stream": self._stream.state(now),
            "lines": self._lines.state(),
            "encoding": self._encoding.name,
            "over": self._is_over,
            "ingress": self._ingress.written(),
        }

    def carried(self) -> CarriedConnection:
        """What goes to another process; the socket is the port's."""
        return CarriedConnection(self.state(), None)

    @classmethod
    def revived(cls, streams: Streams, state: Written, session_of: Callable[[Any], Session]) -> Self:
        """Be where a state was written down; `begin` goes on.

        Args:
            streams: All of them.
            state: It.
            session_of: Gives a client its session back.
        """
        member = cls.__new__(cls)
        member._be(streams, state["token"], (state["sender"][0], state["sender"][1]))
        now = member._clock.seconds()
        if state["ingress"]["program"]:
            member.format = JsonFormat(streams.port.language)
        member.format = member.format.spoken(state["language"])
        member.heard = now - state["heard"]
        member._stream = Stream.revived(state["token"], state["stream"], now)
        member._lines = Lines.revived(state["lines"])
        member._encoding = Encoding(state["encoding"])
        member._is_over = state["over"]
        member.session = member._ingress.revive(state["ingress"], session_of)
        member.session.entrance.read_ahead(member._read_behind)
        answer_in(member._encoding, member.session)
        return member

    def begin(self, state: Written) -> None:
        """Go on, with the same state, now that all are back who were there."""
        self._ingress.begin(state["ingress"])
        self.pump()

    # --- called by the core

    @property
    def held(self) -> int:
        """Bytes that the peer has not confirmed."""
        return self._stream.waiting

    def send(self, frame: bytes) -> None:
        """Put a frame on its way, or let somebody go who confirms nothing."""
        if self._is_over or self._deadline is not None:
            return
        self._stream.write(frame)
        cap = self._streams.port.hub.limits.backlog
        if self._stream.waiting > cap:
            self._ingress.overflowed(cap)
            self._end_in(0)
        else:
            self.pump()

    def hold(self, seconds: float) -> bool:
        """Read nothing for a while; it stays unconfirmed, so that the other end waits too."""
        return self._ingress.hold(seconds)

    def disconnect(self) -> None:
        """End once all that was sent is confirmed, or after two seconds."""
        if not self._is_over and self._deadline is None:
            self._end_in(FLUSH_SECONDS)
            self.pump()
        self._ingress.stop_if_lost()

    def _end_in(self, seconds: float) -> None:
        self._ingress.stop()
        self._deadline = self._clock.callLater(seconds, self._streams.end, self)

    # --- datagrams

    def take(self, data: Data) -> bool:
        """Take a datagram; true where it is newer than all before."""
        self.heard = self._clock.seconds()
        is_newest = self._stream.receive(data, self.heard)
        if not self._ingress.go_on():
            self.pump()
        return is_newest

    def confirmation(self) -> bytes:
        """What answers a sign of life."""
        return self._stream.confirmation().encode()

    def pump(self) -> None:
        """Send what is due."""
        if self._is_over:
            return
        now = self._clock.seconds()
        for packet in self._stream.datagrams(now):
            self._streams.port.send(packet, self.sender)
        cancel(self._wake)
        at = self._stream.next_time(now)
        self._wake = None if at is None else self._clock.callLater(max(0.0, at - now), self.pump)
        if self._deadline is not None and not self._stream.waiting:
            self._streams.end(self)

    def stop(self) -> None:
        """Send nothing more, whatever the core still says, and set no timer again."""
        self._is_over = True
        for call in (self._wake, self._deadline):
            cancel(call)
        self._wake = None

    def left(self) -> None:
        """Have what came before the peer's end dealt with, see rule 5 of ingress.py; nobody is told of it any more."""
        self._ingress.lost(Failure(ConnectionDone()))

    def close(self) -> None:
        """Deal with nothing more."""
        self._ingress.stop()
        self.session.close()

    def let_go(self, why: str) -> None:
        """End the session of somebody who did nothing to have it ended, and say so in the log."""
        self._ingress.log_end(why)
        self._streams.end(self)

    # --- called by the Ingress

    @property
    def waiting(self) -> int:
        """Bytes of the line that is not there as a whole; all others wait in the stream, where they are bounded."""
        return self._lines.waiting

    def take_next(self) -> bool:
        """Deal with the next line, or read on."""
        try:
            line = self._lines.next(self._streams.port.hub.limits.line_bytes)
            if line is None:
                return self._read()
            text = self._encoding.decode(line)
        except (LineTooLong, NotText) as error:
            self.session.reject(error)
            return True
        if not self._ingress.hear(text):
            answer_in(self._encoding, self.session)
            self.session.receive(text)
        return True

    def _read(self) -> bool:
        payload = self._stream.read(self._clock.seconds())
        self._lines.feed(payload)
        return bool(payload)

    def _read_behind(self) -> str | None:
        if self._ingress.is_program:
            return None
        while not self._lines.next_begun and self._read():
            pass
        return self._lines.next_begun.decode("utf-8", "replace") or None

    def look_ahead(self) -> bool:
        """What is not read is not confirmed."""
        return False

    def share_done(self) -> None:
        """Confirm what was read."""
        self.pump()

    def hang_up(self) -> None:
        """End as `disconnect` does."""
        self.disconnect()


class Streams:
    """All members of one port whose datagrams are numbered."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.open = Connections()
        self._members: dict[str, StreamMember] = {}

    def __len__(self) -> int:
        return len(self._members)

    def revived(self, state: Written, session_of: Callable[[Any], Session]) -> StreamMember:
        """Have a member back, or somebody who has left, and of whom something is still to be said."""
        member = StreamMember.revived(self, state, session_of)
        if not state["over"]:
            self._members[member.token] = member
            self.open.opened()
        return member

    def take(self, datagram: bytes, sender: Address) -> None:
        """Take a datagram that begins with one of the verbs.

        Raises:
            UnknownDatagram: It is none of ours after all.
        """
        verb, came = datagram[:1], len(datagram)
        if verb == b"D":
            data = parse_data(datagram)
            member = self._member(data.token, sender, came)
            if member is not None and member.take(data):
                self._follow(member, sender, came)
            return
        token, given = _words(datagram)
        if verb == b"H":
            self._open(token, given, sender, came)
        elif verb == b"E":
            self._left(self._members.get(token))
        else:
            member = self._member(token, sender, came)
            if member is not None:
                member.heard = self.port.hub.clock.seconds()
                self._follow(member, sender, came)
                self.port.send(member.confirmation(), member.sender)

    def stop(self) -> None:
        """Send nothing more to anybody, as the port is gone."""
        for member in self._members.values():
            member.stop()

    def sweep(self) -> None:
        """Let go of those who are silent."""
        now = self.port.hub.clock.seconds()
        for member in list(self._members.values()):
            if now - member.heard > SILENCE_SECONDS:
                member.let_go("silent")

    def end(self, member: StreamMember | None) -> None:
        """Forget a member, and tell them; idempotent."""
        if member is not None and self._forget(member):
            member.close()

    def _left(self, member: StreamMember | None) -> None:
        if member is not None and self._forget(member):
            member.left()

    def _forget(self, member: StreamMember) -> bool:
        if self._members.pop(member.token, None) is None:
            return False
        member.stop()
        self.port.send(b"E " + member.token.encode(), member.sender)
        self.open.closed()
        return True

    def _member(self, token: str, sender: Address, came: int) -> StreamMember | None:
        member = self._members.get(token)
        if member is None:
            self.port.answer_stranger(b"E " + token.encode(), sender, came)
        return member

    def _follow(self, member: StreamMember, sender: Address, came: int) -> None:
        """Send to a new address from now on; it has to be proved first (see proof.py)."""
        if sender == member.sender:
            return
        if is_loopback(sender[0]):
            member.sender = sender
        else:
            self.port.give_cookie(member.token, sender, came)

    def _open(self, token: str, given: str, sender: Address, came: int) -> None:
        if not self.port.is_proved(token, given, sender):
            self.port.give_cookie(token, sender, came)
            return
        try:
            self._admit(token, sender)
        except ChatError as error:
            sentence = self.port.language.say(error.sentence, error.data)
            for packet in (f"E {token} {sentence}", f"E {token}"):
                self.port.send(packet.encode(), sender)
            return
        self.port.send(b"O " + token.encode(), sender)

    def _admit(self, token: str, sender: Address) -> None:
        member = self._members.get(token)
        if member is not None:  # the answer was lost, or the address has changed
            member.sender = sender
            return
        if len(self._members) >= self.port.hub.limits.udp_members:
            raise MembersFull(self.port.hub.limits.udp_members)
        self._members[token] = StreamMember(self, token, sender)
        self.open.opened()


def _words(datagram: bytes) -> tuple[str, str]:
    _, token, *more = [*datagram.decode("ascii", "replace").split(), ""]
    if not TOKEN.fullmatch(token):
        raise UnknownDatagram
    return token, more[0] if more else ""
