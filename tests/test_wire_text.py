"""Bytes and text, cookies, data as it is shown, and the dialects' sentences."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from emoji import EMOJI_DATA
from hypothesis import given
from hypothesis import strategies as st
from support.texts import SPELLED, hostile

from twistchat.core.events import Acted, Entry, Event, InRoom, Joined, Left, Renamed, Said, TopicSet, Whispered
from twistchat.core.replies import Answer, Done, Goodbye, Past, Refused, Reply, Welcome, notice
from twistchat.core.text import clean, revealed
from twistchat.errors import NameTaken, NotStored, NotText
from twistchat.wire import cookie, unframed
from twistchat.wire.datagram import DatagramFormat
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import ENGLISH, Language
from twistchat.wire.line import LineFormat, plain_line
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import GB18030, UTF_8, Encoding, cut, decode, escaped
from twistchat.wire.unframed import READ_BYTES, UnframedFormat

FORMAT = LineFormat()
SECRET = b"s" * 32

# --- text


def test_utf_8_is_read_and_gb18030_where_it_is_not_that() -> None:
    assert decode("你好 ada €".encode()) == "你好 ada €"
    assert decode("你好，世界".encode("gb18030")) == "你好，世界"
    assert decode(b"") == ""


@pytest.mark.parametrize("line", [b"\xff\xfe", b"abc\x80", b"\xc3"])
def test_other_bytes_are_refused(line: bytes) -> None:
    with pytest.raises(NotText, match="set your terminal to UTF-8"):
        decode(line)


@given(st.text())
def test_any_text_of_who_writes_utf_8_survives_the_wire(text: str) -> None:
    written = text.encode("utf-8", "replace")
    assert Encoding(UTF_8).decode(written) == written.decode()


def test_what_a_terminal_would_act_on_is_shown() -> None:
    assert escaped("plain 你好\u3000👋") == "plain 你好\u3000👋"
    assert escaped("a\x1b[31m\r\nb\x9b\u202e\u2028\x7f") == r"a\x1b[31m\r\nb\x9b\u202e\u2028\x7f"
    assert escaped("\ud800\U000e0041") == r"\ud800\U000e0041"


@given(st.text())
def test_an_escaped_line_is_one_line_and_escaping_it_again_changes_nothing(text: str) -> None:
    assert len(escaped(text).splitlines()) <= 1
    assert escaped(escaped(text)) == escaped(text)


# --- cookies


def test_a_cookie_proves_the_address_and_the_name_it_was_made_for() -> None:
    made = cookie.make(SECRET, "203.0.113.7 4000", "ada", 1000.0)
    assert len(made) == 16
    assert cookie.proves(made, SECRET, "203.0.113.7 4000", "ada", 1000.0)
    assert not cookie.proves(made, SECRET, "203.0.113.8 4000", "ada", 1000.0)
    assert not cookie.proves(made, SECRET, "203.0.113.7 4001", "ada", 1000.0)
    assert not cookie.proves(made, SECRET, "203.0.113.7 4000", "eve", 1000.0)
    assert not cookie.proves(made, b"t" * 32, "203.0.113.7 4000", "ada", 1000.0)


def test_a_cookie_is_good_for_a_minute_at_least_and_two_at_most() -> None:
    for made_at in (960.0, 1000.0, 1019.9):
        made = cookie.make(SECRET, "203.0.113.7 4000", "ada", made_at)
        assert cookie.proves(made, SECRET, "203.0.113.7 4000", "ada", made_at + 60)
        assert not cookie.proves(made, SECRET, "203.0.113.7 4000", "ada", made_at + 120)


@given(st.text(max_size=20))
def test_no_guess_is_a_cookie(guess: str) -> None:
    assert not cookie.proves(guess, SECRET, "203.0.113.7 4000", "ada", 1000.0)


# --- the tutorial's client


def test_what_an_unframed_client_is_sent_is_ascii_without_an_end() -> None:
    format = UnframedFormat()
    pieces = [format.event(Entry(n, 0.0, Said("lobby", "小明", text))) for n, text in enumerate(["hi", "café"])]
    assert format.frame(pieces) == b"??: hi\n??: caf?"


@pytest.mark.parametrize(("read", "may"), [(b"ada", True), (b"ada l", True), (b"ada\n", False), ("é".encode(), False)])
def test_a_name_without_an_end_may_be_an_unframed_clients(read: bytes, may: bool) -> None:
    assert unframed.could_be_name(read) is may


@pytest.mark.parametrize("read", [b"", b" ", b"a\x00", b"\xff\xfb\x1f", b"a\tb"])
def test_no_other_read_is(read: bytes) -> None:
    assert not unframed.could_be_name(read)


def test_quick_messages_in_one_read_are_told_apart() -> None:
    prefix = unframed.prefix("ada").encode()
    assert prefix == b"ada: "
    assert unframed.first_message(b"ada: hello", prefix) == (b"ada: hello", b"")
    assert unframed.first_message(b"ada: oneada: twoada: three", prefix) == (b"ada: one", b"ada: twoada: three")
    assert unframed.first_message(b"ada: I am ada: really", prefix) == (b"ada: I am ada: really", b"")


# --- data in sentences


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (3601, "1 h 1 s"),
        (90061, "1 d 1 h"),
        (86400 * 400, "400 d"),
        (-5, "0 s"),
    ],
)
def test_durations_are_shown_in_their_two_largest_units(seconds: float, shown: str) -> None:
    assert ENGLISH.say("{idle}", {"idle": timedelta(seconds=seconds)}) == shown


def test_data_is_put_into_a_sentence_as_people_read_it() -> None:
    english = replace(ENGLISH, zone=timezone(timedelta(hours=8), "CST"))
    assert english.say("{people}", {"people": ["ada", "bob"]}) == "ada, bob"
    assert english.say("{text}", {"text": "{people} %s"}) == "{people} %s", "what people type is no template"
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert english.say("{at}", {"at": at}) == "2026-01-02 11:04 CST"


# --- sentences


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Said("lobby", "ada", "hello"), "ada: hello"),
        (Acted("lobby", "ada", "waves"), "* ada waves"),
        (Joined("lobby", "ada"), "ada joined!"),
        (Left("lobby", "ada"), "ada left!"),
        (Left("lobby", "ada", "bye"), "ada left! (bye)"),
        (Renamed("lobby", "ada", "eve"), "ada is now called eve."),
        (TopicSet("lobby", "ada", "tea"), "ada set the topic: tea"),
        (Whispered("ada", "bob", "psst"), "[private] ada to bob: psst"),
    ],
)
def test_events_are_told_in_a_line(event: Event, line: str) -> None:
    assert FORMAT.event(Entry(7, 0.0, event)) == f"{line}\r\n".encode()
    room = "[lobby] " if event.room == "lobby" else ""
    assert FORMAT.labelled(True).event(Entry(7, 0.0, event)) == f"{room}{line}\r\n".encode()
    stamped = FORMAT.labelled(True).stamped(True)
    assert stamped.event(Entry(7, 60.0, event)) == f"[1970-01-01 00:01] {room}{line}\r\n".encode()
    assert stamped.stamped(False).labelled(False) == FORMAT


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        (Welcome("ada"), ["Connected to server!"]),
        (Goodbye(), ["Goodbye."]),
        (Refused(NameTaken("ada")), ["ada is taken, or looks like a name that is. Choose another name."]),
        (notice("x", "In {room}: {people}", room="tea", people=["ada", "bob"]), ["In tea: ada, bob"]),
        (Answer(notice("x", "pong"), "line 7"), ["pong"]),
        (Past("lobby", [Entry(7, 0.0, Said("lobby", "ada", "hi"))]), ["[1970-01-01 00:00] ada: hi"]),
        (Past("lobby", [Entry(7, 0.0, Said("lobby", "ada", "hi"))], numbered=True), ["#7 [1970-01-01 00:00] ada: hi"]),
    ],
)
def test_replies_are_told_in_lines(reply: Reply, lines: list[str]) -> None:
    assert FORMAT.frame(FORMAT.reply(reply)) == "".join(f"{line}\r\n" for line in lines).encode()


def test_people_who_have_lines_of_text_see_nothing_of_tags() -> None:
    assert FORMAT.reply(Done("1")) == []
    assert FORMAT.reply(Refused(NotStored("x"), "1")) == FORMAT.reply(Refused(NotStored("x")))


def test_what_an_old_log_has_cannot_act_upon_a_terminal() -> None:
    piece = FORMAT.event(Entry(7, 0.0, Said("lobby", "ada\r\nroot", "\x1b[2J")))
    assert piece == b"ada\\r\\nroot: \\x1b[2J\r\n"
    assert FORMAT.reply(Refused(NameTaken("\x1b[2J")))[0].startswith(b"\\x1b[2J is taken")


def test_half_a_pair_of_surrogates_is_shown_and_breaks_nothing() -> None:
    assert FORMAT.event(Entry(7, 0.0, Said("lobby", "ada", "\ud800"))) == b"ada: \\ud800\r\n"


def test_what_no_dialect_knows_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError):
        FORMAT.event(Entry(7, 0.0, InRoom("lobby", "ada")))
    with pytest.raises(TypeError):
        FORMAT.reply(Reply())


def test_equal_formats_share_frames() -> None:
    assert LineFormat(Language("en")) == FORMAT
    assert hash(LineFormat(Language("en"))) == hash(FORMAT)
    assert LineFormat(Language("xx")) != FORMAT
    assert LineFormat(replace(ENGLISH, zone=timezone(timedelta(hours=8)))) != FORMAT
    for option in ("labels", "stamps"):
        assert option in {field.name for field in fields(LineFormat)}
        assert LineFormat(**{option: True}) != FORMAT


FORMATS = [FORMAT, FORMAT.written(GB18030), DatagramFormat(), UnframedFormat().written(UTF_8)]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", [*SPELLED, " ".join(EMOJI_DATA)])
def test_a_cleaned_text_is_the_same_in_every_dialect(format: TextFormat, text: str) -> None:
    event = Entry(1, 0.0, Said("lobby", "ada", text))
    assert format.event(event).decode(format.encoding).rstrip("\r\n").endswith(f": {text}")
    assert json.loads(JsonFormat().event(event))["text"] == text
    assert text in JsonFormat().event(event).decode(), "and nothing of it is escaped"


@given(hostile)
def test_what_the_core_has_cleaned_is_never_escaped(text: str) -> None:
    event = Entry(1, 0.0, Said("lobby", "ada", clean(text)))
    for format in FORMATS:
        line = format.event(event).decode(format.encoding)
        assert line.removesuffix("\r\n").partition(": ")[2] == clean(text)
    assert json.loads(JsonFormat().event(event))["text"] == clean(text)


@given(hostile)
def test_what_was_never_cleaned_acts_on_no_terminal_in_any_dialect(text: str) -> None:
    event = Entry(1, 0.0, Said("lobby", "ada", text))
    for format in (*FORMATS, JsonFormat()):
        line = format.event(event).decode(getattr(format, "encoding", UTF_8)).rstrip("\r\n")
        assert revealed(line, ascii) == line


# --- cutting


def test_what_fits_is_not_cut() -> None:
    assert list(cut(b"abcd", 4, UTF_8, b"> ")) == [b"abcd"]
    assert list(cut(b"", 4, UTF_8, b"> ")) == [b""]


def test_what_is_cut_goes_on_behind_a_mark() -> None:
    assert list(cut(b"abcdefgh", 4, UTF_8, b"> ")) == [b"abcd", b"> ef", b"> gh"]


@pytest.mark.parametrize("encoding", [UTF_8, GB18030])
def test_no_character_is_cut_as_a_person_sees_it(encoding: str) -> None:
    family = "👨\u200d👩\u200d👧"
    parts = [part.decode(encoding) for part in cut((family * 9).encode(encoding), 50, encoding, b"> ")]
    assert "".join(part.removeprefix("> ") for part in parts) == family * 9
    assert {part.removeprefix("> ").replace(family, "") for part in parts} == {""}


def test_a_character_that_takes_most_of_a_part_is_cut() -> None:
    tower = "a" + 40 * "\u0301"
    parts = list(cut(tower.encode(), 32, UTF_8, b"> "))
    assert "".join(part.decode().removeprefix("> ") for part in parts) == tower
    assert all(len(part) <= 32 for part in parts)


@pytest.mark.parametrize(("before", "cut_inside"), [("abc", True), ("abcd", False)])
def test_a_character_is_cut_only_where_it_takes_half_of_a_part(before: str, cut_inside: bool) -> None:
    first, *_ = cut((before + "e" + 9 * "\u0301").encode(), 8, UTF_8, b"> ")
    assert first.decode() == (before + "e\u0301\u0301" if cut_inside else before)


@given(st.text(), st.integers(16, 40), st.sampled_from([UTF_8, GB18030]))
def test_however_it_is_cut_nothing_is_lost(text: str, most: int, encoding: str) -> None:
    line = text.encode(encoding, "replace")
    first, *rest = cut(line, most, encoding, b"> ")
    assert first + b"".join(part.removeprefix(b"> ") for part in rest) == line
    for part in (first, *rest):
        assert len(part) <= most
        part.decode(encoding)


def test_a_client_that_reads_so_much_at_once_gets_whole_characters() -> None:
    format = UnframedFormat().written(UTF_8)
    frame = format.frame([format.event(Entry(n, 0.0, Said("lobby", "小明", "汉" * 1000))) for n in range(3)])
    reads = [frame[n : n + READ_BYTES].decode() for n in range(0, len(frame), READ_BYTES)]
    assert "".join([reads[0].rstrip(" "), *(read[4:].rstrip(" ") for read in reads[1:])]).replace("\n", "") == 3 * (
        "小明: " + "汉" * 1000
    )


def test_who_writes_gb18030_is_written_to_so() -> None:
    piece = LineFormat().written("gb18030").event(Entry(1, 0.0, Said("lobby", "小明", "你好")))
    assert piece == "小明: 你好\r\n".encode("gb18030")


@pytest.mark.parametrize(("read", "line"), [(b"hello\n", "hello"), (b"hello\r\n", "hello"), (b"\n", ""), (b"\r\n", "")])
def test_a_whole_line_of_ascii_is_plain(read: bytes, line: str) -> None:
    assert plain_line(read) == line


@pytest.mark.parametrize(
    "read", [b"", b"hello", b"a\nb\n", b"\xff\xfbA\n", "你\n".encode(), b"a\tb\n", b"a\x7f\n", b"a\r\r\n"]
)
def test_what_has_to_be_looked_at_is_not_plain(read: bytes) -> None:
    assert plain_line(read) is None
