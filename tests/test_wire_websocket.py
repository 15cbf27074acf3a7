"""A server's frames out, and the commonest frame in, against websockets' own."""

from __future__ import annotations

import runpy
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import utils
from websockets.frames import Frame, Opcode

from twistchat.core.events import Entry, Said
from twistchat.core.replies import Goodbye
from twistchat.wire import websocket
from twistchat.wire.json import JsonFormat
from twistchat.wire.websocket import WebFormat, framed, least_size, whole_text

LENGTHS = [0, 1, 5, 125, 126, 127, 0xFFFF, 0x10000, 70_000]


def masked(payload: bytes, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_frame_is_what_websockets_would_make_of_it(length: int) -> None:
    assert framed(b"x" * length) == Frame(Opcode.TEXT, b"x" * length).serialize(mask=False)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_least_size_of_a_frame_is_what_websockets_writes(length: int) -> None:
    frame = Frame(Opcode.TEXT, b"x" * length)
    assert least_size(frame) == len(frame.serialize(mask=True))


def test_an_event_and_a_reply_are_the_lines_of_a_program_in_frames() -> None:
    entry = Entry(1, 2.0, Said("lobby", "ada", "hi"))
    web, lines = WebFormat(), JsonFormat()
    assert web.event(entry) == framed(lines.event(entry).removesuffix(b"\n"))
    assert web.reply(Goodbye()) == [framed(line.removesuffix(b"\n")) for line in lines.reply(Goodbye())]


@given(st.text(max_size=200), st.binary(max_size=10), st.binary(max_size=10))
def test_a_text_is_read_wherever_its_frame_begins(text: str, before: bytes, after: bytes) -> None:
    frame = masked(text.encode())
    assert whole_text(before + frame + after, len(before)) == (text, len(before) + len(frame))


def test_without_websockets_c_parts_a_text_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    without = runpy.run_path(websocket.__file__)
    assert without["apply_mask"] is utils.apply_mask
    assert without["whole_text"](masked(b"hi"), 0) == ("hi", 8)


@given(st.text(max_size=200), st.data())
def test_a_part_of_a_frame_is_no_text(text: str, data: st.DataObject) -> None:
    frame = masked(text.encode())
    assert whole_text(frame[: data.draw(st.integers(0, len(frame) - 1))], 0) is None


OTHERS = {
    "a part": masked(b"part", fin=False),
    "binary": masked(b"binary", Opcode.BINARY),
    "a ping": masked(b"ping", Opcode.PING),
    "64 KiB": masked(b"x" * 0x10000),
    "not UTF-8": masked(b"\xff"),
    "not masked": Frame(Opcode.TEXT, b"not masked").serialize(mask=False),
    "with an extension": b"\xc1" + masked(b"with an extension")[1:],
}


@pytest.mark.parametrize("frame", OTHERS.values(), ids=OTHERS)
def test_any_other_frame_is_left_alone(frame: bytes) -> None:
    assert whole_text(frame, 0) is None
