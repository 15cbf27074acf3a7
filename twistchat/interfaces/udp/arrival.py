"""What is known of somebody who asks to come in by datagrams."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from twistchat.interfaces.udp.comeback import Address
from twistchat.wire.datagram import Login
from twistchat.wire.packing import Written
from twistchat.wire.text import Encoding


@dataclass(frozen=True)
class Arrival:
    """Somebody asks to come in."""

    request: Login
    sender: Address
    encoding: Encoding
    came: int
    """Bytes of the datagram."""
    is_proved: bool

    def state(self) -> Written:
        """What another process needs to ask for them."""
        return {
            "request": asdict(self.request),
            "sender": list(self.sender),
            "encoding": self.encoding.name,
            "came": self.came,
            "is_proved": self.is_proved,
        }

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Ask as somebody did who waited when a state was written down."""
        host, port = state["sender"]
        request, encoding = Login(**state["request"]), Encoding(state["encoding"])
        return cls(request, (host, port), encoding, state["came"], state["is_proved"])
