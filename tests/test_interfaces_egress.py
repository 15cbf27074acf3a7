"""Output over real sockets whose peer is slow, and over transports that are none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sockets import Pair
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from twistchat.interfaces.egress import FLUSH_SECONDS, Egress

CAP = 256 * 1024


class Speaker(Protocol):
    """Owns an Egress, as an interface's protocol does."""

    lost = False

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True
        self.egress.ended()

    egress: Egress


class Line:
    """An Egress over a Pair."""

    def __init__(self) -> None:
        self.speaker = Speaker()
        self.pair = Pair(self.speaker)
        self.overflows: list[int] = []
        self.cap = CAP
        self.tells = False
        self.egress = self.speaker.egress = Egress(
            self.pair.transport, self.pair.reactor, lambda: self.cap, self.overflows.append, self.told
        )
        self.speaker.makeConnection(self.pair.transport)

    def write(self, frame: bytes) -> None:
        self.egress.write(frame)

    def told(self, lines: int) -> bytes:
        return b"<%d behind>" % lines if self.tells else b""


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.pair.close()


def test_a_frame_is_with_the_kernel_before_the_turn_ends(line: Line) -> None:
    line.write(b"hello")
    assert line.pair.peer.recv(100) == b"hello"
    assert line.pair.transport not in line.pair.reactor.getWriters()


def test_order_holds_when_the_peer_falls_behind_and_catches_up(line: Line) -> None:
    frames = [b"%06d;" % number * 50 for number in range(600)]
    for frame in frames[:400]:
        line.write(frame)
    assert line.egress.held > 0
    got = line.pair.peer.recv(3000)
    for frame in frames[400:500]:
        line.write(frame)
    got += line.pair.read()
    assert line.egress.held == 0
    for frame in frames[500:]:
        line.write(frame)
    assert got + line.pair.read() == b"".join(frames)
    assert line.overflows == []


@given(steps=st.lists(st.one_of(st.integers(1, 30_000), st.sampled_from(["read", "turn"])), max_size=60))
def test_whatever_the_pace_of_the_peer_the_bytes_are_the_same(steps: list[Any]) -> None:
    line = Line()
    line.cap = 10**9
    sent, got, number = bytearray(), bytearray(), 0
    for step in steps:
        if step == "turn":
            line.pair.turn()
        elif step == "read":
            try:
                got += line.pair.peer.recv(5000)
            except BlockingIOError:
                continue
        else:
            number += 1
            frame = bytes([number % 256]) * step
            line.write(frame)
            sent += frame
    got += line.pair.read()
    line.pair.close()
    assert got == sent


def test_a_peer_over_half_the_cap_is_told_once_between_two_frames_as_soon_as_it_reads(line: Line) -> None:
    line.tells = True
    frames = [b"%06d " % number * 40 + b"\n" for number in range(800)]
    for frame in frames:
        line.write(frame)
    assert CAP // 2 < line.egress.held < CAP
    got = line.pair.read()
    before, told, after = got.partition(b"<")
    number, _, rest = after.partition(b" behind>")
    assert told
    assert before + rest == b"".join(frames)
    assert before.endswith(b"\n")
    assert before.count(b"\n") + int(number) == len(frames)
    assert len(before) < len(got) / 2


