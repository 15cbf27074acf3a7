"""What is known of somebody who asks to come in by datagrams."""

from __future__ import annotations

from dataclasses import dataclass

from twistchat.interfaces.udp.comeback import Address
from twistchat.wire.datagram import Login
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
