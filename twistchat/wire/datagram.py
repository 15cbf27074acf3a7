"""Datagrams, as the forking tutorial has them: `L name`, `C name text`, `Q name`; lines of UTF-8 come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from twistchat.core.replies import Goodbye, Reply, Welcome
from twistchat.errors import UnknownDatagram
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import decode

MOST_BYTES = 1024
"""The longest datagram out: what the tutorial's client reads, and below every network's fragmentation."""


@dataclass(frozen=True, slots=True)
class Login:
    """`L name`, and the cookie behind it where one was asked for."""

    name: str
    cookie: str = ""
    by_hand: bool = False
    """Whether it ended with a newline: somebody typed it at a terminal, and needs newlines back."""


@dataclass(frozen=True, slots=True)
class Talk:
    """`C name text`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Quit:
    """`Q name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Alive:
    """`P name`: a keepalive."""

    name: str


def parse(datagram: bytes) -> Login | Talk | Quit | Alive:
    """Read a datagram.

    Raises:
        NotText: It is neither UTF-8 nor GB18030.
        UnknownDatagram: It is none of the protocol's.
    """
    verb, _, rest = decode(datagram).partition(" ")
    name, _, text = rest.strip("\r\n").partition(" ")
    if name:
        match verb:
            case "L":
                return Login(name, text.strip(), rest.endswith("\n"))
            case "C":
                return Talk(name, text)
            case "Q":
                return Quit(name)
            case "P":
                return Alive(name)
    raise UnknownDatagram


class Alone(bytes):
    """A piece that is a datagram of its own, as the client compares the whole of it."""


OK, EXIT, ALIVE = Alone(b"OK"), Alone(b"EXIT"), Alone(b"P")


@dataclass(frozen=True)
class DatagramFormat(TextFormat):
    """The datagram dialect: `name : text`, `OK` and `EXIT`."""

    separator: ClassVar[str] = " : "

    ended: bool = False
    """Whether each datagram ends with a newline, for `nc -u`, which shows them one right behind the other."""

    def encode(self, line: str) -> bytes:
        """One line without an end."""
        return line.encode("utf-8", "replace")

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """Render a reply; the two that the tutorial's client waits for are words of the protocol."""
        match reply:
            case Welcome():
                return [OK]
            case Goodbye():
                return [EXIT]
        return super().reply(reply)

    def _announced(self, text: str) -> str:
        """In the tutorial's own words, which are other ones than those that languages have today."""
        return self._say_of("tutorial", "Administrator: {text}", text=text)

    def frame(self, pieces: Sequence[bytes]) -> tuple[bytes, ...]:
        """Put lines together into datagrams of at most 1024 bytes; none is cut inside a character."""
        end = b"\n" if self.ended else b""
        return tuple(packet + end for packet in _packed(pieces, MOST_BYTES - len(end)))


def _packed(pieces: Sequence[bytes], most: int) -> Iterator[bytes]:
    packet = b""
    for piece in pieces:
        fits = len(packet) + 1 + len(piece) <= most
        if packet and fits and not isinstance(piece, Alone):
            packet += b"\n" + piece
            continue
        if packet:
            yield packet
        *whole, packet = _cut(piece, most)
        yield from whole
        if isinstance(piece, Alone):
            yield packet
            packet = b""
    if packet:
        yield packet


CONTINUED = "… ".encode()
"""Stands before what did not fit: a client shows each datagram as a line, and nobody shall choose how one begins."""


def _cut(piece: bytes, most: int) -> list[bytes]:
    parts = []
    while len(piece) > most:
        end = most
        while piece[end] & 0xC0 == 0x80:  # inside a character: its other bytes all begin with 10
            end -= 1
        parts.append(piece[:end])
        piece = CONTINUED + piece[end:]
    return [*parts, piece]
