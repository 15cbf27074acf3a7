"""Frames kept apart in time."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twistchat.interfaces.tcp.pacer import GAP_SECONDS, Pacer

CAP = 256 * 1024


class Recorder:
    """What a Pacer needs of an Egress."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, frame: bytes) -> None:
        self.sent.append(frame)


@given(pauses=st.lists(st.sampled_from([0.0, 0.01, 0.03, GAP_SECONDS, 0.2]), max_size=30))
def test_frames_kept_apart_lose_nothing_and_never_go_closer_than_the_gap(pauses: list[float]) -> None:
    clock, egress = Clock(), Recorder()
    pacer = Pacer(egress, clock, lambda: CAP, 10)  # type: ignore[arg-type]
    times: list[float] = []
    for number, pause in enumerate(pauses):
        pacer.write(b"%d" % number)
        for _ in range(5):
            times += [clock.seconds()] * (len(egress.sent) - len(times))
            clock.advance(pause / 5)
    clock.pump([GAP_SECONDS] * 30)
    assert b"\n".join(egress.sent).split(b"\n") == [b"%d" % number for number in range(len(pauses))] or not pauses
    assert all(later - earlier > GAP_SECONDS - 0.011 for earlier, later in itertools.pairwise(times))


def test_no_more_goes_at_once_than_the_peer_reads_at_once() -> None:
    """So that each of its reads begins with the beginning of a line."""
    clock, egress = Clock(), Recorder()
    pacer = Pacer(egress, clock, lambda: CAP, 10)  # type: ignore[arg-type]
    for frame in (b"1", b"22", b"333", b"4444", b"a long one as it is", b"5"):
        pacer.write(frame)
    clock.pump([GAP_SECONDS] * 5)
    assert egress.sent == [b"1", b"22\n333", b"4444", b"a long one as it is", b"5"]


def test_nothing_is_sent_after_the_end() -> None:
    clock, egress = Clock(), Recorder()
    pacer = Pacer(egress, clock, lambda: CAP, 1024)  # type: ignore[arg-type]
    pacer.write(b"one")
    pacer.write(b"two")
    pacer.ended()
    pacer.write(b"three")
    clock.advance(1)
    assert egress.sent == [b"one"]
    assert clock.getDelayedCalls() == []


def test_what_waits_for_its_moment_is_counted() -> None:
    clock = Clock()
    pacer = Pacer(Recorder(), clock, lambda: CAP, 1024)  # type: ignore[arg-type]
    pacer.write(b"one")
    assert pacer.held == 0
    pacer.write(b"two")
    assert pacer.held == 3
    clock.pump([GAP_SECONDS] * 2)
    assert pacer.held == 0