def test_a_peer_that_falls_behind_again_is_told_again_and_one_that_is_a_little_behind_is_not(line: Line) -> None:
    line.tells = True
    for size in (10_000, 200_000, 10_000, 200_000):
        for _ in range(size // 1000):
            line.write(b"x" * 999 + b"\n")
        assert line.pair.read().count(b"behind") == (size == 200_000)


def test_who_reads_nothing_is_let_go_at_the_cap_and_not_asked_to_wait(line: Line) -> None:
    for _ in range(2 * CAP // 1000):
        line.write(b"x" * 1000)
    assert line.overflows == [CAP]
    assert line.egress.held == 0
    line.pair.reactor.advance(0)
    assert line.speaker.lost


def in_twisted(line: Line) -> int:
    """Bytes that wait in the transport's own buffers."""
    return len(line.pair.transport.dataBuffer) + line.pair.transport._tempDataLen


def test_never_more_is_kept_than_the_cap_and_nothing_by_the_transport(line: Line) -> None:
    line.write(b"x" * 100_000)
    for _ in range(CAP):
        line.write(b"x" * 1000)
        if line.overflows:
            break
        assert line.egress.held <= CAP
        assert in_twisted(line) == 0
    assert line.overflows == [CAP]


@given(reads=st.lists(st.integers(1, 20_000), max_size=40))
def test_whatever_the_peer_reads_the_rest_is_all_with_us_or_with_the_kernel(reads: list[int]) -> None:
    line = Line()
    line.write(b"x" * (CAP - 1))
    taken = CAP - 1 - line.egress.held
    for most in reads:
        with suppress(BlockingIOError):
            line.pair.peer.recv(most)
        line.pair.turn()
        assert in_twisted(line) == 0
        assert line.egress.held <= CAP - 1 - taken
        taken = CAP - 1 - line.egress.held
    line.pair.close()


def test_the_reactor_watches_for_room_only_while_something_waits(line: Line) -> None:
    line.write(b"x" * 200_000)
    assert line.pair.transport in line.pair.reactor.getWriters()
    line.pair.read()
    assert line.pair.transport not in line.pair.reactor.getWriters()


def test_a_single_frame_over_the_cap_lets_the_peer_go(line: Line) -> None:
    line.write(b"x" * 10_000_000)
    assert line.overflows == [CAP]


def test_closing_sends_what_is_queued_first(line: Line) -> None:
    line.write(b"x" * 200_000)
    line.write(b"goodbye")
    line.egress.close()
    line.write(b"too late")
    got = line.pair.read()
    assert got == b"x" * 200_000 + b"goodbye"
    assert line.speaker.lost
    assert not line.pair.reactor.getDelayedCalls()


def test_closing_does_not_wait_for_ever(line: Line) -> None:
    line.write(b"x" * 200_000)
    line.egress.close()
    line.pair.reactor.advance(FLUSH_SECONDS - 0.1)
    assert not line.speaker.lost
    line.pair.reactor.advance(0.2)
    line.pair.reactor.advance(0)
    assert line.speaker.lost


def test_closing_twice_and_writing_after_the_end_do_nothing(line: Line) -> None:
    line.egress.close()
    line.egress.close()
    assert line.pair.read() == b""
    line.write(b"too late")
    line.egress.close()
    assert line.speaker.lost


def test_writing_to_a_peer_that_has_gone_does_not_raise(line: Line) -> None:
    line.pair.peer.close()
    line.write(b"hello")
    line.write(b"hello")
    line.pair.turn()
    assert line.speaker.lost


def test_a_peer_that_goes_while_its_backlog_waits_leaves_nothing_behind(line: Line) -> None:
    line.write(b"x" * 200_000)
    line.pair.peer.close()
    line.pair.turn()
    assert line.speaker.lost
    assert line.egress.held == 0
    line.write(b"x" * 10)
    assert line.egress.held == 0


# --- transports that are no plain sockets


class Elsewhere:
    """A transport with a buffer of its own, which pauses its producer as TLS does."""

    def __init__(self, size: int = 65536) -> None:
        self.size = size
        self.producer: Any = None
        self.buffer = b""
        self.paused = False
        self.got = b""
        self.state = "open"

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def write(self, data: bytes) -> None:
        assert not self.paused
        self.buffer += data
        if len(self.buffer) > self.size:
            self.paused = True
            self.producer.pauseProducing()

    def drain(self) -> None:
        self.got += self.buffer
        self.buffer = b""
        if self.paused:
            self.paused = False
            self.producer.resumeProducing()

    def loseConnection(self) -> None:
        self.state = "closing"

    def abortConnection(self) -> None:
        self.state = "aborted"


def test_another_transport_gets_frames_at_once_while_it_takes_them() -> None:
    transport = Elsewhere()
    egress = Egress(transport, Clock(), lambda: CAP, lambda cap: None)
    egress.write(b"one")
    egress.write(b"two")
    assert transport.buffer == b"onetwo"


@pytest.mark.parametrize("size", [10, 1000, 65536, 10**6])
def test_another_transport_goes_on_after_it_paused(size: int) -> None:
    """It asks for more once for each time that it paused, however little it was given then."""
    transport = Elsewhere(size)
    egress = Egress(transport, Clock(), lambda: CAP, lambda cap: None)
    sent = b""
    for number in range(400):
        frame = b"%06d;" % number * 50
        egress.write(frame)
        sent += frame
        if number % 100 == 99:
            for _ in range(10):
                transport.drain()
    assert transport.got == sent
    assert egress.held == 0


def test_another_transport_has_the_same_cap() -> None:
    transport, overflows = Elsewhere(), []
    egress = Egress(transport, Clock(), lambda: CAP, overflows.append)
    for _ in range(1000):
        egress.write(b"x" * 1000)
    assert overflows == [CAP]
    assert transport.state == "aborted"
    assert len(transport.buffer) < CAP


@pytest.mark.parametrize("frames", [1, 100])
def test_another_transport_is_closed_once_the_backlog_is_out(frames: int) -> None:
    """Its producer goes last: with one registered it would never close."""
    transport, clock = Elsewhere(), Clock()
    egress = Egress(transport, clock, lambda: CAP, lambda cap: None)
    for _ in range(frames):
        egress.write(b"x" * 1000)
    egress.close()
    assert transport.state == "closing"
    for _ in range(5):
        transport.drain()
    assert transport.got == b"x" * 1000 * frames
    assert transport.producer is None
    egress.ended()
    assert clock.getDelayedCalls() == []
