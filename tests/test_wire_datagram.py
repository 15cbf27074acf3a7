"""Datagrams as the forking tutorial has them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.events import Entry, Said
from twistchat.core.replies import Goodbye, Past, Welcome
from twistchat.errors import NotText, UnknownDatagram
from twistchat.wire.datagram import CONTINUED, MOST_BYTES, PAGE_BYTES, Alive, DatagramFormat, Login, Quit, Talk, parse
from twistchat.wire.text import Encoding

FORMAT = DatagramFormat()
OK, EXIT = FORMAT.reply(Welcome("ada"))[0], FORMAT.reply(Goodbye())[0]


@pytest.mark.parametrize(
    ("datagram", "request_"),
    [
        (b"L ada", Login("ada")),
        (b"L ada\n", Login("ada", by_hand=True)),
        (b"L ada cookie", Login("ada", "cookie")),
        (b"L ada      ", Login("ada", padding=6)),
        (b"L ada 0", Login("ada", past=0)),
        (b"L ada 100\n", Login("ada", by_hand=True, past=100)),
        (b"L ada  5 abcdefghijklmnop", Login("ada", "abcdefghijklmnop", past=5)),
        (b"L ada abcdefghijklmno1 5", Login("ada", "abcdefghijklmno1", past=5)),
        (b"L 7 12345", Login("7", "12345")),
        (b"L ada two  words", Login("ada", "two words")),
        (b"C ada hello there", Talk("ada", "hello there")),
        (b"C ada  two spaces\r\n", Talk("ada", " two spaces")),
        (b"C ada \tindented", Talk("ada", "\tindented")),
        (b"C ada", Talk("ada", "")),
        ("C 小明 你好".encode(), Talk("小明", "你好")),
        ("C 小明 你好".encode("gb18030"), Talk("小明", "你好")),
        (b"L  ming", Login("ming")),
        ("L\u3000老师\n".encode(), Login("老师", by_hand=True)),
        (b" C\tada \t a  b ", Talk("ada", "\t a  b ")),
        (b"Q ada", Quit("ada")),
        (b"P ada", Alive("ada")),
    ],
)
def test_requests_are_a_letter_a_name_and_what_is_left(datagram: bytes, request_: object) -> None:
    assert parse(datagram) == request_


@pytest.mark.parametrize("datagram", [b"", b"\n", b"L", b"L ", b"X ada", b"l ada", b"LC ada"])
def test_anything_else_is_refused(datagram: bytes) -> None:
    with pytest.raises(UnknownDatagram):
        parse(datagram)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotText):
        parse(b"C ada \xff\xff")


@given(st.binary(max_size=100))
def test_no_datagram_breaks_the_parser(datagram: bytes) -> None:
    try:
        request = parse(datagram)
    except (UnknownDatagram, NotText):
        return
    assert request.name
    assert " " not in request.name


def test_who_has_sent_gb18030_is_read_so_where_a_datagram_may_be_either() -> None:
    sender = Encoding()
    assert parse("L 老师".encode("gb18030"), sender) == Login("老师")
    assert parse("C 老师 一".encode("gb18030"), sender) == Talk("老师", "一")
    assert parse("C \u4e00 \u4e00".encode("gb18030"), sender) == Talk("一", "一")


@given(st.lists(st.text(max_size=1500), max_size=4))
def test_in_gb18030_too_every_datagram_fits_and_is_text_and_nothing_is_lost(lines: list[str]) -> None:
    format = DatagramFormat().written("gb18030")
    packets = format.frame([format.encode(line) for line in lines])
    assert all(len(packet) <= MOST_BYTES for packet in packets)
    sent = "".join(packet.decode("gb18030").removeprefix(CONTINUED) for packet in packets)
    assert sent.replace("\n", "") == "".join(lines).encode("gb18030", "replace").decode("gb18030").replace("\n", "")


def test_lines_are_said_with_spaces_around_the_colon() -> None:
    assert FORMAT.event(Entry(1, 0.0, Said("lobby", "ada", "hello"))) == b"ada : hello"


def test_several_lines_share_a_datagram() -> None:
    assert FORMAT.frame([b"one", b"two"]) == (b"one\ntwo",)
    assert FORMAT.frame([]) == ()


def test_ok_and_exit_are_datagrams_of_their_own() -> None:
    assert FORMAT.frame([b"one", OK, b"two", b"three", EXIT]) == (b"one", b"OK", b"two\nthree", b"EXIT")


def test_a_datagram_is_full_at_1024_bytes() -> None:
    assert [len(packet) for packet in FORMAT.frame([b"a" * 1000, b"b" * 23])] == [1024]
    assert [len(packet) for packet in FORMAT.frame([b"a" * 1000, b"b" * 24])] == [1000, 24]
    assert [len(packet) for packet in FORMAT.frame([b"a" * 1024])] == [1024]


def test_nobody_can_write_what_a_client_would_take_for_a_word_of_the_protocol() -> None:
    for padding in range(1000, 1030):
        packets = FORMAT.frame([b"eve : " + b"x" * padding + b"EXIT"])
        assert not {b"EXIT", b"OK"} & set(packets)


pieces = st.lists(
    st.one_of(st.text(min_size=1, max_size=1500).map(str.encode), st.sampled_from([OK, EXIT])), max_size=8
)


@given(pieces)
def test_every_datagram_fits_and_is_text_and_nothing_is_lost(lines: list[bytes]) -> None:
    packets = FORMAT.frame(lines)
    assert all(0 < len(packet) <= MOST_BYTES for packet in packets)
    for packet in packets:
        packet.decode("utf-8")
    sent = b"".join(packet.removeprefix(CONTINUED.encode()).replace(b"\n", b"") for packet in packets)
    assert sent == b"".join(line.replace(b"\n", b"") for line in lines)
    assert packets.count(b"OK") >= lines.count(OK)


def past(*texts: str) -> Past:
    return Past("lobby", [Entry(number, 0.0, Said("lobby", "ada", text)) for number, text in enumerate(texts, 1)])


@given(st.lists(st.text("xyz", min_size=1, max_size=1000), max_size=30))
def test_on_coming_in_a_page_of_the_past_is_shown_its_newest_lines(texts: list[str]) -> None:
    shown = FORMAT.reply(past(*texts))
    assert bool(shown) is bool(texts)
    newest = texts[len(texts) - len(shown) :]
    assert [piece.rpartition(b" ")[2].decode() for piece in shown] == newest
    assert sum(map(len, FORMAT.frame(shown))) <= PAGE_BYTES
    assert len(FORMAT.frame(shown)) <= 2 * PAGE_BYTES // MOST_BYTES


def test_who_asks_for_the_past_gets_all_that_they_asked_for() -> None:
    reply = past(*["x" * 900] * 30)
    assert len(FORMAT.reply(replace(reply, numbered=True))) == 30
    assert 1 < len(FORMAT.reply(reply)) < 30


def test_a_single_line_is_shown_however_long_it_is() -> None:
    assert len(FORMAT.reply(past("x", "y" * 2 * PAGE_BYTES))) == 1


def test_a_page_of_the_past_is_full_to_the_byte_with_the_ends_of_lines_counted() -> None:
    head = len(FORMAT.reply(past(""))[0])
    size = PAGE_BYTES // 4 - head - 1
    assert len(FORMAT.reply(past(*["x" * size] * 9))) == 4
    assert len(FORMAT.reply(past("older", *["x" * size] * 3, "x" * (size + 1)))) == 3, "one byte too many"
    assert len(FORMAT.reply(past("", "x" * 2 * PAGE_BYTES, *["x"] * 3))) == 3, "nothing older than what does not fit"
