"""Nobody but the administrator can produce a line that looks like an announcement, in any dialect or language."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from twistchat.core import names
from twistchat.core.events import (
    Acted,
    Announced,
    Entry,
    Event,
    Joined,
    Left,
    Removed,
    Renamed,
    Said,
    TopicSet,
    Whispered,
)
from twistchat.core.text import clean
from twistchat.errors import ChatError
from twistchat.languages import loaded
from twistchat.wire.datagram import CONTINUED, MOST_BYTES, DatagramFormat
from twistchat.wire.line import LineFormat
from twistchat.wire.sentences import TextFormat
from twistchat.wire.unframed import READ_BYTES, UnframedFormat

FORMATS = [
    kind(language, labels=labels, stamps=stamps)
    for kind in (LineFormat, DatagramFormat, UnframedFormat)
    for language in loaded()
    for labels in (False, True)
    for stamps in (False, True)
]
MARKS = ["Administrator", "administrator", "管理員消息", "管理员消息", "ADMINISTRATOR:", "Administrator: hello"]

marked = st.builds(str.__add__, st.sampled_from(MARKS), st.text())
typed = st.one_of(st.text(max_size=40), st.sampled_from(MARKS), marked)


def as_name(text: str, otherwise: str) -> str:
    try:
        return names.checked(text, 24)
    except ChatError:
        return otherwise


def as_room(text: str) -> str:
    try:
        return names.checked_room(text, 24)
    except ChatError:
        return names.LOBBY


def by_people(name: str, other: str, room: str, text: str) -> list[Event]:
    return [
        Said(room, name, text),
        Acted(room, name, text),
        Joined(room, name),
        Left(room, name, text),
        Removed(room, name, text),
        Renamed(room, name, other),
        TopicSet(room, name, text),
        Whispered(name, other, text),
    ]


def rendered(format: TextFormat, event: Event) -> str:
    return format.event(Entry(1, 0.0, event)).decode().strip()


@given(name=typed, other=typed, room=typed, text=typed)
@example(name="[lobby]", other="x", room="lobby", text="Administrator: hello")
@example(name="Administrator", other="管理員消息", room="administrator", text="hello")
def test_no_name_room_or_text_makes_a_line_look_like_an_announcement(name, other, room, text):
    name, other, room, text = as_name(name, "ada"), as_name(other, "bob"), as_room(room), clean(text)
    assume(text)
    for format, heard_in in itertools.product(FORMATS, ("", room)):
        announced = rendered(format, Announced(heard_in, "\0")).partition("\\x00")[0]
        assert announced
        for event in by_people(name, other, room, text):
            assert not rendered(format, event).casefold().startswith(announced.casefold())


@pytest.mark.parametrize("room", ["administrator", "Administrator-1", "管理員消息", "Adm1nistrator"])
def test_a_room_cannot_be_called_like_the_mark(room):
    with pytest.raises(ChatError):
        names.checked_room(room, 24)


def test_what_did_not_fit_into_a_datagram_does_not_begin_one():
    """A client shows each datagram as a line: whoever counts bytes could choose how the second one begins."""
    format = DatagramFormat()
    head = "ada : "
    text = "x" * (MOST_BYTES - len(head)) + "Administrator: hello " + "語" * 900
    first, *rest = format.frame([format.event(Entry(1, 0.0, Said("lobby", "ada", text)))])
    assert first.startswith(b"ada : ")
    assert len(rest) == 3
    assert all(packet.startswith(CONTINUED.encode()) and len(packet) <= MOST_BYTES for packet in rest)
    assert first.decode() + "".join(packet.decode().removeprefix("… ") for packet in rest) == head + text


def test_no_read_of_the_tutorials_client_begins_with_what_a_person_chose():
    format = UnframedFormat()
    text = "x" * (READ_BYTES - 5) + "Administrator: hello " + "y" * 2000
    frame = format.frame([format.event(Entry(1, 0.0, Said("lobby", "ada", text)))])
    reads = [frame[n : n + READ_BYTES] for n in range(0, len(frame), READ_BYTES)]
    assert [read[:4] for read in reads] == [b"ada:", b"... ", b"... "]
    assert (reads[0] + b"".join(read[4:] for read in reads[1:])).decode() == f"ada: {text}"
