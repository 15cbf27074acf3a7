"""Lines of IRC, taken apart and put together: the corpus that clients and servers share, and properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parser_tests.data import msg_join, msg_split

from twistchat.wire.irc_lines import (
    client_tags,
    fitted,
    is_too_long,
    parse,
    parse_tags,
    plain_message,
    written,
    written_tags,
)


@pytest.mark.parametrize("case", msg_split["tests"], ids=lambda case: case["input"])
def test_a_line_of_the_corpus_is_taken_apart(case: dict[str, Any]) -> None:
    line = parse(case["input"])
    assert line is not None
    atoms = case["atoms"]
    assert line.command == atoms["verb"].upper()
    assert list(line.params) == atoms.get("params", [])
    assert line.source == atoms.get("source")
    assert dict(line.tags) == {key: value or "" for key, value in atoms.get("tags", {}).items()}


@pytest.mark.parametrize("case", msg_join["tests"], ids=lambda case: case["desc"])
def test_a_line_of_the_corpus_is_put_together(case: dict[str, Any]) -> None:
    atoms = case["atoms"]
    tags = written_tags({key: value or "" for key, value in atoms.get("tags", {}).items()})
    line = written(atoms["verb"], *atoms.get("params", []), source=atoms.get("source", ""), tags=tags)
    assert line in case["matches"]


WORD = st.text(st.characters(exclude_characters=" \r\n\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda word: not word.startswith(":")
)
TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
KEY = st.from_regex(r"\+?[a-z0-9./-]+", fullmatch=True)


@given(
    command=st.from_regex(r"[A-Z]+|[0-9]{3}", fullmatch=True),
    params=st.lists(WORD, max_size=14),
    last=TEXT,
    tags=st.dictionaries(KEY, TEXT, max_size=4),
)
def test_what_is_put_together_comes_apart_as_it_was(
    command: str, params: list[str], last: str, tags: dict[str, str]
) -> None:
    line = parse(written(command, *params, last, source="ada!~u@host", tags=written_tags(tags)))
    assert line == (tags, "ada!~u@host", command, [*params, last])


@given(TEXT)
def test_any_text_is_read_or_is_no_line(text: str) -> None:
    line = parse(text)
    assert line is None or line.command == line.command.upper()


@given(st.dictionaries(KEY, st.text(st.characters(exclude_categories=["Cs"]))))
def test_tags_are_written_so_that_they_are_read_as_they_were(tags: dict[str, str]) -> None:
    text = written_tags(tags)
    assert not set(text) & set(" \r\n")
    assert parse_tags(text) == tags


@pytest.mark.parametrize("text", ["", "   ", "@a=b", "@a=b ", ":ada", ":ada  "])
def test_what_has_no_command_is_no_line(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("line", "too_long"),
    [
        (b"x" * 510, False),
        (b"x" * 511, True),
        (b"@" + b"a" * 4094 + b" " + b"x" * 510, False),
        (b"@" + b"a" * 4095 + b" x", True),
        (b"@a " + b"x" * 511, True),
    ],
)
def test_a_line_has_512_bytes_at_most_and_its_tags_have_4096(line: bytes, too_long: bool) -> None:
    assert is_too_long(line) is too_long


@pytest.mark.parametrize("tags", [b"", b"@" + b"a" * 4000 + b" "])
def test_of_a_line_that_is_too_long_the_end_is_left_out_behind_a_whole_character(tags: bytes) -> None:
    whole = b":h 401 ada " + b"x" * 499 + b"\r\n"
    assert len(whole) == 512
    assert fitted(tags + whole) == tags + whole
    assert fitted(tags + b":h 401 ada " + b"x" * 600 + b"\r\n") == tags + whole
    assert (
        fitted(tags + b":h 401 ada " + "汉".encode() * 200 + b"\r\n")
        == tags + b":h 401 ada " + "汉".encode() * 166 + b"\r\n"
    )


def test_clients_tell_each_other_the_tags_that_begin_with_a_plus() -> None:
    assert client_tags({"label": "1", "+draft/reply": "a b", "+typing": ""}) == r"+draft/reply=a\sb;+typing"
    assert client_tags({}) == ""


@pytest.mark.parametrize(
    ("line", "is_plain"),
    [
        (b"PRIVMSG #tea :hello, all: of you", True),
        ("PRIVMSG #茶 :你好".encode(), True),
        (b"PRIVMSG #tea hello", False),
        (b"PRIVMSG #tea,#den :hello", False),
        (b"PRIVMSG bob :hello", False),
        (b"privmsg #tea :hello", False),
        (b"@label=1 PRIVMSG #tea :hello", False),
        (b":ada PRIVMSG #tea :hello", False),
        (b"PRIVMSG #tea :", False),
        (b"PRIVMSG #tea :\x01ACTION waves\x01", False),
        (b"PRIVMSG #tea :\x0304red", False),
        (b"PRIVMSG #tea :a\rb", False),
        (b"PRIVMSG #tea :a\0b", False),
        (b"PRIVMSG #tea :\xff", False),
    ],
)
def test_a_message_to_one_room_in_which_nothing_is_to_be_acted_on_is_plain(line: bytes, is_plain: bool) -> None:
    message = plain_message(line)
    assert (message is not None) is is_plain
    if message is not None:
        parsed = parse(line.decode())
        assert parsed is not None
        assert ["#" + message[0], message[1]] == parsed.params
