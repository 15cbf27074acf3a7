"""Mixed people who talk while a server hands over, and remember each line that they are told, in its order."""

from __future__ import annotations

import re
import socket
from array import array
from collections.abc import Iterable
from typing import ClassVar

from websockets.frames import Frame, Opcode

from twistchat.bench.pings import Pings
from twistchat.bench.servers import Address
from twistchat.bench.soakers import Browser, Numbered, Program, Sender, Soaker

_SAID = re.compile(rb"<m([0-9]+)>")

_LONGEST = 24
"""Bytes of a line's mark, of which a read may bring a part."""

_PING = re.compile(rb"PING :?([^\r\n\x81]+)")

_LONGEST_PING = 100
"""Bytes of one, of which a read may bring a part: no server's name is as long."""

DATAGRAM_BUFFER = 1 << 20
"""Bytes: what one who gets datagrams does not read for a moment must not be lost on its own side."""


def marked(number: int) -> str:
    """The line of a number: a text that is the same in every dialect."""
    return f"<m{number}>"


def numbers_in(text: bytes) -> Iterable[int]:
    """The numbers of the lines in what somebody got."""
    return map(int, _SAID.findall(text))


class Witness(Soaker):
    """Somebody by lines; those by other ways differ in how they speak."""

    way: ClassVar[str] = "lines"

    def __init__(self, name: str, address: Address) -> None:
        self.numbers = array("Q")
        """Of the lines that they were told."""
        self._begun = b""  # what may be the beginning of a line's mark
        self._is_cut = False
        self._rest = b""
        super().__init__(name, address)

    def take(self, data: bytes) -> None:
        """Remember the lines in what came."""
        super().take(data)
        text = self._begun + data
        self.numbers.extend(numbers_in(text))
        self._begun = text[text.rfind(b"<") :][:_LONGEST] if b"<" in text[-_LONGEST:] else b""
        if b">" in self._begun:
            self._begun = b""

    def send(self, data: bytes) -> None:
        """Send bytes, or the first half of them."""
        if self._is_cut:
            half = len(data) // 2
            data, self._rest = data[:half], data[half:]
        super().send(data)

    def begin(self, line: str) -> None:
        """Send the first half of a line."""
        self._is_cut = True
        self.say(line)
        self._is_cut = False

    def finish(self) -> None:
        """Send the other half of a line that was begun."""
        rest, self._rest = self._rest, b""
        self.send(rest)

    def answer(self, data: bytes) -> None:
        """Send what the server asked for, behind the line that was begun."""
        if self._rest:
            self._rest += data
        elif data:
            self.send(data)


class ProgramWitness(Witness, Program):
    """By lines, as JSON."""

    way = "programs"


class BrowserWitness(Witness, Browser):
    """By WebSocket; they answer pings, as who talks in turn with thousands is silent for minutes."""

    way = "browsers"

    def hello(self) -> None:
        self._pings = Pings()
        super().hello()

    def take(self, data: bytes) -> None:
        super().take(data)
        self.answer(self._pings.answers(data))


class SenderWitness(Witness, Sender):
    """By bare datagrams, of which none can be cut in two."""

    way = "datagrams"

    def hello(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_BUFFER)
        super().hello()

    def begin(self, line: str) -> None:
        self._rest = line.encode()

    def finish(self) -> None:
        line, self._rest = self._rest, b""
        self.say(line.decode())


class NumberedWitness(Numbered, Witness):
    """By numbered datagrams; what is cut in two is the line that they carry."""

    way = "numbered datagrams"

    def hello(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_BUFFER)
        super().hello()

    def begin(self, line: str) -> None:
        self._rest = self.dialect.said(self.name, line.encode())
        half = len(self._rest) // 2
        self.send(self._rest[:half])
        self._rest = self._rest[half:]


class IrcWitness(Witness):
    """By IRC; their own lines come back, as they ask for that."""

    way = "IRC"
    ready = b" 366 "

    def hello(self) -> None:
        for line in (f"CAP REQ :echo-message\r\nNICK {self.name}", f"USER {self.name} 0 * :{self.name}", "CAP END"):
            self.send(self.framed(line))

    def say(self, line: str) -> None:
        self.send(self.framed(f"PRIVMSG #lobby :{line}"))

    def framed(self, line: str) -> bytes:
        """Lines as they are sent."""
        return f"{line}\r\n".encode()

    def take(self, data: bytes) -> None:
        before = self.heard[-_LONGEST_PING:]
        super().take(data)
        text = before + data
        if (asked := _PING.search(text)) is not None and asked.end() > len(before):
            self.answer(self.framed(f"PONG :{asked[1].decode('utf-8', 'replace')}"))

    def bye(self) -> None:
        self.send(self.framed("QUIT :see you"))


_IRC_HANDSHAKE = (
    b"GET /irc HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class IrcBrowserWitness(IrcWitness):
    """By IRC over WebSocket."""

    way = "IRC by WebSocket"

    def hello(self) -> None:
        self._pings = Pings()
        self.send(_IRC_HANDSHAKE)
        super().hello()

    def take(self, data: bytes) -> None:
        super().take(data)
        self.answer(self._pings.answers(data))

    def framed(self, line: str) -> bytes:
        return b"".join(Frame(Opcode.TEXT, each.encode()).serialize(mask=True) for each in line.split("\r\n"))


WAYS: tuple[type[Witness], ...] = (
    *(Witness,) * 10,
    *(ProgramWitness,) * 2,
    *(BrowserWitness,) * 3,
    *(IrcWitness,) * 2,
    IrcBrowserWitness,
    SenderWitness,
    NumberedWitness,
)
"""Who comes, in turn: half of them by lines."""
