"""Whatever strangers send, nothing of it acts upon a terminal or hides from a reader; no word or emoji is harmed."""

from __future__ import annotations

import unicodedata

import pytest
from emoji import EMOJI_DATA
from hypothesis import example, given
from hypothesis import strategies as st
from support.texts import FROM_ALL_OVER, SPELLED, hostile

from twistchat.core.text import bare, characters, clean, clean_line, revealed, rubbed_out, step_back, step_on

ZERO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
BIDI = "\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("hello", "hello"),
        ("  hello  ", "hello"),
        ("a\tb", "a b"),
        ("a\r\n\r\nb", "a b"),
        ("a\nadmin: b", "a admin: b"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\x00a\x01\x07\x08b\x7f", "ab"),
        ("a\x80\x9ab", "ab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\text", "text"),
        ("\x9d0;title\x9ctext", "text"),
        ("\x1b]the rest is lost on nobody", "the rest is lost on nobody"),
        ("\x1bc\x1b(0text", "text"),
        ("\x1b[31", "31"),
        ("ends with\x1b", "ends with"),
        ("\x1b\x1b[31m[31mred", "[31mred"),
        ("你好\u3000世界", "你好\u3000世界"),
        ("auf\u200clage, a\u200db, 汉\u200d字", "auflage, ab, 汉字"),
        ("👩\u200d\u200d👩", "👩👩"),
        ("👩\u200dher", "👩her"),
        ("\u200d👩\u200d", "👩"),
        ("a\ufe0f \ufe0f \u3000\ufe0f e\u0301\ufe0f", "a  \u3000 e\u0301"),
        ("👍\ufe0f\ufe0f\U000e0100\U000e0101", "👍\ufe0f"),
        ("🏴\U000e0067\U000e0062\U000e0065", "🏴"),
        ("😀\U000e0067\U000e0062\U000e0065\U000e007f", "😀"),
        ("🏴" + 8 * "\U000e0061" + "\U000e007f", "🏴"),
        ("a\u200bb 汉\u200b字", "ab 汉字"),
        ("\u3164 \uffa0 \u115f\u1160 \u1160", ""),
        ("a\u034fb a\u034f", "ab a"),
        ("a\u180eb\u180b", "ab"),
        ("a\ufff9b\ufffac\ufffb", "abc"),
        ("a\U000e0fffb\ufff0c\u2065d\U0001bca0e\U0001d173", "abcde"),
        ("a\ufdd0b\uffffc\U0010fffed", "abcd"),
        ("a\ue000b\U00100000c", "a\ue000b\U00100000c"),
        ("ad\u202enimda", "adnimda"),
        ("a\ud800b", "ab"),
        ("שלום", "שלום"),
        ("e\u0301", "e\u0301"),
        ("tags\U000e0041\U000e0042", "tags"),
    ],
)
def test_what_is_typed_is_made_harmless(typed: str, shown: str) -> None:
    assert clean(typed) == shown


@pytest.mark.parametrize("character", [*map(chr, [*range(0x20), *range(0x7F, 0xA0)]), *ZERO_WIDTH, *BIDI])
def test_no_control_or_invisible_character_remains(character: str) -> None:
    assert character not in clean(f"a{character}b")


@given(hostile)
@example("\x1b]\u200b0;x\x07")
@example("\x1b\x1b\x1b[[m")
@example("\u3000\ufe0f")
def test_cleaned_text_has_nothing_to_clean(text: str) -> None:
    shown = clean(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set(BIDI + "\u2060\ufeff\u00ad\u3164")
    assert shown == shown.strip()
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  hello  ", "  hello"),
        ("\u3000\u3000段落\u3000", "\u3000\u3000段落"),
        ("\ta\tb", "    a b"),
        (" \t  \tc", "        c"),
        ("\r\n  \n\t\x1fd", "d"),
        ("\n  \u2028  e", "  e"),
        ("\x1b[1m  f", "  f"),
        ("\u200b  g", "  g"),
        (" \u200b \t", ""),
        ("   ", ""),
    ],
)
def test_what_is_said_keeps_the_blanks_that_it_begins_with(typed: str, shown: str) -> None:
    assert clean_line(typed) == shown
    assert clean_line(shown) == shown


