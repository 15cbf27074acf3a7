"""Lines out of a stream of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.errors import LineTooLong
from twistchat.wire.framing import Lines
from twistchat.wire.unframed import Messages


def taken(lines: Lines, limit: int = 10) -> list[bytes | None]:
    """All lines until more has to come; None stands for one that was too long."""
    got: list[bytes | None] = []
    for _ in range(1000):
        try:
            line = lines.next(limit)
        except LineTooLong:
            got.append(None)
            continue
        if line is None:
            return got
        got.append(line)
    raise AssertionError("this goes on for ever")


def fed(*pieces: bytes) -> list[bytes | None]:
    lines, got = Lines(), []
    for piece in pieces:
        lines.feed(piece)
        got += taken(lines)
    return got


def test_lf_or_crlf_ends_a_line() -> None:
    assert fed(b"a\nb\r\n\nc") == [b"a", b"b", b""]


def test_a_line_may_come_in_pieces() -> None:
    assert fed(b"he", b"llo\r", b"\nyou\n") == [b"hello", b"you"]


def test_a_line_that_is_too_long_is_said_once_and_skipped() -> None:
    assert fed(b"x" * 12, b"x" * 50, b"x\nok\n", b"y" * 11 + b"\nfine\n") == [None, b"ok", None, b"fine"]


def test_nothing_over_the_limit_is_kept() -> None:
    lines = Lines()
    for _ in range(100):
        lines.feed(b"x" * 1000)
        taken(lines)
        assert lines.waiting <= 11


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_exactly_the_limit_is_taken(end: bytes) -> None:
    assert fed(b"x" * 10, end) == [b"x" * 10]


@given(st.binary(max_size=200), st.lists(st.integers(1, 7), max_size=60))
def test_how_it_is_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    pieces, rest = [], data
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert fed(*pieces, rest) == fed(data)


def test_it_is_known_whether_the_last_line_ended_in_crlf() -> None:
    lines = Lines()
    assert not lines.crlf
    lines.feed(b"one\r\ntwo\n")
    assert (lines.next(10), lines.crlf) == (b"one", True)
    assert (lines.next(10), lines.crlf) == (b"two", False)


def test_a_line_that_is_given_up_is_skipped_with_its_rest() -> None:
    lines = Lines()
    lines.feed(b"half")
    assert (lines.waiting, lines.is_between_lines) == (4, False)
    lines.give_up()
    assert (lines.waiting, lines.is_between_lines) == (0, False)
    lines.feed(b" a line\nfine\n")
    assert taken(lines) == [b"fine"]
    assert lines.is_between_lines


def test_messages_of_the_tutorials_client_are_told_apart_by_its_name() -> None:
    messages = Messages("ada")
    assert messages.next(10) is None
    messages.feed(b"ada: oneada: ")
    messages.feed(b"two")
    assert (messages.next(10), messages.waiting) == (b"ada: one", 8)
    assert messages.rest() == b"ada: two"
    assert (messages.rest(), messages.waiting, messages.crlf) == (b"", 0, False)


def test_a_message_over_the_limit_is_skipped() -> None:
    messages = Messages("ada")
    messages.feed(b"ada: much too longada: fine")
    with pytest.raises(LineTooLong):
        messages.next(10)
    assert messages.next(10) == b"ada: fine"
    messages.feed(b"ada: exact")
    assert messages.next(10) == b"ada: exact"


@pytest.mark.parametrize(
    ("data", "next_"),
    [(b"", b""), (b"he", b"he"), (b"hi\nyou\n", b"hi"), (b"\r\n \n\0hi\r\n\nyou", b"hi"), (b"\n\r\n", b"")],
)
def test_the_next_line_can_be_looked_at_and_stays(data: bytes, next_: bytes) -> None:
    lines = Lines()
    lines.feed(data)
    assert lines.next_begun.rstrip(b"\r") == next_
    assert lines.waiting == len(data)
