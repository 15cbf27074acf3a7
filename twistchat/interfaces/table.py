"""The ways into the chat. A new one is one file and one row here; its option then exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from twisted.application.service import Service

from twistchat.interfaces import tcp, udp
from twistchat.interfaces.setting import Setting


class Interface(NamedTuple):
    """A row of the table: an option, and what serves it."""

    name: str
    explanation: str
    default: str
    make_service: Callable[[str, Setting], Service]


INTERFACES = (
    Interface(
        "tcp",
        "line chat: an endpoint description, a port on loopback, or off",
        "tcp:7976:interface=127.0.0.1",
        tcp.make_service,
    ),
    Interface(
        "udp",
        "datagram chat: udp:PORT:interface=ADDRESS, a port on loopback, or off",
        "udp:8888:interface=127.0.0.1",
        udp.make_service,
    ),
)
