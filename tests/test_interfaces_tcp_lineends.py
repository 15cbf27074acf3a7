"""Lines that a bare CR ends, on a connection."""

from __future__ import annotations

from typing import Any

import pytest
from support.chat import Chat
from support.lines import LineDoor

from twistchat.wire.lineends import SETTLE_SECONDS


@pytest.fixture
def door(chat: Chat) -> LineDoor:
    return LineDoor(chat)


@pytest.fixture
def eve(chat: Chat) -> Any:
    return chat.enters("eve")


def test_a_cr_that_nothing_follows_ends_a_line_and_from_then_on_each_does_at_once(door: LineDoor, eve: Any) -> None:
    """As Tera Term sends them on a raw connection."""
    tera = door.connects()
    tera.sends(b"tera\r")
    assert eve.hears() == []
    door.chat.clock.advance(SETTLE_SECONDS)
    assert eve.hears() == ["+tera"]
    tera.sends(b"hello\r", b"one\rtw", b"o\r")
    assert eve.hears() == ["tera: hello", "tera: one", "tera: two"]
    assert b"\xff" not in tera.gets()


@pytest.mark.parametrize("late", [b"\n", b"\0"])
def test_what_belongs_to_a_cr_and_comes_late_is_no_line_of_its_own(door: LineDoor, eve: Any, late: bytes) -> None:
    tera = door.connects()
    tera.sends(b"tera\r")
    door.chat.clock.advance(SETTLE_SECONDS)
    tera.sends(b"hello\r", late, b"again\r\n", b"more\n")
    assert eve.hears() == ["+tera", "tera: hello", "tera: again", "tera: more"]
    assert [line for line in tera.hears() if line.startswith("tera:")] == ["tera: hello", "tera: again", "tera: more"]


def test_a_crlf_that_two_reads_bring_is_one_end(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"hello\r")
    door.chat.clock.advance(SETTLE_SECONDS / 2)
    ada.sends(b"\nagain\r\n")
    door.chat.clock.advance(10)
    assert eve.hears() == ["ada: hello", "ada: again"]


@pytest.mark.parametrize("sent", [b"tera\r", b"te\rra\r"])
def test_nobody_waits_for_what_follows_a_cr_once_the_connection_is_gone(door: LineDoor, sent: bytes) -> None:
    tera = door.connects()
    tera.sends(sent)
    tera.hangs_up()
    assert door.chat.clock.getDelayedCalls() == []
