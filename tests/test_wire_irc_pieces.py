"""Pieces of a frame of IRC that are no line each, and whose account a line is tagged with."""

from __future__ import annotations

import pytest

from twistchat.core.events import Announced, Event, Joined, PutOut, Removed, Said
from twistchat.core.names import EVERYWHERE
from twistchat.wire.irc_accounts import account_tag, no_account
from twistchat.wire.irc_lines import LINE_BYTES
from twistchat.wire.irc_pieces import Modes, joined, of_modes, once
from twistchat.wire.irc_rulings import Change

HEAD = ":ada!~u@irc.test MODE #tea"


def mode(sign: str, letter: str, name: str = "", tags: bytes = b"", head: str = HEAD) -> bytes:
    return of_modes(Modes(tags, head, (Change(sign, letter, name),)))


def test_changes_that_follow_each_other_are_one_line_with_the_tags_of_the_first() -> None:
    pieces = [mode("+", "o", "bob", b"@time=1 "), mode("+", "v", "cid", b"@time=2 "), mode("-", "i")]
    assert joined(pieces) == f"@time=1 {HEAD} +ov-i bob cid\r\n".encode()


def test_a_line_between_changes_and_another_author_keep_them_apart() -> None:
    others = HEAD.replace("ada", "bob")
    pieces = [mode("+", "i"), b"PING\r\n", mode("+", "t"), mode("-", "t", head=others)]
    assert joined(pieces) == f"{HEAD} +i\r\nPING\r\n{HEAD} +t\r\n{others} -t\r\n".encode()


def test_changes_are_as_many_lines_as_they_need_their_tags_not_counted() -> None:
    fits = LINE_BYTES - len(f"{HEAD} +vv  \r\n")
    first, second = "x" * (fits // 2), "y" * (fits - fits // 2)
    assert joined([mode("+", "v", first, b"@a " * 99), mode("+", "v", second)]).count(b"\r\n") == 1
    assert joined([mode("+", "v", first), mode("+", "v", f"{second}y")]).count(b"\r\n") == 2


def test_what_is_told_once_is_told_with_its_first_tags_and_all_else_each_time() -> None:
    first, again, other = once(b"@a ", b"X\r\n"), once(b"@b ", b"X\r\n"), once(b"", b"Y\r\n")
    assert joined([first, b"Z\r\n", again, other, b"Z\r\n"]) == b"@a X\r\nZ\r\nY\r\nZ\r\n"


@pytest.mark.parametrize(
    ("event", "tag"),
    [
        (Said("tea", "ada", "hi"), "account=ADA"),
        (Joined("tea", "ada"), "account=ADA"),
        (Said("tea", "bob", "hi"), ""),
        (PutOut("tea", "bob", "", "ada"), "account=ADA"),
        (Announced(EVERYWHERE, "Back at six"), ""),
        (Removed("tea", "ada"), ""),
    ],
)
def test_a_line_is_tagged_with_the_account_of_whoever_did_it_and_the_server_has_none(event: Event, tag: str) -> None:
    assert account_tag(event, {"ada": "ADA"}.get) == tag
    assert account_tag(event, no_account) == ""
