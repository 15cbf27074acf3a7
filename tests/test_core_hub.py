"""The room as people see it: what is said reaches everyone, once, in the log's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from support.chat import Chat, shorten_queue
from support.place import place_at
from support.tokens import CountingFormat, TokenFormat

from twistchat.core.events import Announced, Entry
from twistchat.core.names import EVERYWHERE
from twistchat.errors import NotNear, NotStored, Overloaded, Phrase


def test_what_somebody_says_reaches_everyone_its_speaker_too(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    ada.sends("good morning")
    assert ada.hears() == bob.hears() == ["ada: good morning"]


def test_nothing_is_seen_before_it_is_stored(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("good morning")
    assert ada.hears() == []
    chat.log.go_on()
    assert ada.hears() == ["ada: good morning"]


def test_what_came_while_the_log_was_slow_is_committed_together(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("one")
    ada.sends("two")
    ada.sends("three")
    assert chat.queued == 2
    chat.log.hurry()
    chat.turn()
    assert ada.hears() == ["ada: one", "ada: two", "ada: three"]
    assert [len(batch) for batch in chat.log.appended[1:]] == [1, 2]


def test_what_is_not_stored_is_told_to_its_author_once_and_to_nobody_else(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    chat.log.failing = NotStored("the disk is full")
    ada.sends("one", "two")
    assert ada.hears() == ["refused not-stored reason=the disk is full"]
    assert bob.hears() == []
    chat.log.failing = None
    ada.sends("three")
    assert bob.hears() == ["ada: three"]


def test_a_log_that_breaks_its_promise_is_noted_and_the_chat_goes_on(chat: Chat, flush_errors: Any) -> None:
    ada = chat.enters("ada")
    chat.log.failing = ZeroDivisionError()
    assert ada.asks("one")[0].startswith("refused not-stored reason=an error in the server")
    assert len(flush_errors(ZeroDivisionError)) == 1
    chat.log.failing = None
    assert ada.asks("two") == ["ada: two"]


def test_what_cannot_be_delivered_is_noted_and_the_chat_goes_on(chat: Chat, flush_errors: Any) -> None:
    @dataclass(frozen=True)
    class Broken(TokenFormat):
        def event(self, entry: Entry) -> bytes:
            raise ZeroDivisionError

    ada, bob = chat.enters("ada"), chat.connects(format=Broken())
    bob.sends("bob")
    assert len(flush_errors(ZeroDivisionError)) == 1
    bob.vanishes()
    chat.turn()
    ada.hears()
    assert ada.asks("hello") == ["ada: hello"]


def test_an_announcement_that_the_log_cannot_take_fails_and_is_seen_by_nobody(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = chat.enters("ada")
    shorten_queue(monkeypatch, 0)
    answer = chat.hub.pipeline.proclaim(Announced(EVERYWHERE, "now"))
    assert answer.addErrback(lambda failure: failure.trap(Overloaded)).result is Overloaded
    chat.turn()
    assert ada.hears() == []


def test_a_log_that_raises_instead_of_answering_does_not_stop_the_chat(
    chat: Chat, flush_errors: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = chat.enters("ada")
    monkeypatch.setattr(chat.log, "append", lambda events: 1 / 0)
    assert ada.asks("one")[0].startswith("refused not-stored reason=")
    assert len(flush_errors(ZeroDivisionError)) == 1
    monkeypatch.undo()
    assert ada.asks("two") == ["ada: two"]


def test_a_queue_that_is_full_refuses_all_but_leaving(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_queue(monkeypatch, 2)
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    chat.log.slow = True
    ada.sends("in the log's hands")
    ada.types("one", "two", "three", "/nick eve", "/msg bob hi")
    assert ada.hears() == ["refused overloaded"] * 3
    assert ada.name == "ada"
    bob.types("/leave")
    chat.log.hurry()
    chat.turn()
    assert ada.hears() == ["ada: in the log's hands", "ada: one", "ada: two", "-bob"]
    chat.enters("eve")


def test_the_leaving_of_who_died_is_told_once_the_log_is_well_again(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    chat.log.failing = NotStored("the disk is full")
    bob.types("/nick rob")
    bob.vanishes()
    chat.turn()
    chat.turn()
    assert ada.hears() == []
    chat.log.failing = None
    assert ada.asks("well again") == ["-bob", "ada: well again"], "under the name that they know"


def test_the_leaving_of_who_never_came_is_never_told(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.connects()
    chat.log.failing = NotStored("the disk is full")
    bob.types("bob")
    bob.vanishes()
    chat.turn()
    chat.log.failing = None
    assert ada.asks("hello") == ["ada: hello"]


def test_two_who_open_a_room_at_once_are_in_the_same_one(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    chat.log.slow = True
    ada.sends("/join tea")
    bob.sends("/join tea")
    chat.log.hurry()
    chat.turn()
    ada.hears()
    bob.sends("hello")
    assert ada.hears() == ["bob: hello"]


def test_a_room_is_closed_when_its_last_member_leaves_and_the_lobby_is_not(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("/join tea")
    ada.vanishes()
    chat.turn()
    assert chat.open_rooms == {"lobby"}


def test_members_of_one_format_share_one_rendering(chat: Chat) -> None:
    format = CountingFormat()
    people = [chat.connects(format=format) for _ in range(5)]
    for number, person in enumerate(people):
        person.types(f"person{number}")
    chat.turn()
    people[0].sends("hello", "world")
    assert set(format.rendered.values()) == {1}
    frames = [person.client.frames[-1] for person in people]
    assert all(frame is frames[0] for frame in frames), "the very same bytes"


def test_who_comes_from_too_far_has_no_session_and_is_counted_nowhere(chat: Chat) -> None:
    place_at(chat, far=["203.0.113.9"])
    with pytest.raises(NotNear, match="Join one of those, then try again"):
        chat.connects(address="203.0.113.9")
    assert (len(chat.hub.everyone), len(chat.hub.admission)) == (0, 0)
    assert chat.hub.figures.refusals == {"not-near": 1}
    chat.enters("ada", address="192.168.1.9")


def test_that_nothing_is_stored_is_known_without_trying(chat: Chat) -> None:
    chat.hub.pipeline.check_storing()
    chat.log.trouble = Phrase("the disk is full")
    with pytest.raises(NotStored, match="the disk is full"):
        chat.hub.pipeline.check_storing()
