"""Datagram chat without a network: the real protocol on a transport that records."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Any

from support.chat import Chat

from twistchat.interfaces.udp.port import BYTES_A_TURN, ChatDatagramProtocol
from twistchat.machine import Machine, Sighting
from twistchat.wire.language import ENGLISH

Address = tuple[str, int]

NEAR = (ip_interface("10.0.0.9/24"), ip_interface("192.168.1.8/24"), ip_interface("fe80::8/64"))
"""What the server's machine has for addresses."""


class FakeUdpTransport:
    """Keeps what is sent, by whom it is for; may refuse to send, as a kernel without buffers does."""

    def __init__(self) -> None:
        self.sent: dict[Address, list[bytes]] = {}
        self.options: dict[int, int] = {}
        self.full = False
        self.maxThroughput = BYTES_A_TURN

    def write(self, packet: bytes, to: Address) -> None:
        if self.full:
            raise OSError("no buffer space available")
        self.sent.setdefault(to, []).append(packet)

    def getHandle(self) -> FakeUdpTransport:
        return self

    def setsockopt(self, _level: int, option: int, value: int) -> None:
        self.options[option] = value


class DatagramDoor:
    """The datagram interface of a chat."""

    name = "udp"
    welcome = "OK"
    colon = " : "

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.transport = FakeUdpTransport()
        self.closed: set[Address] = set()
        """Where nobody listens any more."""
        self.protocol = ChatDatagramProtocol(
            chat.hub, ENGLISH, Machine(lambda: Sighting(interfaces=NEAR)), lambda at, told: told(at in self.closed)
        )
        self.protocol.transport = self.transport
        self.protocol.startProtocol()
        self._ports = iter(range(20000, 60000))

    def connects(self, address: str = "127.0.0.1") -> DatagramPeer:
        """Somebody opens a socket."""
        return DatagramPeer(self, (address, next(self._ports)))

    def enters(self, name: str, address: str = "127.0.0.1") -> DatagramPeer:
        """Somebody logs in; what they heard on the way is forgotten."""
        peer = self.connects(address)
        peer.gives_name(name)
        assert peer.hears()[0] == self.welcome
        return peer


class DatagramPeer:
    """One socket of somebody's."""

    def __init__(self, door: DatagramDoor, address: Address) -> None:
        self.door = door
        self.address = address
        self.name = ""
        self.greeting = b""

    def sends(self, *datagrams: bytes, address: Any = None) -> None:
        """Send datagrams, and let the turn end.

        Args:
            datagrams: Their bytes.
            address: Where they seem to come from, if it is not this socket.
        """
        for datagram in datagrams:
            self.door.protocol.datagramReceived(datagram, address or self.address)
        self.door.chat.turn()

    def gives_name(self, name: str) -> None:
        """Log in; from another machine with a cookie."""
        self.name = name
        if self.address[0].startswith("127."):
            self.sends(f"L {name}".encode())
            return
        self.sends(f"L {name}".encode().ljust(48))
        cookie = self.gets()[-1].removeprefix(b"K ")
        self.sends(f"L {name} ".encode() + cookie)

    def says(self, *texts: str) -> None:
        """Say something, all in one turn."""
        self.sends(*(f"C {self.name} {text}".encode() for text in texts))

    def asks(self, line: str) -> list[str]:
        """Say something, and return what comes of it, without what came before."""
        self.hears()
        self.says(line)
        return self.hears()

    def gets(self) -> list[bytes]:
        """The datagrams that came since this was last asked."""
        return self.door.transport.sent.pop(self.address, [])

    def hears(self) -> list[str]:
        """The lines that came since this was last asked."""
        return [line for packet in self.gets() for line in packet.decode("utf-8").split("\n")]

    def hangs_up(self) -> None:
        """Log out."""
        self.sends(f"Q {self.name}".encode())

    @property
    def is_closed(self) -> bool:
        """Whether the server has forgotten this address."""
        sessions = self.door.chat.hub.everyone
        return all(getattr(session.client, "sender", None) != self.address for session in sessions)
