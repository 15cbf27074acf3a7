"""Whatever strangers send, nothing of it acts upon a terminal or hides from a reader."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twistchat.core.text import clean, rubbed_out

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
        ("👩\u200d👩", "👩👩"),
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


hostile = st.text(st.one_of(st.characters(), st.sampled_from("\x1b[]\x07\\\x9b\x9cPm0;" + ZERO_WIDTH + BIDI)))


@given(hostile)
@example("\x1b]\u200b0;x\x07")
@example("\x1b\x1b\x1b[[m")
def test_cleaned_text_has_nothing_to_clean(text: str) -> None:
    shown = clean(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set(ZERO_WIDTH + BIDI)
    assert shown == shown.strip()
    assert clean(shown) == shown


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
    ],
)
def test_backspaces_rub_out_what_stands_before_them(typed: str, line: str) -> None:
    assert rubbed_out(typed) == line
