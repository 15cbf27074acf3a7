"""People of the soak, one socket each, by every way in; what they are told is only looked at until they are in."""

from __future__ import annotations

import json
import random
import secrets
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from twistchat.bench.crowd import READ_BYTES
from twistchat.bench.dialects import Datagrams, Dialect, Web
from twistchat.bench.servers import Address
from twistchat.errors import UnknownDatagram
from twistchat.wire.numbered import Stream, parse_data

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends a reset


class Soaker:
    """One connection."""

    dialect: ClassVar[Dialect] = Dialect()
    ready: ClassVar[bytes] = Dialect.ready
    """In what comes once they are in."""
    kind = socket.SOCK_STREAM

    def __init__(self, name: str, address: Address) -> None:
        """Connect, and say who it is.

        Raises:
            OSError: Nobody listens there.
        """
        self.name = name
        self.is_in = False
        """Whether the server has let them in."""
        self.is_gone = False
        """Whether it has ended."""
        self.stalls = False
        """Whether they read nothing for a while, and may be let go for it."""
        self.since = time.monotonic()
        self.heard = b""
        """The latest of what came."""
        self.unsent = b""
        self.socket = socket.socket(socket.AF_INET, self.kind)
        self.socket.settimeout(30.0)
        self.socket.connect(address)
        self.socket.setblocking(False)
        self.hello()

    def fileno(self) -> int:
        """For selectors."""
        return self.socket.fileno()

    def hello(self) -> None:
        """Say who it is."""
        self.send(self.dialect.hello(self.name))

    def say(self, line: str) -> None:
        """Send a line as a person would type it."""
        self.send(self.dialect.said(self.name, line.encode()))

    def send(self, data: bytes) -> None:
        """Send bytes; those for which there is no room go with the next."""
        self.unsent += data
        with suppress(OSError):
            self.unsent = self.unsent[self.socket.send(self.unsent) :]

    def read(self) -> None:
        """Take what came."""
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.take(data)

    def take(self, data: bytes) -> None:
        """Look at what came; nothing is the end."""
        if not data:
            self.is_gone = True
        elif not self.is_in:
            self.is_in = self.ready in self.heard + data
        self.heard = (self.heard + data)[-200:]

    def look(self) -> None:
        """Do what is due by the time."""

    def leave(self, rudely: bool) -> None:
        """Go, with a word or without."""
        with suppress(OSError):
            if rudely:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            else:
                self.bye()
        self.is_gone = True
        self.socket.close()

    def bye(self) -> None:
        """Say goodbye."""
        self.say("/quit see you")


class Program(Soaker):
    """Lines by TCP, as JSON."""

    ready = Web.ready

    def hello(self) -> None:
        self.send(_line(name=self.name))

    def say(self, line: str) -> None:
        self.send(_line(line=line, id=secrets.token_hex(4)))


def _line(**values: str) -> bytes:
    return json.dumps(values).encode() + b"\n"


class Browser(Soaker):
    """Messages by WebSocket; what it says shows that it is there, so that pings need no answer."""

    dialect = Web()
    ready = Web.ready


class Sender(Soaker):
    """Bare datagrams."""

    dialect = Datagrams()
    ready = Datagrams.ready
    kind = socket.SOCK_DGRAM

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self.socket.send(data)

    def take(self, data: bytes) -> None:
        self.is_gone = data == b"EXIT"
        super().take(data or b" ")

    def bye(self) -> None:
        self.send(b"Q %s" % self.name.encode())


class Numbered(Soaker):
    """Numbered datagrams."""

    kind = socket.SOCK_DGRAM

    def hello(self) -> None:
        self._token = secrets.token_urlsafe(12)
        self._stream = Stream(self._token, time.monotonic())
        self._packet(f"H {self._token}".encode().ljust(64))
        self.send(self.dialect.hello(self.name))

    def send(self, data: bytes) -> None:
        self._stream.write(data)
        self.look()

    def take(self, data: bytes) -> None:
        if data.startswith(b"E "):
            self.is_gone = True
            return
        with suppress(UnknownDatagram):
            self._stream.receive(parse_data(data), time.monotonic())
            while payload := self._stream.read(time.monotonic()):
                super().take(payload)
        self.look()

    def look(self) -> None:
        for packet in self._stream.datagrams(time.monotonic()):
            self._packet(packet)

    def bye(self) -> None:
        self._packet(f"E {self._token}".encode())

    def _packet(self, packet: bytes) -> None:
        with suppress(OSError):
            self.socket.send(packet)


TOPICS = ("tea", "den", "chess", "music", "homework", "garden", "news", "attic")
"""Rooms beside the lobby."""

WORDS = ("the", "tea", "is", "ready", "who", "knows", "where", "we", "left", "it", "今天", "下午", "喝茶", "吗")

DOINGS = {
    "{words}": 60,
    "/me {words}": 4,
    "/join {room}": 6,
    "/leave": 4,
    "/leave {room}": 2,
    "/nick {name}": 3,
    "/msg {other} {words}": 4,
    "/reply {words}": 1,
    "/who": 3,
    "/who {room}": 1,
    "/rooms": 1,
    "/whois {other}": 2,
    "/history": 2,
    "/history 50": 1,
    "/search {word}": 2,
    "/search {word} in:lobby since:1h": 1,
    "/more": 1,
    "/missed": 1,
    "/topic {words}": 1,
    "/ignore {other}": 1,
    "/unignore {other}": 1,
    "/echo off": 1,
    "/echo on": 1,
    "/time on": 1,
    "/lang zh_CN": 1,
    "/join lobby": 4,
    "/help": 1,
}
"""What people do, and how often."""


class Habits:
    """Decides what people do next."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._doings, self._weights = [*DOINGS], [*DOINGS.values()]
        self._words = 0

    def line(self, names: Sequence[str]) -> str:
        """What somebody types.

        Args:
            names: Those of people who are there, or were.
        """
        (doing,) = self._chance.choices(self._doings, self._weights)
        self._words += 1
        return doing.format(
            words=" ".join(self._chance.choices(WORDS, k=7)),
            word=self._chance.choice(WORDS),
            room=self._chance.choice(TOPICS),
            name=f"n{self._words}",
            other=self._chance.choice(names),
        )
