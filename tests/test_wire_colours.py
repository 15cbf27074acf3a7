"""Colours of lines, and lines for a program's two streams."""

from __future__ import annotations

import pytest
from support.chat import Chat

from twistchat.core.events import Acted, Announced, Aside, Joined, Noticed, Said, Whispered
from twistchat.core.identity import Identity, is_key_mark, proof_mark
from twistchat.core.replies import Answer, Done, Past, Refused, notice
from twistchat.errors import NotText
from twistchat.wire.colours import bold_name, in_colour, shade, with_mentions
from twistchat.wire.line import LineFormat
from twistchat.wire.streams import Part, StreamsFormat, parts_of

COLOURED = LineFormat().coloured(True)
PRINT = "SHA256:" + "a" * 43


def shown(event: object, format: LineFormat = COLOURED) -> str:
    return format.event(Aside(None, 0.0, event)).decode()  # type: ignore[arg-type]


def test_a_name_has_one_colour_however_it_is_written():
    assert shade("ada") == shade("ADA")
    assert len({shade(f"user{number}") for number in range(50)}) == 7


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Said("lobby", "ada", "ada: hi"), f"{bold_name('ada')}: ada: hi\r\n"),
        (Acted("lobby", "ada", "waves"), f"* {bold_name('ada')} waves\r\n"),
        (Joined("lobby", "ada"), in_colour("ada joined!", "90") + "\r\n"),
        (Announced("lobby", "tea"), in_colour("Administrator: tea", "1", "7") + "\r\n"),
        (Whispered("ada", "eve", "psst"), in_colour("[private] ada to eve: psst", "35") + "\r\n"),
        (Noticed("lobby", "bot", "beep"), in_colour("-bot- beep", "90") + "\r\n"),
    ],
)
def test_what_happens_has_its_colour(event, line):
    assert shown(event) == line


def test_labels_and_times_stand_before_a_coloured_name():
    line = shown(Said("ada", "ada", "hi"), COLOURED.labelled(True).stamped(True))
    assert line.endswith(f"[ada] {bold_name('ada')}: hi\r\n")


def test_a_refusal_is_red_and_another_answer_as_it_is():
    assert b"\x1b[31m" in COLOURED.reply(Refused(NotText()))[0]
    assert b"\x1b" not in COLOURED.reply(notice("x", "fine"))[0]
    assert b"\x1b" not in LineFormat().reply(Refused(NotText()))[0]


def test_nothing_of_a_texts_own_is_acted_on():
    assert shown(Said("lobby", "ada", "\x1b[31mred")) == f"{bold_name('ada')}: \\x1b[31mred\r\n"


def test_ones_own_name_stands_out_where_somebody_else_says_it():
    line = f"{bold_name('eve')}: hi Ada, adam\r\n"
    assert with_mentions(line, "ada") == f"{bold_name('eve')}: hi {in_colour('Ada', '1', '7')}, adam\r\n"
    assert with_mentions(line, "eve") == line
    assert with_mentions("no name\r\n", "no") == "no name\r\n"


def test_refusals_and_ends_are_told_from_what_is_shown():
    format = StreamsFormat()
    frame = b"".join([*format.reply(notice("x", "fine")), *format.reply(Refused(NotText())), *format.reply(Done("1"))])
    fine, refused, end = parts_of(frame)
    assert fine == Part(b"fine\n", False)
    assert refused.is_error and not refused.is_end
    assert end.is_end


def test_only_answers_are_shown_where_only_those_are_wanted():
    format = StreamsFormat(answers_only=True)
    said = Aside(None, 0.0, Said("lobby", "ada", "hi"))
    assert format.event(said) == b""
    assert format.reply(notice("x", "besides")) == []
    assert format.reply(Answer(notice("x", "fine"), "1")) == [b"fine\n"]
    assert format.reply(Answer(Past("lobby", [said]), "1"))[0].endswith(b"ada: hi\n")
    assert StreamsFormat().event(said) == b"ada: hi\n"


# --- /color, and keys as proofs


def test_colours_are_chosen_and_kept(chat: Chat):
    ada = chat.connects(format=LineFormat())
    ada.sends("ada", "/color on", "hi")
    assert f"{bold_name('ada')}: hi" in ada.hears()
    ada.sends("/time on", "/color off", "plain")
    assert ada.hears()[-1].endswith("ada: plain")


def test_where_there_are_no_colours_that_is_said(chat: Chat):
    ada = chat.enters("ada")
    assert ada.asks("/color on") == ["refused no-colours"]
    assert ada.asks("/colour off") == ["color state=off"]


def test_a_fingerprint_is_a_mark_and_is_taken_from_a_proof():
    assert proof_mark([f"ssh:{PRINT}", "code"]) == PRINT
    assert proof_mark([]) == ""
    assert is_key_mark(PRINT) and not is_key_mark(PRINT + "/")
    assert Identity("ada", "", PRINT).mark == PRINT
