"""Actions, colours and long texts, as IRC's lines have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.wire.irc_text import action, action_in, is_ctcp, pieces, rows, said, without_formatting


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x0304,12red\x03", "red"),
        ("\x033green", "green"),
        ("\x04ff0000hex", "hex"),
        ("\x02bold\x0f \x1ditalic\x1f \x11mono\x16 \x1estruck", "bold italic mono struck"),
        ("\x03 1", " 1"),
        ("plain 12,3", "plain 12,3"),
    ],
)
def test_colours_are_taken_out_with_their_numbers(text: str, plain: str) -> None:
    assert without_formatting(text) == plain


def test_what_others_read_has_neither_colours_nor_escapes() -> None:
    assert said("\x0304a\x1b[31mb\u200bc\x03") == "abc"


def test_an_action_is_told_from_other_requests_to_programs() -> None:
    assert action_in("\x01ACTION waves\x01") == action_in("\x01ACTION waves") == "waves"
    assert action_in("\x01VERSION\x01") is None
    assert is_ctcp("\x01VERSION\x01")
    assert not is_ctcp("ACTION waves")
    assert action("waves") == "\x01ACTION waves\x01"


TEXTS = st.text(st.sampled_from("ab 汉语é🏽👍🇩🇪e\u0301"), max_size=300)


@given(TEXTS, st.integers(40, 120))
def test_pieces_fit_and_are_the_text_together(text: str, most: int) -> None:
    kept = [*pieces(text, most, keeps_blanks=True)]
    assert "".join(kept) == text
    assert all(len(piece.encode()) <= most for piece in kept)
    cut = [*pieces(text, most)]
    assert all(len(piece.encode()) <= most for piece in cut)
    assert "".join(cut).replace(" ", "") == text.replace(" ", "")


def test_a_text_is_cut_at_a_blank_of_its_last_third_or_else_between_characters() -> None:
    assert [*pieces("aaaa bbbb cccc", 10)] == ["aaaa bbbb", "cccc"]
    assert [*pieces("a bbbbbbbbbbbbb", 10)] == ["a bbbbbbbb", "bbbbb"]
    assert [*pieces("汉语汉语", 7)] == ["汉语", "汉语"]
    assert [*pieces("abcdefgh👍🏽", 12)] == ["abcdefgh", "👍🏽"]
    assert [*pieces("abcdefg hijklmnop", 12)] == ["abcdefg hijk", "lmnop"]
    assert [*pieces("abcdefgh ijklmnop", 12)] == ["abcdefgh", "ijklmnop"]


def test_words_are_put_into_as_few_rows_as_they_fit_into() -> None:
    assert [*rows(["aa", "bb", "cc"], 5)] == ["aa bb", "cc"]
    assert [*rows(["aaa", "bb", "aaa", "bb"], 5)] == ["aaa", "bb", "aaa", "bb"]
    assert [*rows(["汉", "b", "c"], 5)] == ["汉 b", "c"]
    assert [*rows(["aa", "汉", "cc"], 6, ",")] == ["aa,汉", "cc"]
    assert [*rows(["longer than that"], 5)] == ["longer than that"]
    assert [*rows([], 5)] == []
