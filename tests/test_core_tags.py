"""A line that bears a tag is answered exactly once, when it is dealt with."""

from __future__ import annotations

import pytest
from support.chat import Chat, Person

from twistchat.core.intake import MOST_HELD
from twistchat.core.limits import Rate
from twistchat.core.replies import Done, Refused
from twistchat.errors import NotStored
from twistchat.wire.json import JsonFormat, loads

JSON = JsonFormat()


def answers(person: Person) -> list[tuple[str, str, int | str]]:
    """What came with a tag: kind, tag, and the log's number or the refusal's code."""
    values = [loads(line) or {} for line in person.hears()]
    ends = [value for value in values if value["kind"] in ("done", "refused") and "id" in value]
    return [(end["kind"], end["id"], end.get("number", end.get("code"))) for end in ends]


@pytest.fixture
def ada(chat: Chat) -> Person:
    return chat.enters("ada", format=JSON)


def test_a_line_is_done_once_it_is_committed_and_not_before(chat: Chat, ada: Person) -> None:
    ada.session.receive("hi", "1")
    assert answers(ada) == []
    chat.turn()
    assert answers(ada) == [("done", "1", 2)]


def test_done_comes_after_the_line_itself(chat: Chat, ada: Person) -> None:
    ada.session.receive("hi", "1")
    chat.turn()
    assert [(loads(line) or {})["kind"] for line in ada.hears()] == ["said", "done"]


def test_a_line_is_done_also_for_those_who_want_no_echo(chat: Chat, ada: Person) -> None:
    ada.asks("/echo off")
    ada.session.receive("hi", "1")
    chat.turn()
    assert answers(ada) == [("done", "1", 2)]


@pytest.mark.parametrize("line", ["/who", "/ping", "", "   ", "/history 5", "/join lobby"])
def test_what_brings_nothing_is_done_without_a_number(chat: Chat, ada: Person, line: str) -> None:
    ada.session.receive(line, "q")
    chat.turn()
    assert answers(ada) == [("done", "q", 0)]


def test_a_private_message_is_done_without_a_number(chat: Chat, ada: Person) -> None:
    chat.enters("bob")
    ada.session.receive("/msg bob psst", "1")
    chat.turn()
    assert answers(ada) == [("done", "1", 0)]


@pytest.mark.parametrize(
    ("line", "code"),
    [("/nosuch", "unknown-command"), ("x" * 1001, "text-too-long"), ("/leave kitchen", "not-in-room")],
)
def test_a_refusal_bears_the_tag_and_nothing_else_does(chat: Chat, ada: Person, line: str, code: str) -> None:
    ada.session.receive(line, "7")
    chat.turn()
    assert answers(ada) == [("refused", "7", code)]


def test_each_line_that_cannot_be_stored_is_refused_by_its_tag(chat: Chat, ada: Person) -> None:
    chat.log.failing = NotStored("the disk is full")
    ada.session.receive("one", "1")
    ada.session.receive("two", "2")
    chat.turn()
    assert answers(ada) == [("refused", "1", "not-stored"), ("refused", "2", "not-stored")]


def test_what_brings_several_events_is_done_once(chat: Chat, ada: Person) -> None:
    ada.sends("/join kitchen")
    ada.hears()
    ada.session.receive("/nick eve", "n")
    chat.turn()
    assert answers(ada) == [("done", "n", 4)]


def test_lines_that_wait_for_the_log_are_answered_in_their_order(chat: Chat, ada: Person) -> None:
    chat.log.slow = True
    ada.session.receive("/join kitchen", "1")
    for tag in range(2, MOST_HELD + 3):
        ada.session.receive("hi", str(tag))
    assert answers(ada) == [("refused", str(MOST_HELD + 2), "overloaded")]
    chat.log.hurry()
    for _ in range(4):
        chat.turn()
    assert [tag for _, tag, _ in answers(ada)] == [str(tag) for tag in range(1, MOST_HELD + 2)]


def test_every_line_that_is_too_fast_for_a_client_that_cannot_wait_is_answered(chat: Chat) -> None:
    ada = chat.enters("ada", format=JSON, patient=False)
    chat.limit(flood=Rate(1, 2))
    for tag in "1234":
        ada.session.receive("hi", tag)
    chat.turn()
    assert sorted(answers(ada)) == [
        ("done", "1", 2),
        ("done", "2", 3),
        ("refused", "3", "too-fast"),
        ("refused", "4", "too-fast"),
    ]


def test_nobody_else_is_shown_a_tag(chat: Chat, ada: Person) -> None:
    bob, eve = chat.enters("bob"), chat.enters("eve", format=JSON)
    bob.hears(), eve.hears()
    ada.session.receive("hi", "secret")
    chat.turn()
    assert bob.hears() == ["ada: hi"]
    assert answers(eve) == []


def test_people_who_have_lines_of_text_see_nothing_of_done() -> None:
    from support.chat import FORMAT

    assert FORMAT.reply(Done("1")) == []
    assert FORMAT.reply(Refused(NotStored("x"), "1")) == FORMAT.reply(Refused(NotStored("x")))