@given(hostile)
@example("\x00\t\ta")
@example(" \n\ta")
def test_but_for_those_blanks_it_is_cleaned_as_everything_is(text: str) -> None:
    shown = clean_line(text)
    assert shown.strip() == clean(text)
    assert clean_line(shown) == shown == shown.rstrip()


@given(hostile)
def test_what_is_left_of_a_text_is_what_formats_leave_as_it_is(text: str) -> None:
    assert revealed(clean(text), ascii) == clean(text)
    assert "\x1b" not in revealed(text, ascii)


@pytest.mark.parametrize("text", SPELLED)
def test_what_spells_a_word_comes_out_as_it_went_in(text: str) -> None:
    assert clean(text) == text
    assert revealed(text, ascii) == text


def test_every_emoji_of_unicodes_list_comes_out_as_it_went_in() -> None:
    assert len(EMOJI_DATA) > 5000
    assert [each for each in EMOJI_DATA if clean(each) != each or len(characters(each)) != 1] == []
    line = "".join(EMOJI_DATA)
    assert clean(line) == line
    assert revealed(line, ascii) == line


def test_format_characters_that_are_seen_stay() -> None:
    seen = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430"
    assert {unicodedata.category(character) for character in seen[:9]} == {"Cf"}
    assert clean(seen) == revealed(seen, ascii) == seen


def test_a_names_joiners_are_taken_out_too() -> None:
    assert bare("می\u200cروم 👩\u200d👩 ❤\ufe0f") == "میروم 👩👩 ❤"


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u3164\uffa0\u115f\u1160")))
def test_plain_words_are_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("hello", "hello"),
        ("helo\blo", "hello"),
        ("helk\x7flo", "hello"),
        ("\b\b\x7fhi", "hi"),
        ("ab\b\b\b", ""),
        ("汉字\b", "汉"),
        ("né\b\be", "e"),
        ("cafe\u0301\b", "caf"),
        ("ab\b\u0301c\b\b", ""),
        ("👋 👨\u200d👩\u200d👧\b", "👋 "),
        ("👍🏽\b", ""),
        ("🇩🇪🇫🇷\b", "🇩🇪"),
        ("1\ufe0f\u20e3\b", ""),
        ("한\u1112\u1161\u11ab\b", "한"),
        ("नमस्ते\b", "नम"),
        ("a" + 40 * "\u0301" + "b\b\b", ""),
    ],
)
def test_backspaces_rub_out_what_stands_before_them(typed: str, line: str) -> None:
    assert rubbed_out(typed) == line


@given(st.lists(st.sampled_from(FROM_ALL_OVER)), st.lists(st.sampled_from(FROM_ALL_OVER)))
def test_as_many_backspaces_as_characters_leave_what_was_there(before: list[str], after: list[str]) -> None:
    words, more = " ".join(before), "".join(after)
    assert rubbed_out(f"{words} {more}" + "\b" * len(characters(more))) == f"{words} "


@given(hostile)
def test_steps_over_a_text_are_its_characters(text: str) -> None:
    seen, position = [], 0
    while position < len(text):
        end = step_on(text, position)
        assert step_back(text, end) == position
        seen.append(text[position:end])
        position = end
    assert seen == characters(text)
    assert step_on(text, position) == position
    assert step_back(text, 0) == 0


@pytest.mark.parametrize(
    ("text", "position", "end"), [("ab", 0, 1), ("ab", 2, 2), ("e\u0301x", 0, 2), ("👨‍👩‍👧!", 0, 5), ("", 0, 0)]
)
def test_a_step_on_goes_over_a_whole_character_and_not_over_the_end(text: str, position: int, end: int) -> None:
    assert step_on(text, position) == end
