"""Streams over a bad network, with a clock that the tests move."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.relay import Loss, Network

from twistchat.errors import UnknownDatagram
from twistchat.wire.numbered import (
    CONFIRM_SECONDS,
    MOST_ASKED_CHARS,
    PAYLOAD_BYTES,
    REPEAT_SECONDS,
    WINDOW,
    Data,
    Stream,
    parse_data,
)

TOKEN = "abcdefghijklmnop"
LINES = [f"line {number} 你好\n".encode() for number in range(10_000)]


def run(loss: Loss, lines_a_second: float, both_ways: bool = False) -> Network:
    """Send the 10,000 lines at a pace, and let everything settle."""
    network = Network(loss)
    for number, line in enumerate(LINES):
        for end in (0, 1) if both_ways else (0,):
            network.at(number / lines_a_second, lambda end=end, line=line: network.write(end, line))  # type: ignore[misc]
    network.run()
    return network


@pytest.mark.parametrize("lines_a_second", [20, 100, 1000, 1e9])
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_lines_arrive_once_and_in_order_at_less_than_twice_the_datagrams(
    seed: int, lines_a_second: float
) -> None:
    """Counted is every datagram that either end sends, of any kind, against the same run without losses."""
    perfect = run(Loss(0, drop=0, repeat=0, reorder=0), lines_a_second)
    network = run(Loss(seed), lines_a_second)
    assert bytes(network.got[1]) == b"".join(LINES)
    assert sum(network.sent) < 2 * sum(perfect.sent)
    assert sum(network.sent) < 2 * len(LINES)  # and against one datagram a line, with nothing said back
    assert network.ends[0].waiting == 0


def test_both_ends_may_talk_at_once_and_confirm_in_what_they_send_anyway() -> None:
    network = run(Loss(3), 20, both_ways=True)
    assert bytes(network.got[0]) == bytes(network.got[1]) == b"".join(LINES)
    assert sum(network.sent) < 2 * 2 * len(LINES)


@examples(60)
@given(
    st.integers(0, 2**32),
    st.floats(0, 0.6),
    st.floats(0, 0.3),
    st.floats(0, 0.5),
    st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=3000)), max_size=40),
)
def test_whatever_the_network_does_the_bytes_arrive(
    seed: int, drop: float, repeat: float, reorder: float, writes: list[tuple[int, bytes]]
) -> None:
    network = Network(Loss(seed, drop, repeat, reorder))
    for number, (end, data) in enumerate(writes):
        network.at(number * 0.03, lambda end=end, data=data: network.write(end, data))  # type: ignore[misc]
    network.run()
    for end in (0, 1):
        assert bytes(network.got[1 - end]) == b"".join(data for sender, data in writes if sender == end)


def test_nothing_is_sent_while_nothing_is_said() -> None:
    network = Network(Loss(0, 0, 0, 0))
    network.run()
    assert network.sent == [0, 0]
    assert network.ends[0].next_time(0.0) is None


def test_a_reader_who_waits_makes_the_writer_wait() -> None:
    """Nothing is lost, and no more than a window is on its way or kept."""
    network = Network(Loss(0, 0, 0, 0))
    network.reading[1] = False
    network.write(0, bytes(100 * PAYLOAD_BYTES))
    network.run(30.0)
    assert network.ends[0].waiting == 100 * PAYLOAD_BYTES
    assert network.sent[0] < WINDOW + 10
    network.reading[1] = True
    network.at(31.0, lambda: network.pump(1))
    network.run()
    assert len(network.got[1]) == 100 * PAYLOAD_BYTES


def test_who_is_never_confirmed_is_tried_ever_more_rarely() -> None:
    network = Network(Loss(0, drop=1.0))
    network.write(0, b"hello?")
    network.run(60.0)
    assert 5 <= network.sent[0] <= 12
    assert network.ends[0].next_time(60.0) <= 60.0 + REPEAT_SECONDS[1]  # type: ignore[operator]


def test_a_burst_is_paced() -> None:
    stream = Stream(TOKEN, 0.0)
    sent = []
    for number in range(500):
        stream.write(b"x")
        sent += stream.datagrams(0.0)
        stream.receive(Data(TOKEN, 0, number + 1), 0.0)
    assert len(sent) == 64
    assert stream.next_time(0.0) == pytest.approx(0.0025)


def test_a_confirmation_waits_for_a_datagram_that_can_carry_it() -> None:
    stream = Stream(TOKEN, 0.0)
    stream.receive(Data(TOKEN, 1, 0, (), b"hi\n"), 0.0)
    assert stream.read(0.0) == b"hi\n"
    assert stream.datagrams(0.1) == []
    stream.write(b"yes\n")
    assert stream.datagrams(0.1) == [b"D abcdefghijklmnop 1 1 -\nyes\n"]
    assert stream.datagrams(CONFIRM_SECONDS) == []


def test_what_is_missing_is_asked_for_by_number_once_it_cannot_only_have_been_overtaken() -> None:
    stream = Stream(TOKEN, 0.0)
    for number in (1, 3, 6):
        stream.receive(Data(TOKEN, number, 0, (), b"x"), 0.0)
    stream.read(0.0)
    assert stream.datagrams(0.05) == []
    assert stream.datagrams(0.06) == [b"D abcdefghijklmnop 0 1 2,4-5\n"]
    assert stream.datagrams(0.3) == []
    assert stream.datagrams(0.5) == [b"D abcdefghijklmnop 0 1 2,4-5\n"]
    stream.receive(Data(TOKEN, 2, 0, (), b"x"), 0.6)
    assert b" 4-5\n" in stream.datagrams(1.0)[0]


def test_numbers_beyond_the_window_are_not_kept() -> None:
    stream = Stream(TOKEN, 0.0)
    assert not stream.receive(Data(TOKEN, WINDOW + 1, 0, (), b"x"), 0.0)
    assert not stream.receive(Data(TOKEN, 10**9, 0, (), b"x"), 0.0)
    assert stream.next_time(0.0) is None


def test_only_what_is_newer_than_all_before_counts_as_news() -> None:
    """An address is followed by this: a late or repeated datagram must not turn it back."""
    stream = Stream(TOKEN, 0.0)
    assert stream.receive(Data(TOKEN, 2, 0, (), b"b"), 0.0)
    assert not stream.receive(Data(TOKEN, 1, 0, (), b"a"), 0.0)
    assert not stream.receive(Data(TOKEN, 2, 0, (), b"b"), 0.0)
    assert [stream.read(0.0), stream.read(0.0), stream.read(0.0)] == [b"a", b"b", b""]


def test_a_list_of_what_is_missing_stays_within_its_part_of_the_header() -> None:
    stream = Stream(TOKEN, 0.0)
    stream._read = 10**9  # numbers of ten digits
    stream._highest = 10**9
    for number in range(2, WINDOW, 2):
        stream.receive(Data(TOKEN, 10**9 + number, 0, (), b"x"), 0.0)
    asked: set[int] = set()
    for step in range(10):
        (packet,) = stream.datagrams(0.1 + step / 100) or [b"D abcdefghijklmnop 0 0 -\n"]
        data = parse_data(packet)
        assert len(packet.split(b" ")[4]) <= MOST_ASKED_CHARS
        asked.update(first for first, _ in data.missing)
    assert asked == {10**9 + number for number in range(1, WINDOW - 1, 2)}


@pytest.mark.parametrize(
    "data",
    [
        Data(TOKEN, 0, 0),
        Data(TOKEN, 5, 4, ((1, 1), (3, 9)), b"a\nb \xff"),
        Data(TOKEN, 10**9, 10**9, (), b""),
    ],
)
def test_a_datagram_is_read_as_it_was_written(data: Data) -> None:
    assert parse_data(data.encode()) == data


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"D",
        b"D short 1 0 -\nx",
        b"D abcdefghijklmnop 1 0 -",
        b"D abcdefghijklmnop -1 0 -\n",
        b"L ada",
        b"\xff" * 50,
    ],
)
def test_anything_else_is_none_of_ours(datagram: bytes) -> None:
    with pytest.raises(UnknownDatagram):
        parse_data(datagram)


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_random_bytes_are_taken_or_refused(head: bytes, payload: bytes) -> None:
    for datagram in (head, b"D abcdefghijklmnop 1 0 " + head + b"\n" + payload):
        try:
            data = parse_data(datagram)
        except UnknownDatagram:
            continue
        stream = Stream(TOKEN, 0.0)
        stream.write(b"x")
        stream.datagrams(0.0)
        stream.receive(data, 1.0)
        stream.datagrams(2.0)


def test_who_confirms_what_was_never_sent_harms_only_themselves() -> None:
    stream = Stream(TOKEN, 0.0)
    stream.write(b"x")
    stream.datagrams(0.0)
    stream.receive(Data(TOKEN, 0, 10**9, ((0, 10**9),)), 1.0)
    stream.write(b"y")
    assert stream.datagrams(1.0) == [b"D abcdefghijklmnop 2 0 -\ny"]


MOMENTS = st.one_of(st.floats(0, 20), st.floats(0, 1e9), st.sampled_from([0.0025, 0.06, 0.2, 0.4, 1.0, 8.0, 1e-12]))


@examples(100)
@given(
    st.floats(0, 1e9),
    st.lists(
        st.tuples(
            st.one_of(MOMENTS, st.just(0.0)),
            st.sampled_from(["write", "read", "ask", "wait"]),
            st.integers(0, 40),
            st.integers(0, 40),
        ),
        max_size=30,
    ),
)
def test_whoever_comes_when_they_are_told_to_finds_something_to_send_or_a_later_time(
    begun: float, steps: list[tuple[float, str, int, int]]
) -> None:
    """A clock that is moved in large steps calls what is due at the moment that it has come to, again and again."""
    now, stream = begun, Stream(TOKEN, begun)
    for seconds, what, number, confirmed in steps:
        now += seconds
        if what == "write":
            stream.write(b"x" * 900 * number)
        elif what == "read":
            stream.receive(Data(TOKEN, number, confirmed, ((1, number),), b"x"), now)
            stream.read(now)
        for _ in range(50):
            sent, at = stream.datagrams(now), stream.next_time(now)
            if at is None or (at > now and what != "wait"):
                break
            assert sent or at > now
            now = max(now, at)


@given(st.floats(0, 1e6), st.floats(0, 1))
def test_a_wait_for_leave_to_send_is_never_no_wait_at_all(now: float, step: float) -> None:
    """Otherwise whoever wakes at that time wakes again and again."""
    stream = Stream(TOKEN, now)
    stream.write(b"x" * PAYLOAD_BYTES * 200)
    for number in range(1, 200):
        stream.datagrams(now)
        stream.receive(Data(TOKEN, 0, number), now)
        at = stream.next_time(now)
        assert at is None or now + (at - now) > now
        now += min(step, 0.001)


@given(st.floats(0, 1e6), st.lists(st.floats(0.001, 5), max_size=20))
def test_what_is_due_at_a_time_is_sent_at_that_time_however_times_are_rounded(now: float, steps: list[float]) -> None:
    stream = Stream(TOKEN, now)
    stream.write(b"x")
    for step in steps:
        stream.datagrams(now)
        at = stream.next_time(now)
        assert at is not None
        assert at > now
        now = min(at, now + step)


def opening(writes: int = 1) -> Stream:
    """A stream that has sent so many datagrams at time 0."""
    stream = Stream(TOKEN, 0.0)
    for _ in range(writes):
        stream.write(b"x")
        assert stream.datagrams(0.0)
    return stream


def test_the_newest_is_repeated_after_1_2_and_4_seconds_and_then_each_8() -> None:
    stream, at, repeated = opening(2), 0.0, []
    while at < 40.0:
        wanted = stream.next_time(at)
        assert wanted is not None
        at = wanted
        repeated += [(at, packet) for packet in stream.datagrams(at)]
    assert [at for at, _ in repeated] == [1.0, 3.0, 7.0, 15.0, 23.0, 31.0, 39.0, 47.0][: len(repeated)]
    assert len(repeated) >= 7
    assert {packet for _, packet in repeated} == {b"D abcdefghijklmnop 2 0 -\nx"}


def test_patience_is_new_once_something_was_confirmed() -> None:
    stream = opening(2)
    stream.datagrams(1.0)
    stream.datagrams(3.0)
    stream.receive(Data(TOKEN, 0, 1), 4.0)
    assert stream.next_time(4.0) == 5.0


def test_after_a_pause_64_may_go_at_once_again_and_no_more() -> None:
    stream = Stream(TOKEN, 0.0)

    def burst(now: float) -> int:
        sent = 0
        for _ in range(200):
            stream.write(b"x")
            for packet in stream.datagrams(now):
                sent += 1
                stream.receive(Data(TOKEN, 0, parse_data(packet).number), now)
        return sent

    assert [burst(0.0), burst(1000.0), burst(1000.1), burst(1000.2)] == [64, 64, 40, 40]
    assert burst(999.0) == 0, "a clock that goes back gives nothing"


def test_at_the_sixteenth_datagram_a_confirmation_waits_no_longer() -> None:
    stream = Stream(TOKEN, 0.0)
    for number in range(1, 17):
        assert stream.datagrams(0.0) == []
        stream.receive(Data(TOKEN, number, 0, (), b"x"), 0.0)
        assert stream.read(0.0) == b"x"
    assert stream.datagrams(0.0) == [b"D abcdefghijklmnop 0 16 -\n"]
    stream.receive(Data(TOKEN, 17, 0, (), b"x"), 0.0)
    stream.read(0.0)
    assert (stream.datagrams(0.1), stream.next_time(0.1)) == ([], CONFIRM_SECONDS)


def test_what_is_repeated_to_us_is_confirmed_soon_as_the_other_end_was_not_told() -> None:
    stream = Stream(TOKEN, 0.0)
    stream.receive(Data(TOKEN, 1, 0, (), b"x"), 0.0)
    stream.read(0.0)
    stream.datagrams(0.2)
    stream.receive(Data(TOKEN, 1, 0, (), b"x"), 1.0)
    assert stream.next_time(1.0) == pytest.approx(1.06)
    assert stream.datagrams(1.06) == [b"D abcdefghijklmnop 0 1 -\n"]


def test_what_was_asked_for_is_repeated_unless_it_was_only_just_sent_or_is_confirmed_meanwhile() -> None:
    stream = opening(3)
    stream.receive(Data(TOKEN, 0, 0, ((2, 2),)), 0.05)
    assert stream.datagrams(0.05) == []
    stream.receive(Data(TOKEN, 0, 0, ((2, 2),)), 0.06)
    assert stream.datagrams(0.06) == [b"D abcdefghijklmnop 2 0 -\nx"]
    stream.receive(Data(TOKEN, 0, 0, ((3, 3),)), 0.5)
    stream.receive(Data(TOKEN, 0, 3), 0.5)
    assert (stream.datagrams(0.5), stream.waiting, stream.next_time(0.5)) == ([], 0, None)


def test_a_whole_window_may_be_on_its_way_and_be_kept_ahead() -> None:
    stream = Stream(TOKEN, 0.0)
    stream.write(b"x" * PAYLOAD_BYTES * (WINDOW + 5))
    assert len(stream.datagrams(0.0)) == WINDOW == 32
    stream.receive(Data(TOKEN, 0, 1), 0.0)
    assert len(stream.datagrams(0.0)) == 1
    assert Stream(TOKEN, 0.0).receive(Data(TOKEN, WINDOW, 0, (), b"x"), 0.0)


def test_a_confirmation_alone_has_the_highest_number_that_was_read() -> None:
    stream = Stream(TOKEN, 0.0)
    stream.receive(Data(TOKEN, 1, 0, (), b"x"), 0.0)
    assert stream.confirmation().encode() == b"D abcdefghijklmnop 0 0 -\n"
    stream.read(0.0)
    assert stream.confirmation().encode() == b"D abcdefghijklmnop 0 1 -\n"


@pytest.mark.parametrize(
    ("missing", "ranges"),
    [(b"-", ()), (b"2", ((2, 2),)), (b"2-5,9", ((2, 5), (9, 9))), (b"2-,-5,7", ((7, 7),)), (b"1-2-3,,4", ((4, 4),))],
)
def test_of_a_list_of_what_is_missing_only_what_is_a_range_is_taken(missing: bytes, ranges: object) -> None:
    assert parse_data(b"D abcdefghijklmnop 0 0 " + missing + b"\n").missing == ranges


def test_a_longer_run_of_what_is_missing_is_asked_for_as_one_range() -> None:
    stream = Stream(TOKEN, 0.0)
    stream.receive(Data(TOKEN, 1, 0, (), b"x"), 0.0)
    stream.receive(Data(TOKEN, 6, 0, (), b"x"), 0.0)
    assert stream.datagrams(0.06) == [b"D abcdefghijklmnop 0 0 2-5\n"]


def revived(stream: Stream, now: float, then: float) -> Stream:
    """The stream in another process, whose clock says something else."""
    return Stream.revived(TOKEN, json.loads(json.dumps(stream.state(now))), then)


@given(st.lists(st.integers(1, 8), max_size=12), st.lists(st.integers(1, 8), max_size=12))
def test_another_process_goes_on_with_what_came_ahead_and_what_is_on_its_way(
    before: list[int], after: list[int]
) -> None:
    stayed, handed = Stream(TOKEN, 0.0), Stream(TOKEN, 0.0)
    for stream in (stayed, handed):
        stream.write(b"on its way")
        for number in before:
            stream.receive(Data(TOKEN, number, 0, (), bytes([number])), 0.0)
        stream.datagrams(0.0)
    moved = revived(handed, 1.0, 501.0)
    for number in after:
        data = Data(TOKEN, number, 0, (), bytes([number]))
        assert moved.receive(data, 501.0) == stayed.receive(data, 1.0)
    for step in range(20):
        assert moved.read(501.0 + step) == stayed.read(1.0 + step)
        assert moved.datagrams(501.0 + step) == stayed.datagrams(1.0 + step)
