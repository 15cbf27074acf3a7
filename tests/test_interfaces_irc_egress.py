"""IRC's way out over a real socket: what is a reader's own is filled in, and answers are kept together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.sockets import Pair
from twisted.internet.protocol import Protocol

from twistchat.interfaces.irc.egress import IrcEgress
from twistchat.wire.irc_pieces import ToFill

CAP = 1024 * 1024


class Reader(Protocol):
    """Somebody called ada, whose frames are filled in or, while an answer is put together, kept."""

    def __init__(self) -> None:
        self.pair = Pair(self)
        self.gathered: list[bytes] = []
        self.gathers = False
        self.lost = False
        self.egress = IrcEgress(self.pair.transport, self.pair.reactor, lambda: CAP, lambda cap: None, self.fill)
        self.makeConnection(self.pair.transport)

    def fill(self, frame: bytes | ToFill) -> None:
        if isinstance(frame, ToFill):
            self.egress.put(frame.frame.replace(b"\0", b"ada"))
        elif self.gathers:
            self.gathered.append(frame)
        else:
            self.egress.put(frame)

    def gather(self, on: bool) -> None:
        self.gathers = on
        self.egress.gather(on)

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True
        self.egress.ended()


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.pair.close()


def test_what_is_the_readers_own_is_filled_in_in_its_place(reader: Reader) -> None:
    for frame in (b"one ", ToFill(b"\0 "), b"three"):
        reader.egress.write(frame)
    assert reader.pair.read() == b"one ada three"


def test_what_comes_while_an_answer_is_put_together_is_kept_and_goes_out_where_it_is_put(reader: Reader) -> None:
    reader.gather(True)
    for frame in (b"kept", ToFill(b"\0 ")):
        reader.egress.write(frame)
    assert reader.pair.read() == b"ada "
    reader.gather(False)
    for frame in (*reader.gathered, b" and on"):
        reader.egress.write(frame)
    assert reader.pair.read() == b"kept and on"


def test_an_answer_that_begins_while_the_reader_is_behind_is_kept_when_they_have_caught_up(reader: Reader) -> None:
    pieces = [b"%06d" % number * 1000 for number in range(100)]
    for piece in pieces:
        reader.egress.write(piece)
    assert reader.egress.held
    reader.gather(True)
    reader.egress.put(b"put")
    assert reader.pair.read() == b"".join(pieces) + b"put"
    assert not reader.egress.held
    reader.egress.write(b"kept")
    assert reader.gathered == [b"kept"]
    reader.gather(False)
    reader.egress.write(b"straight")
    assert reader.pair.read() == b"straight"
