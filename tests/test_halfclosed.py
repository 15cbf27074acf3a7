"""A peer that ends in order: what it sent before is dealt with before it is gone, by every way that has such an end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chat import Chat
from support.guests import WAYS, DatagramGuest, StreamGuest
from support.lines import LineDoor
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from twistchat.core.limits import DEFAULT_FLOOD
from twistchat.interfaces.ingress import LAST_SECONDS

THAT_WAIT = tuple(way for way in WAYS if way is not DatagramGuest)
"""Bare datagrams that come too fast are refused, and said to be."""

MANY = 20
"""Lines over the flood limit, by ten; those take five seconds."""


def said(chat: Chat) -> list[str]:
    """All that was said so far."""
    return [entry.event.text for entry in chat.log.entries if hasattr(entry.event, "text")]


def let_pass(chat: Chat, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        chat.clock.advance(0.1)


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("way", THAT_WAIT, ids=lambda way: way.way)
def test_what_waits_for_the_flood_limit_is_said_before_its_author_is_gone(way: Any, is_lost: bool) -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    eve, guest = chat.enters("eve"), way(chat)
    guest.gives_name("ada")
    for number in range(MANY):
        guest.says(str(number))
    guest.closes_its_side()
    if is_lost:
        guest.hangs_up()
    assert len(said(chat)) < MANY
    assert "ada" in chat.names, "who has lines to be said is here"
    let_pass(chat, 8)
    assert said(chat) == [*map(str, range(MANY))]
    assert eve.hears()[-1] == "-ada"
    assert chat.names == {"eve"}
    guest.settles()
    assert len(chat.clock.getDelayedCalls()) == guest.standing


@settings(max_examples=50)
@given(way=st.sampled_from(WAYS), lines=st.lists(st.sampled_from("abc"), max_size=5), is_lost=st.booleans())
def test_what_waits_behind_a_name_while_the_log_is_slow_is_said(way: Any, lines: list[str], is_lost: bool) -> None:
    chat = Chat()
    guest = way(chat)
    chat.log.slow = True
    guest.gives_name("ada")
    for line in lines:
        guest.says(line)
    guest.closes_its_side()
    if is_lost:
        guest.hangs_up()
    let_pass(chat, 5)
    for _ in range(2 * len(lines) + 4):
        chat.log.hurry()
        chat.turn()
    guest.settles()
    assert said(chat) == lines
    assert not chat.names
    assert not chat.hub.everyone


def test_who_has_closed_the_sending_side_alone_is_answered(chat: Chat) -> None:
    chat.enters("eve")
    ada = LineDoor(chat).connects()
    ada.sends(b"ada\nhello\n/who\n")
    ada.closes_its_side()
    heard = ada.hears()
    assert [line for line in heard if "hello" in line]
    assert [line for line in heard if "eve" in line]
    assert ada.is_closed
    assert chat.names == {"eve"}


def test_who_only_hangs_up_is_gone_at_once(chat: Chat) -> None:
    ada = LineDoor(chat).enters("ada")
    ada.closes_its_side()
    assert not chat.names
    assert ada.is_closed


def test_what_takes_longer_than_half_a_minute_is_not_said_and_the_log_and_the_peer_are_told(logged: list[str]) -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = LineDoor(chat).enters("ada")
    ada.sends(b"x\n" * 200)
    ada.closes_its_side()
    ada.hears()
    let_pass(chat, LAST_SECONDS - 1)
    assert not ada.is_closed
    let_pass(chat, 1)
    assert ada.is_closed
    assert any("30 seconds" in line for line in ada.hears())
    assert not chat.names
    assert 65 < len(said(chat)) < 75
    assert any("not said: 0 lines and" in note for note in logged)


def test_a_log_that_never_answers_keeps_nobody_longer_either(chat: Chat, logged: list[str]) -> None:
    ada = LineDoor(chat).connects()
    chat.log.slow = True
    ada.sends(b"ada\nhello\n")
    ada.closes_its_side()
    let_pass(chat, LAST_SECONDS)
    assert ada.is_closed
    assert not chat.names
    assert any("not said: 1 lines and 0 bytes" in note for note in logged)


@pytest.mark.parametrize("behind", [b"", b"and more\n", b"and m"])
def test_a_line_of_a_slow_pipe_is_no_name(chat: Chat, behind: bytes) -> None:
    """`(echo ada; sleep 1; echo hello) | nc -N`, whose end comes right behind it where ada is taken."""
    chat.enters("ada")
    pipe = LineDoor(chat).connects()
    pipe.sends(b"ada\n")
    let_pass(chat, 1)
    assert "is taken" in pipe.hears()[-1]
    pipe.sends(b"hello\n")
    pipe.sends(behind)
    if not behind:
        pipe.closes_its_side()
    let_pass(chat, 1)
    assert pipe.hears()[-1] == "What you sent behind the name, before it was answered, is not said."
    assert pipe.is_closed
    assert chat.names == {"ada"}


def test_a_pipe_that_is_lost_while_it_is_looked_at_is_gone(chat: Chat) -> None:
    chat.enters("ada")
    pipe = LineDoor(chat).connects()
    pipe.sends(b"ada\n")
    pipe.sends(b"hello\n")
    pipe.protocol.connectionLost(Failure(ConnectionLost()))
    let_pass(chat, 1)
    assert chat.names == {"ada"}
    assert len(chat.hub.everyone) == 1


@pytest.mark.parametrize("why", [ConnectionLost(), ConnectionAborted()])
def test_a_lost_connection_ends_at_once_and_the_log_says_what_was_not_said(
    chat: Chat, logged: list[str], why: Exception
) -> None:
    ada = LineDoor(chat).connects()
    chat.log.slow = True
    ada.sends(b"ada\nhello\n")
    ada.protocol.connectionLost(Failure(why))
    assert not chat.names
    assert any("the connection was lost; not said: 1 lines and 0 bytes" in note for note in logged)


def test_a_reset_after_an_end_in_order_takes_nothing_back() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = LineDoor(chat).enters("ada")
    ada.sends(b"x\n" * MANY)
    ada.closes_its_side()
    ada.protocol.connectionLost(Failure(ConnectionLost()))
    let_pass(chat, 6)
    assert len(said(chat)) == MANY
    assert not chat.names


def test_what_the_server_itself_breaks_off_is_over(chat: Chat) -> None:
    chat.log.slow = True
    ada = LineDoor(chat).connects()
    ada.sends(b"ada\nhello\n")
    ada.closes_its_side()
    ada.protocol.connectionLost(Failure(ConnectionAborted()))
    assert not chat.names


def test_who_is_put_out_in_their_last_seconds_says_nothing_more() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = LineDoor(chat).enters("ada")
    ada.sends(b"x\n" * MANY)
    ada.protocol.connectionLost(Failure(ConnectionDone()))
    before = len(said(chat))
    chat.called("ada").end()
    let_pass(chat, LAST_SECONDS + 1)
    assert len(said(chat)) == before
    assert not chat.clock.getDelayedCalls()


@pytest.mark.parametrize(
    ("reads", "heard"),
    [
        pytest.param([b"hello\nbye"], ["hello", "bye"], id="a script leaves the last newline out"),
        pytest.param([b"hello\r"], ["hello"], id="a bare CR ended it"),
        pytest.param([b"hello\n", b"b", b"y"], ["hello"], id="somebody typed, and did not send it"),
        pytest.param([b"b"], [], id="one key"),
    ],
)
def test_the_end_of_all_ends_a_line_that_came_whole(chat: Chat, reads: list[bytes], heard: list[str]) -> None:
    ada = LineDoor(chat).enters("ada")
    ada.sends(*reads)
    ada.closes_its_side()
    assert said(chat) == heard


def test_a_name_without_its_newline_is_one(chat: Chat) -> None:
    eve, peer = chat.enters("eve"), LineDoor(chat).connects()
    peer.sends(b"ada")
    peer.closes_its_side()
    assert eve.hears() == ["+ada", "-ada"]


def test_who_was_turned_away_may_end_too(chat: Chat) -> None:
    door = LineDoor(chat)
    peers = [door.connects("192.0.2.1") for _ in range(17)]
    peers[-1].protocol.readConnectionLost()
    peers[-1].protocol.writeConnectionLost()
    assert len(chat.hub.everyone) == 16


def test_who_quits_by_bare_datagrams_while_the_log_is_slow_goes_behind_what_they_said(chat: Chat) -> None:
    guest = DatagramGuest(chat)
    chat.log.slow = True
    guest.gives_name("ada")
    guest.says("hello")
    guest.hangs_up()
    guest.hangs_up()
    assert "ada" in chat.names
    let_pass(chat, LAST_SECONDS)
    assert not chat.names
    assert len(chat.clock.getDelayedCalls()) == guest.standing


def test_who_is_put_out_after_the_end_of_numbered_datagrams_says_nothing_more() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    guest = StreamGuest(chat)
    guest.gives_name("ada")
    guest.peer.writes(b"x\n" * MANY)
    guest.hangs_up()
    before = len(said(chat))
    chat.called("ada").end()
    let_pass(chat, LAST_SECONDS + 1)
    assert len(said(chat)) == before
    assert len(chat.clock.getDelayedCalls()) == guest.standing
