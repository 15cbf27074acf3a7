"""How the load generator speaks with each kind of server."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from typing import Any

from websockets.frames import Frame, Opcode

from twistchat.bench.sealed import sealed

MARK = b"|"
"""Stands once in each line that is said, and nowhere else; counting it counts deliveries."""


@dataclass(frozen=True)
class Dialect:
    """Lines for twistchat over TCP; other dialects override what differs."""

    ready: bytes = b"Connected to server!"
    """In what a member gets once it is in the room."""

    greeted: bytes = b""
    """In what a member gets before it may say where it wants to be; empty where it need not wait for that."""

    echoes: bool = True
    """Whether the speaker gets their own line."""

    datagrams: bool = False

    wave: int = 200
    """People who connect at the same time; no more than the listener's backlog, or the kernel has them wait."""

    def sealed(self, made: socket.socket, name: str) -> Any:
        """The socket that a member speaks by, once it is connected: itself, where nothing is enciphered."""
        return made

    def hello(self, name: str) -> bytes:
        """What a member sends to come in."""
        return f"{name}\r\n".encode()

    def enters(self) -> bytes:
        """What a member sends once it is greeted."""
        return b""

    def said(self, name: str, text: bytes) -> bytes:
        """What a member sends to say a text, which holds `MARK`."""
        return text + b"\n"

    def people_told_of(self, lines: bytes) -> int:
        """How many people's coming some whole lines tell of."""
        folded = _FOLDED.findall(lines) if b"+" in lines else ()
        return lines.count(b" joined!") + sum(map(int, folded))


_FOLDED = re.compile(rb"^\+([0-9]+) joined", re.MULTILINE)


@dataclass(frozen=True)
class Datagrams(Dialect):
    """twistchat over UDP."""

    ready: bytes = b"OK"
    datagrams: bool = True

    def hello(self, name: str) -> bytes:
        return f"L {name}".encode()

    def said(self, name: str, text: bytes) -> bytes:
        return b"C %s %s" % (name.encode(), text)


_HANDSHAKE = (
    b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@dataclass(frozen=True)
class Web(Dialect):
    """twistchat over WebSocket; nothing waits for the handshake's answer."""

    ready: bytes = b'"kind":"welcome"'

    def hello(self, name: str) -> bytes:
        return _HANDSHAKE + _message(name=name)

    def said(self, name: str, text: bytes) -> bytes:
        return _message(line=text.decode())

    def people_told_of(self, line: bytes) -> int:
        return line.count(b'"kind":"joined"')


def _message(**values: str) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(values).encode()).serialize(mask=True)


@dataclass(frozen=True)
class Ssh(Dialect):
    """twistchat by SSH, with a terminal or without; the name is given as one logs in."""

    has_terminal: bool = False

    def sealed(self, made: socket.socket, name: str) -> Any:
        return sealed(made, name, self.has_terminal)

    def hello(self, name: str) -> bytes:
        return b""

    def said(self, name: str, text: bytes) -> bytes:
        return text + (b"\r" if self.has_terminal else b"\n")


@dataclass(frozen=True)
class Tutorial(Dialect):
    """The threaded tutorial's server: nothing ends a nickname."""

    def hello(self, name: str) -> bytes:
        return name.encode()

    def said(self, name: str, text: bytes) -> bytes:
        return b"%s: %s\n" % (name.encode(), text)


@dataclass(frozen=True)
class Irc(Dialect):
    """IRC, in one channel or in several; the speaker gets no echo."""

    ready: bytes = b" #bench :End of"  # RPL_ENDOFNAMES, the last of what answers a JOIN
    greeted: bytes = b" 001 "  # InspIRCd takes no JOIN before it
    echoes: bool = False
    wave: int = 8  # ngircd listens with a backlog of 10
    rooms: tuple[str, ...] = ("#bench",)
    """Where everyone is; they talk in the last one."""

    def hello(self, name: str) -> bytes:
        return f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n".encode()

    def enters(self) -> bytes:
        return f"JOIN {','.join(self.rooms)}\r\n".encode()

    def said(self, name: str, text: bytes) -> bytes:
        return b"PRIVMSG #bench :%s\r\n" % text

    def people_told_of(self, lines: bytes) -> int:
        return lines.count(b" JOIN #bench\r") + lines.count(b" JOIN :#bench\r")


@dataclass(frozen=True)
class Broker(Dialect):
    """`ncat --chat`: no names, no echo, one announcement for who comes."""

    ready: bytes = b"is connected as <"
    echoes: bool = False
    wave: int = 8

    def hello(self, name: str) -> bytes:
        return b""

    def people_told_of(self, lines: bytes) -> int:
        return lines.count(b" is connected as <")
