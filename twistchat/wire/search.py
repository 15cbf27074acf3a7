"""Servers that are found by asking: `F`, filled up with spaces to 64 bytes, is answered `F NAME TCPPORT WEBPORT`.

The name may have spaces, the ports have none, so that an answer is read from its end. A port is 0 where none is open
for whoever asks, and has a `+` before it where it takes TLS alone, as IRC's servers write it (`+6697`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from twistchat.core.text import clean
from twistchat.errors import UnknownDatagram

SEARCHED_PORT = 8888
"""Where servers are asked: the default port of datagrams."""

QUESTION_BYTES = 64
"""What a question has: no answer is longer, so that nobody gets more for a forged question than it cost."""

QUESTION = b"F".ljust(QUESTION_BYTES)

MOST_PORT = 65535

MOST_NAME = QUESTION_BYTES - len(b"F  +65535 +65535")
"""Bytes of a server's name that fit in any case."""

_ANSWER = re.compile(r"F (.+) (\+?)([0-9]{1,5}) (\+?)([0-9]{1,5})[ \r\n]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Opened:
    """One port, as an answer has it."""

    port: int = 0
    is_sealed: bool = False
    """Whether it takes TLS alone."""


@dataclass(frozen=True, slots=True)
class ServerFound:
    """What a server answers."""

    name: str
    """Harmless to show, of at most `MOST_NAME` bytes in UTF-8, never empty."""
    lines: Opened
    """Where lines are taken over TCP."""
    page: Opened
    """Where the page is."""


def is_question(datagram: bytes) -> bool:
    """Whether that is a whole question: a shorter one is none, as its answer might be longer."""
    return datagram.startswith(b"F ") and len(datagram) >= QUESTION_BYTES and not datagram[1:].strip(b" \r\n")


def server_name(text: str) -> str:
    """A text as a server's name: harmless, on one line, cut between characters to what an answer has room for."""
    cleaned = " ".join(clean(text).split())
    cut = cleaned.encode("utf-8")[:MOST_NAME].decode("utf-8", "ignore")
    return " ".join(clean(cut).split()) or "twistchat"


def answer(found: ServerFound) -> bytes:
    """What a question is answered with; at most `QUESTION_BYTES`."""
    return f"F {server_name(found.name)} {_written(found.lines)} {_written(found.page)}".encode()


def parse_answer(datagram: bytes) -> ServerFound:
    """Read what came back.

    Raises:
        UnknownDatagram: It is no answer: another program's datagram, a question, a port that is none.
    """
    try:
        text = datagram.decode("utf-8") if len(datagram) <= QUESTION_BYTES else ""
    except UnicodeDecodeError:
        raise UnknownDatagram from None
    found = _ANSWER.fullmatch(text)
    if found is None or not clean(found[1]).strip():
        raise UnknownDatagram
    return ServerFound(server_name(found[1]), _read(found[2], found[3]), _read(found[4], found[5]))


def _written(opened: Opened) -> str:
    return f"{'+' if opened.is_sealed and opened.port else ''}{opened.port}"


def _read(mark: str, digits: str) -> Opened:
    port = int(digits)
    if port > MOST_PORT:
        raise UnknownDatagram
    return Opened(port, bool(mark and port))
