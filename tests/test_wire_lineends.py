"""A bare CR ends a line once it is clear that nothing comes behind it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twistchat.wire.lineends import LineEnds


def settled() -> LineEnds:
    """The ends of a peer that ends its lines with CR."""
    ends = LineEnds()
    assert ends.feed(b"tera\r") == b"tera\r"
    assert ends.waits
    assert ends.settle() == b"\n"
    assert not ends.waits
    return ends


def test_a_line_without_an_end_is_waited_for_by_nobody() -> None:
    ends = LineEnds()
    assert ends.feed(b"tera") == b"tera"
    assert not ends.waits
    assert ends.feed(b"") == b""


def test_lf_and_crlf_are_left_as_they_are() -> None:
    ends = LineEnds()
    assert ends.feed(b"a\nb\r\nc\r") == b"a\nb\r\nc\r"
    assert ends.feed(b"\nd") == b"\nd"
    assert not ends.waits


def test_the_first_cr_ends_a_line_when_it_settles_and_the_next_at_once() -> None:
    ends = settled()
    assert ends.feed(b"hello\r") == b"hello\n"
    assert ends.feed(b"one\rtwo\rthree") == b"one\ntwo\nthree"
    assert not ends.waits


def test_what_comes_late_behind_a_cr_is_no_further_line() -> None:
    ends = settled()
    assert ends.feed(b"\n") == b""
    assert ends.feed(b"a\r\nb\r\0c\r") == b"a\nb\nc\n"
    assert ends.feed(b"\0d\r") == b"d\n"
    assert ends.feed(b"\n") == b""
    assert ends.feed(b"\n") == b"\n"


@given(st.lists(st.sampled_from([b"\r", b"\r\n", b"\r\0"])), st.data())
def test_however_reads_are_cut_there_are_as_many_lines_as_ends(ends: list[bytes], data: st.DataObject) -> None:
    peer = settled()
    sent = b"".join(b"x" + end for end in ends)
    got = b""
    while sent:
        at = data.draw(st.integers(1, len(sent)))
        got += peer.feed(sent[:at])
        sent = sent[at:]
    assert got == b"x\n" * len(ends)
