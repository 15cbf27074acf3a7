"""A line that bears a tag is answered exactly once, when it is dealt with."""

from __future__ import annotations

import re

import pytest
from support.chat import Chat, Person
from support.journal import ListJournal
from twisted.internet.defer import Deferred

from twistchat.core.intake import MOST_HELD
from twistchat.core.limits import Rate
from twistchat.core.moderation import Moderation
from twistchat.errors import NotStored


def answers(person: Person) -> list[str]:
    """What ended a line with a tag: that it is done, with the log's number, or the refusal."""
    return [line for line in person.hears() if re.match(r"(done|refused) .*\btag=", line)]


@pytest.fixture
def ada(chat: Chat) -> Person:
    return chat.enters("ada")


def test_a_line_is_done_once_it_is_committed_and_not_before(chat: Chat, ada: Person) -> None:
    ada.types("hi", tag="1")
    assert answers(ada) == []
    chat.turn()
    assert answers(ada) == ["done tag=1 number=2"]


def test_done_comes_after_the_line_itself(chat: Chat, ada: Person) -> None:
    ada.types("hi", tag="1")
    chat.turn()
    assert ada.hears() == ["ada: hi", "done tag=1 number=2"]


def test_a_line_is_done_also_for_those_who_want_no_echo(chat: Chat, ada: Person) -> None:
    ada.asks("/echo off")
    ada.types("hi", tag="1")
    chat.turn()
    assert answers(ada) == ["done tag=1 number=2"]


@pytest.mark.parametrize("line", ["/who", "/ping", "", "   ", "/history 5", "/join lobby"])
def test_what_brings_nothing_is_done_without_a_number(chat: Chat, ada: Person, line: str) -> None:
    ada.types(line, tag="q")
    chat.turn()
    assert answers(ada) == ["done tag=q number=0"]


def test_a_private_message_is_done_without_a_number(chat: Chat, ada: Person) -> None:
    chat.enters("bob")
    ada.types("/msg bob psst", tag="1")
    chat.turn()
    assert answers(ada) == ["done tag=1 number=0"]


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/nosuch", "unknown-command command=nosuch"),
        ("x" * 1001, "text-too-long limit=1000"),
        ("/leave kitchen", "not-in-room room=kitchen"),
    ],
)
def test_a_refusal_bears_the_tag_and_nothing_else_does(chat: Chat, ada: Person, line: str, refusal: str) -> None:
    ada.types(line, tag="7")
    chat.turn()
    assert answers(ada) == [f"refused {refusal} tag=7"]


def test_each_line_that_cannot_be_stored_is_refused_by_its_tag(chat: Chat, ada: Person) -> None:
    chat.log.failing = NotStored("the disk is full")
    ada.types("one", tag="1")
    ada.types("two", tag="2")
    chat.turn()
    assert answers(ada) == [f"refused not-stored reason=the disk is full tag={tag}" for tag in (1, 2)]


def test_what_brings_several_events_is_done_once(chat: Chat, ada: Person) -> None:
    ada.sends("/join kitchen")
    ada.hears()
    ada.types("/nick eve", tag="n")
    chat.turn()
    assert answers(ada) == ["done tag=n number=4"]


def test_lines_that_wait_for_the_log_are_answered_in_their_order(chat: Chat, ada: Person) -> None:
    chat.log.slow = True
    ada.types("/join kitchen", tag="1")
    for tag in range(2, MOST_HELD + 3):
        ada.types("hi", tag=str(tag))
    assert answers(ada) == [f"refused overloaded tag={MOST_HELD + 2}"]
    chat.log.hurry()
    for _ in range(4):
        chat.turn()
    assert [line.split(" number=")[0] for line in answers(ada)] == [
        f"done tag={tag}" for tag in range(1, MOST_HELD + 2)
    ]


def test_every_line_that_is_too_fast_for_a_client_that_cannot_wait_is_answered(chat: Chat) -> None:
    ada = chat.enters("ada", patient=False)
    chat.limit(flood=Rate(1, 2))
    for tag in "1234":
        ada.types("hi", tag=tag)
    chat.turn()
    assert sorted(answers(ada)) == [
        "done tag=1 number=2",
        "done tag=2 number=3",
        "refused too-fast seconds=1.0 tag=3",
        "refused too-fast seconds=1.0 tag=4",
    ]


def test_nobody_else_is_shown_a_tag(chat: Chat, ada: Person) -> None:
    bob, eve = chat.enters("bob"), chat.enters("eve")
    bob.hears(), eve.hears()
    ada.types("hi", tag="secret")
    chat.turn()
    assert bob.hears() == ["ada: hi"]
    assert answers(eve) == []


def test_a_tagged_quit_is_answered_after_all_before_it_and_before_the_goodbye(chat: Chat, ada: Person) -> None:
    chat.log.slow = True
    for tag, line in enumerate(("hi", "/search hi", "/who", "/quit")):
        ada.types(line, tag=str(tag))
    for _ in range(4):
        chat.turn()
        while chat.log.waiting:
            chat.log.go_on()
    heard = ada.hears()
    assert [line.split(" number=")[0] for line in heard if line.startswith("done")] == [
        f"done tag={n}" for n in range(4)
    ]
    assert "goodbye" in heard[-1]


def test_a_quit_that_is_refused_ends_nothing(chat: Chat, ada: Person) -> None:
    ada.types("/quit " + "x" * 1001, tag="1")
    assert answers(ada) == ["refused text-too-long limit=1000 tag=1"]
    assert ada.name == "ada"


def test_a_refusal_that_answers_another_line_or_none_takes_no_answer_from_the_one_that_waits(
    chat: Chat, ada: Person
) -> None:
    chat.log.slow = True
    ada.types("/history", tag="h")
    ada.types(*map(str, range(MOST_HELD)))
    ada.types("one too many")
    assert ada.hears() == ["refused overloaded"]
    ada.types("another", tag="a")
    assert ada.hears() == ["refused overloaded tag=a"]
    mod = Moderation(chat.hub, ListJournal(chat.clock.seconds))
    done = Deferred.fromCoroutine(mod.mute("op", "ada", None))
    chat.turn()
    assert done.called
    assert ada.hears() == ["refused muted subject=ada reason=- until=None"]
    chat.log.hurry()
    chat.turn()
    assert answers(ada) == ["done tag=h number=0"]
