"""A server's frames out, and the commonest frame in, against websockets' own."""

from __future__ import annotations

import runpy
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import utils
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from twistchat.core.events import Entry, Said
from twistchat.core.replies import Goodbye
from twistchat.wire import websocket
from twistchat.wire.json import JsonFormat
from twistchat.wire.websocket import WebFormat, framed, whole_frames, whole_text

LENGTHS = [0, 1, 5, 125, 126, 127, 0xFFFF, 0x10000, 70_000]


def masked(payload: bytes, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_frame_is_what_websockets_would_make_of_it(length: int) -> None:
    assert framed(b"x" * length) == Frame(Opcode.TEXT, b"x" * length).serialize(mask=False)


def test_an_event_and_a_reply_are_the_lines_of_a_program_in_frames() -> None:
    entry = Entry(1, 2.0, Said("lobby", "ada", "hi"))
    web, lines = WebFormat(), JsonFormat()
    assert web.event(entry) == framed(lines.event(entry).removesuffix(b"\n"))
    assert web.reply(Goodbye()) == [framed(line.removesuffix(b"\n")) for line in lines.reply(Goodbye())]


@given(st.text(max_size=200), st.binary(max_size=10), st.binary(max_size=10))
def test_a_text_is_read_wherever_its_frame_begins(text: str, before: bytes, after: bytes) -> None:
    frame = masked(text.encode())
    assert whole_text(before + frame + after, len(before)) == (text, len(before) + len(frame))


@pytest.mark.parametrize("length", [0, 125, 126, 127, 0xFFFF])
def test_a_text_is_read_however_its_length_is_written(length: int) -> None:
    frame = masked(b"x" * length)
    assert whole_text(b"before" + frame + b"after", 6) == ("x" * length, 6 + len(frame))
    assert whole_text(frame[:-1], 0) is None


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


# --- where frames end

MOST = 0x10000
WASTEFUL = b"\x81\xff" + struct.pack("!Q", 3) + b"mask123"  # its length in more bytes than it needs
GOOD = [masked(b"x" * length) for length in (0, 5, 125, 126, 0xFFFF, MOST)]
WHOLE = [*GOOD, WASTEFUL, *(frame for what, frame in OTHERS.items() if what != "not masked")]


@given(st.lists(st.sampled_from(WHOLE), max_size=5), st.data())
def test_frames_end_where_they_end_and_one_that_is_not_whole_is_left(frames: list[bytes], data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(WHOLE))
    part = part[: data.draw(st.integers(0, len(part) - 1))]
    assert whole_frames(b"".join(frames) + part, MOST, 10**9) == len(b"".join(frames))


def test_no_more_frames_are_taken_than_a_share_and_one_that_is_longer_alone() -> None:
    frame = masked(b"x" * 94)
    assert len(frame) == 100
    assert whole_frames(frame, MOST, 10**9) == len(frame)
    assert whole_frames(frame * 10, MOST, 250) == 300
    assert whole_frames(frame * 10, MOST, 10) == 100
    assert whole_frames(frame * 10, MOST, 300) == 300


@pytest.mark.parametrize("head", [OTHERS["not masked"][:2], b"\x81\xff" + struct.pack("!Q", MOST + 1)])
def test_a_head_that_is_to_be_refused_is_not_waited_for(head: bytes) -> None:
    good = masked(b"good")
    assert whole_frames(good + head, MOST, 10**9) == len(good + head)


@given(st.lists(st.sampled_from([*GOOD[:4], WASTEFUL, OTHERS["a ping"], OTHERS["a part"]]), max_size=6))
def test_websockets_keeps_nothing_of_what_it_is_given_by_whole_frames(frames: list[bytes]) -> None:
    data = b"".join(frames) + masked(b"a part of one")[:9]
    server = ServerProtocol(state=State.OPEN, max_size=MOST)
    server.receive_data(data[: whole_frames(data, MOST, 10**9)])
    assert not server.reader.buffer


@pytest.mark.parametrize(
    "part", [b"", b"\x81", b"\x81\xfe\x00", b"\x81\xff" + bytes(7), b"\x81\x80mas", b"\x81\x81mask"]
)
def test_of_half_a_head_or_half_a_payload_nothing_is_whole(part: bytes) -> None:
    assert whole_frames(part, MOST, 10**9) == 0
