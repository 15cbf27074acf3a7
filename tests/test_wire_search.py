"""What servers answer to a search, and what is made of whatever comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.text import clean
from twistchat.errors import UnknownDatagram
from twistchat.wire.search import (
    MOST_NAME,
    QUESTION,
    QUESTION_BYTES,
    Opened,
    ServerFound,
    answer,
    is_question,
    parse_answer,
    server_name,
)

PORTS = st.builds(Opened, st.integers(1, 65535), st.booleans()) | st.just(Opened())


def test_a_question_has_64_bytes_or_more_and_nothing_but_blanks_behind_its_verb() -> None:
    assert is_question(QUESTION)
    assert is_question(QUESTION + b"   \r\n")
    for other in (b"F", b"F ", QUESTION[:-1], b"F ada".ljust(64), b"FF".ljust(64), b" F".ljust(64), b"F\0".ljust(64)):
        assert not is_question(other)


def test_an_answer_has_the_name_and_both_ports_and_marks_those_that_take_tls_alone() -> None:
    found = ServerFound("Room 12", Opened(7976), Opened(443, is_sealed=True))
    assert answer(found) == b"F Room 12 7976 +443"
    assert parse_answer(b"F Room 12 7976 +443") == found
    assert answer(ServerFound("laptop", Opened(), Opened(0, is_sealed=True))) == b"F laptop 0 0"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Room \t 12\n", "Room 12"),
        ("\x1b[31mred\x1b[0m\x07", "red"),
        ("a\u202eb\u2066c\u200f", "abc"),
        ("", "twistchat"),
        ("\u202e\x00", "twistchat"),
        ("教" * 30, "教" * (MOST_NAME // 3)),
        ("x" * 200, "x" * MOST_NAME),
    ],
)
def test_a_servers_name_is_harmless_and_cut_between_characters(name: str, shown: str) -> None:
    assert server_name(name) == shown


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"F",
        QUESTION,
        b"F name",
        b"F name 1",
        b"F  1 2",
        b"F \x1b[31m 1 2",
        b"F \xe2\x80\xae 1 2",
        b"F name 65536 0",
        b"F name 99999 7980",
        b"F name -1 7980",
        b"F name 1.5 7980",
        b"F name \xd9\xa1 7980",
        b"F name 000001 7980",
        b"F name ++1 2",
        b"F \xff\xfe 1 2",
        b"f name 1 2",
        b"F name 1 2".ljust(QUESTION_BYTES) + b" ",
        b"M-SEARCH * HTTP/1.1\r\n",
        b"That is no datagram of this protocol.",
    ],
)
def test_what_is_no_answer_is_refused(datagram: bytes) -> None:
    with pytest.raises(UnknownDatagram):
        parse_answer(datagram)


@given(st.text(), PORTS, PORTS)
def test_whatever_a_server_is_called_its_answer_is_no_longer_than_a_question_and_can_be_read(
    name: str, lines: Opened, page: Opened
) -> None:
    written = answer(ServerFound(name, lines, page))
    assert len(written) <= QUESTION_BYTES
    assert parse_answer(written) == ServerFound(server_name(name), lines, page)


ALMOST = st.builds(
    lambda name, ports, rest: b"F " + name + b" " + ports + rest,
    st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.from_regex(rb"[+0-9 -]{0,14}", fullmatch=True),
    st.binary(max_size=8),
)


@given(st.binary(max_size=200) | ALMOST)
def test_whatever_comes_back_is_refused_or_becomes_something_that_can_be_shown_and_joined(datagram: bytes) -> None:
    try:
        found = parse_answer(datagram)
    except UnknownDatagram:
        return
    assert found.name
    assert clean(found.name) == found.name
    assert len(found.name.encode()) <= MOST_NAME
    for opened in (found.lines, found.page):
        assert 0 <= opened.port <= 65535
        assert opened.port or not opened.is_sealed
    assert parse_answer(answer(found)) == found
