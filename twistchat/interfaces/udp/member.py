"""Somebody who talks by bare datagrams, as the core's Client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, Self

from twistchat.core.hub import Hub
from twistchat.core.replies import notice
from twistchat.core.session import Session
from twistchat.interfaces.carried import CarriedConnection
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.udp.arrival import Arrival
from twistchat.interfaces.udp.comeback import ANSWER_SECONDS, Address
from twistchat.interfaces.udp.proof import Credit
from twistchat.wire.datagram import NO, DatagramFormat, Login
from twistchat.wire.packing import Written
from twistchat.wire.text import Encoding


class MembersPort(Protocol):
    """What the UDP port does for its members."""

    hub: Hub

    def send(self, packet: bytes, to: Address) -> None:
        """Send one datagram."""
        ...

    def forget(self, member: DatagramMember) -> None:
        """Know nothing more of a member's address."""
        ...


class DatagramMember:
    """One address that has logged in, or is about to."""

    interface = "udp"
    home = "udp"
    one_try = True
    held = 0
    """What the kernel has no room for is lost."""

    def __init__(self, chat: MembersPort, arrival: Arrival, format: DatagramFormat) -> None:
        self._chat = chat
        self.sender = arrival.sender
        self.address = arrival.sender[0]
        self.format = replace(format, ended=arrival.request.by_hand)
        self.session: Session | None = None
        self.heard = chat.hub.clock.seconds()
        self.keeps_alive = False
        self.encoding = arrival.encoding
        self.credit = Credit(arrival.is_proved)
        self.credit.came(arrival.came)
        self.speak_by: float | None = None
        """Until when something has to come, as another wants the name."""
        self._typed = ""
        self._past = arrival.request.past
        self._code = arrival.request.code

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside the session."""
        now = self._chat.hub.clock.seconds()
        return {
            "kind": "bare",
            "sender": list(self.sender),
            "language": self.format.language.code,
            "ended": self.format.ended,
            "heard": now - self.heard,
            "keeps_alive": self.keeps_alive,
            "encoding": self.encoding.name,
            "credit": self.credit.state(),
            "speak_in": None if self.speak_by is None else self.speak_by - now,
            "typed": self._typed,
            "past": self._past,
            "code": self._code,
        }

    def carried(self) -> CarriedConnection:
        """What goes to another process; the socket is the port's."""
        return CarriedConnection(self.state(), None)

    @classmethod
    def revived(
        cls, chat: MembersPort, format: DatagramFormat, state: Written, session_of: Callable[[Any], Session]
    ) -> Self:
        """Be where a state was written down.

        Args:
            chat: The port.
            format: What is spoken to all.
            state: It.
            session_of: Gives a client its session back.
        """
        now, sender = chat.hub.clock.seconds(), (state["sender"][0], state["sender"][1])
        request = Login(state["typed"], code=state["code"], by_hand=state["ended"], past=state["past"])
        arrival = Arrival(request, sender, Encoding(state["encoding"]), 0, False)
        member = cls(chat, arrival, format.spoken(state["language"]))
        member.heard, member.keeps_alive, member._typed = now - state["heard"], state["keeps_alive"], state["typed"]
        member.credit = Credit.revived(state["credit"])
        member.speak_by = None if state["speak_in"] is None else now + state["speak_in"]
        member.session = session_of(member)
        answer_in(member.encoding, member.session)
        return member

    def begin(self, state: Written) -> None:
        """Nothing is to be begun: there are no timers of a member's own."""

    def came(self, count: int) -> None:
        """Note that a datagram came, of so many bytes."""
        self.credit.came(count)
        self.heard = self._chat.hub.clock.seconds()
        self.speak_by = None

    def send(self, frame: tuple[bytes, ...]) -> None:
        """Send each datagram at once, as far as the address may be sent anything; what the kernel has no room for is
        lost, as datagrams are.
        """
        sent = 0
        for packet in frame:
            if self.credit.pays(packet):
                self._chat.send(packet, self.sender)
                sent += 1
        if not sent and not self.is_in and self.credit.pays(NO):
            self._chat.send(NO, self.sender)

    @property
    def is_in(self) -> bool:
        """Whether the session has been let in."""
        return self.session is not None and self.session.is_welcome

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
        self.session.want_past(self._past if self.credit.is_proved else 0)
        answer_in(self.encoding, self.session)
        self.session.entrance.show_code(self._code)
        self.session.receive(name)

    def prove(self) -> None:
        """Take the address for proved from now on."""
        self.credit.is_proved = True
        if self.session is not None:
            self.session.want_past(self._past)
            if self.credit.has_left_out:
                read_on = "From now on you read everyone. /history shows what was said before."
                self.session.tell(notice("address-proved", read_on))

    def is_wanted(self) -> None:
        """Ask for a sign of life, as somebody at the same address wants the name."""
        if self.session is not None and self.speak_by is None:
            self.speak_by = self._chat.hub.clock.seconds() + ANSWER_SECONDS
            sentence = "Somebody at your address wants your name. Say something within {seconds} seconds to keep it."
            self.session.tell(notice("name-wanted", sentence, seconds=int(ANSWER_SECONDS)))

    def answered(self) -> None:
        """Take what follows a login for the answer that shows somebody to be there (rule 4 of proof.py)."""
        if self.is_in and not self.credit.is_proved:
            self.prove()
