"""Datagrams, as the forking tutorial has them: `L name`, `C name text`, `Q name`; lines of text come back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from twistchat.core.claimcodes import read_code
from twistchat.core.replies import Goodbye, Past, Reply, Welcome
from twistchat.errors import UnknownDatagram
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import Encoding, cut

MOST_BYTES = 1024
"""The longest datagram out: what the tutorial's client reads, and below every network's fragmentation."""


@dataclass(frozen=True, slots=True)
class Login:
    """`L name`; behind it the cookie, where one was asked for, the name's code, and how much of the past is wanted."""

    name: str
    cookie: str = ""
    code: str = ""
    """That the name is theirs, where it was claimed."""
    by_hand: bool = False
    """Whether it ended with a newline: somebody typed it at a terminal, and needs newlines back."""
    past: int | None = None
    """How many lines of the past are wanted; None for what everyone gets."""
    padding: int = 0
    """Blanks at its end: who knows the protocol makes room for a cookie by them."""


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


def parse(datagram: bytes, encoding: Encoding | None = None) -> Login | Talk | Quit | Alive:
    """Read a datagram. Any blanks stand between its words, as in the tutorial's server, which splits at them.

    Args:
        datagram: What came.
        encoding: The sender's, where more is known of them.

    Raises:
        NotText: It is neither UTF-8 nor GB18030.
        UnknownDatagram: It is none of the protocol's.
    """
    whole = (encoding or Encoding()).decode(datagram)
    words = _WORDS.match(whole)
    if words is not None:
        verb, name, text = words.groups("")
        match verb:
            case "L":
                return _login(name, text, whole)
            case "C":
                return Talk(name, text.rstrip("\r\n"))
            case "Q":
                return Quit(name)
            case "P":
                return Alive(name)
    raise UnknownDatagram


def _login(name: str, rest: str, whole: str) -> Login:
    past = _PAST.search(rest)
    words = _PAST.sub("", rest).split()
    code = next((word for word in words if read_code(word) is not None), "")
    cookie = " ".join(word for word in words if word != code)
    padding = len(whole) - len(whole.rstrip(" "))
    return Login(name, cookie, code, whole.endswith("\n"), None if past is None else int(past[0]), padding)


_WORDS = re.compile(r"\s*(\S+)\s+(\S+)(?:\s(.*))?", re.DOTALL)
"""A verb, a name, and what stands behind one blank, as a text may be indented."""

_PAST = re.compile(r"(?<!\S)[0-9]{1,4}(?!\S)")
"""A word that is a number of lines; a cookie has 16 characters."""


class Alone(bytes):
    """A piece that is a datagram of its own, as the client compares the whole of it."""


OK, EXIT, ALIVE = Alone(b"OK"), Alone(b"EXIT"), Alone(b"P")

NO = Alone(b"NO")
"""A refusal, where its sentence is longer than what may be sent."""

PAGE_BYTES = 4 * MOST_BYTES
"""Of the past at once, on coming in and in each answer: four datagrams or five, as nobody says which were lost."""


@dataclass(frozen=True)
class DatagramFormat(TextFormat):
    """The datagram dialect: `name : text`, `OK` and `EXIT`."""

    separator: ClassVar[str] = " : "
    past_bytes: ClassVar[int] = PAGE_BYTES

    ended: bool = False
    """Whether each datagram ends with a newline, for `nc -u`, which shows them one right behind the other."""

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """Render a reply; the two that the tutorial's client waits for are words of the protocol."""
        match reply:
            case Welcome():
                return [OK]
            case Goodbye():
                return [EXIT]
            case Past(numbered=False):
                return _newest(super().reply(reply))
        return super().reply(reply)

    def _announced(self, text: str) -> str:
        """In the tutorial's own words, which are other ones than those that languages have today."""
        return self._say_of("tutorial", "Administrator: {text}", text=text)

    def frame(self, pieces: Sequence[bytes]) -> tuple[bytes, ...]:
        """Put lines together into datagrams of at most 1024 bytes; none is cut inside a character."""
        end = b"\n" if self.ended else b""
        return tuple(packet + end for packet in _packed(pieces, MOST_BYTES - len(end), self.encoding))


def _newest(pieces: Sequence[bytes]) -> Sequence[bytes]:
    """The last pieces, as many as a page has; the very last in any case."""
    size, count = 0, 0
    for piece in reversed(pieces):
        size += len(piece) + 1
        if count and size > PAGE_BYTES:
            break
        count += 1
    return pieces[len(pieces) - count :]


def _packed(pieces: Sequence[bytes], most: int, encoding: str) -> Iterator[bytes]:
    packet = b""
    mark = CONTINUED.encode(encoding)
    for piece in pieces:
        fits = len(packet) + 1 + len(piece) <= most
        if packet and fits and not isinstance(piece, Alone):
            packet += b"\n" + piece
            continue
        if packet:
            yield packet
        *whole, packet = cut(piece, most, encoding, mark)
        yield from whole
        if isinstance(piece, Alone):
            yield packet
            packet = b""
    if packet:
        yield packet


CONTINUED = "… "
"""Stands before what did not fit: a client shows each datagram as a line, and nobody shall choose how one begins."""
