"""What is put into the search index: it stands in files, so that another program of the same version has to agree."""

from __future__ import annotations

import pytest

from twistchat.core.queries import Query
from twistchat.log.grams import MOST_GRAMS, VERSION, expression, indexed, like

LOBBY, ADA = "\uede8\uee5c\ue76e", "\ue509\uefd0\ue463"


def looked_up(query: Query) -> list[str]:
    """What has to be in a line, without the quotes of FTS5; the rooms are the first."""
    return [part.strip('("|)') or part for part in expression(query).split(" AND ")]


def test_a_line_is_indexed_as_every_program_of_this_version_does() -> None:
    """Whatever changes here takes a new version, so that indexes are made anew."""
    assert VERSION == 2
    assert indexed("lobby", "ada", "聊天 ok go天") == f"聊天 ok go天\n{LOBBY}\n{ADA}\n|聊|天| |天|"
    assert indexed("lobby", "Ada", "ok") == f"ok\n{LOBBY}\n{ADA}\n"


def test_a_query_names_its_rooms_and_its_author_by_their_marks() -> None:
    assert expression(Query((), ("lobby",), "ADA")) == f'("{LOBBY}") AND "{ADA}"'
    assert expression(Query(("abc",), ("lobby", "lobby"))) == f'("{LOBBY}" OR "{LOBBY}") AND "abc"'


@pytest.mark.parametrize(
    ("word", "grams"),
    [
        ("hello", ["hel", "ell", "llo"]),
        ("聊天", ["聊|天"]),
        ("聊", ["聊"]),
        ("a聊", ["聊"]),
        ("聊a", ["聊"]),
        ("ab", []),
        ("a", []),
        ('a"b', ['a""b']),
        ("aaaa", ["aaa"]),
    ],
)
def test_words_are_looked_up_by_threes_and_shorter_ones_by_what_is_not_ascii(word: str, grams: list[str]) -> None:
    assert looked_up(Query((word,), ("lobby",)))[1:] == grams


def test_no_more_than_so_much_of_a_long_search_is_looked_up() -> None:
    word = "".join(map(chr, range(ord("0"), ord("0") + MOST_GRAMS + 10)))
    assert len(looked_up(Query((word,), ("lobby",)))) == 1 + MOST_GRAMS


@pytest.mark.parametrize(
    ("word", "pattern"), [("abc", "%abc%"), ("50%_\\", r"%50\%\_\\%"), ("é聊", "%_聊%"), ("", "%%")]
)
def test_a_pattern_fits_whatever_the_word_may_be_in(word: str, pattern: str) -> None:
    assert like(word) == pattern
