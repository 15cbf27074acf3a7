"""The client's side of the chat over several connections: what was missed, and what was typed meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chat import Chat
from support.dialect import announced, came, went
from support.visits import Visit

from twistchat.client.catchup import MOST_CAUGHT_UP
from twistchat.client.conversation import MOST_OTHER_NAMES
from twistchat.core.bans import Act
from twistchat.core.limits import Rate
from twistchat.core.names import EVERYWHERE


@pytest.fixture
def ada(chat: Chat) -> Visit:
    """Ada at the client, in the lobby; what she saw on the way is forgotten."""
    visit = Visit(chat).connects()
    visit.sees()
    return visit


# --- connecting again


def test_what_was_missed_is_shown_once_and_nothing_else_is_repeated(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    bob.sends(*(f"before {number}" for number in range(30)))
    ada.settles()
    ada.breaks()
    bob.sends(*(f"missed {number}" for number in range(5)))
    ada.sees()
    ada.connects()
    assert ada.sees() == [*(f"bob: missed {number}" for number in range(5)), came("ada"), "-- Connected again."]


@pytest.mark.parametrize("missed", [0, 19, 20, 21, 100, 119, 120, 121, 250, 500])
def test_however_much_was_missed_it_is_complete(chat: Chat, ada: Visit, missed: int) -> None:
    bob = chat.enters("bob")
    bob.sends("before")
    ada.sees()
    ada.breaks()
    bob.sends(*(f"missed {number}" for number in range(missed)))
    ada.connects()
    assert ada.sees()[:-2] == [f"bob: missed {number}" for number in range(missed)]
    assert ada.shown.numbers == sorted(set(ada.shown.numbers))


def test_more_than_can_be_fetched_is_said_with_how_to_see_it(chat: Chat, ada: Visit) -> None:
    ada.breaks()
    bob = chat.enters("bob")
    bob.sends(*(f"missed {number}" for number in range(MOST_CAUGHT_UP + 300)))
    ada.connects()
    lines = ada.sees()
    assert lines[0].startswith("-- More was missed in lobby; /history 100 before ")
    assert lines[1:-2] == [f"bob: missed {number}" for number in range(1300 - len(lines) + 3, 1300)]
    assert len(lines) >= MOST_CAUGHT_UP


def test_every_room_is_entered_again_and_caught_up_with(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.says("/join tea", "/join ci")
    ada.settles()
    bob.sends("/join tea", "/join ci")
    ada.breaks()
    for room in ("lobby", "tea", "ci"):
        bob.sends(f"/join {room}", f"missed in {room}")
    ada.sees()
    ada.connects()
    said = [line for line in ada.sees() if "missed" in line]
    assert said == ["[lobby] bob: missed in lobby", "[tea] bob: missed in tea", "bob: missed in ci"]
    assert ada.conversation.rooms == ["lobby", "tea", "ci"]
    assert chat.called("ada").membership.current == "ci"


def test_who_talked_in_the_lobby_talks_there_again(chat: Chat, ada: Visit) -> None:
    ada.says("/join tea", "/join lobby")
    ada.breaks()
    ada.connects()
    assert chat.called("ada").membership.current == ada.conversation.room == "lobby"


def test_a_connection_that_breaks_while_catching_up_misses_nothing(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.sees()
    ada.breaks()
    bob.sends(*(f"missed {number}" for number in range(150)))
    ada.peer = ada.door.connects()
    ada.conversation.connected(ada._send)
    for _ in range(3):
        sent, ada._sent = ada._sent, b""
        ada.peer.sends(sent)
        for line in ada.peer.hears():
            ada.conversation.received(line)
    assert not ada.conversation.is_in
    ada.breaks()
    ada.connects()
    assert [line for line in ada.sees() if "missed" in line] == [f"bob: missed {number}" for number in range(150)]


def test_ones_own_name_is_taken_back_from_a_connection_that_the_server_believes_to_be_alive(
    chat: Chat, ada: Visit
) -> None:
    ada.breaks(server_knows=False)
    ada.connects()
    assert ada.conversation.name == "ada"
    assert len(chat.hub.everyone) == 1


def test_a_name_that_somebody_took_meanwhile_gets_a_mark_behind_it(chat: Chat, ada: Visit) -> None:
    ada.breaks()
    chat.enters("ada")
    ada.connects()
    assert ada.conversation.name == "ada_"
    assert ada.shown.codes == ["name-taken", "back"]


def test_when_all_such_names_are_taken_it_ends(chat: Chat, ada: Visit) -> None:
    ada.breaks()
    for number in range(MOST_OTHER_NAMES + 1):
        chat.enters("ada" + "_" * number)
    ada.connects()
    assert ada.shown.status == 1


def test_a_server_that_begins_a_new_log_is_seen_from_its_beginning(chat: Chat, ada: Visit) -> None:
    ada.says(*(f"line {number}" for number in range(50)))
    ada.sees()
    ada.breaks()
    other = Chat()
    other.enters("bob").sends("a new log")
    ada.connects(other)
    assert ada.sees() == ["bob: a new log", came("ada"), "-- Connected again."]


def test_an_announcement_to_everyone_is_shown_once_though_each_room_has_it_in_its_past(chat: Chat, ada: Visit) -> None:
    from twistchat.core.events import Announced

    ada.says("/join tea")
    ada.breaks()
    chat.hub.pipeline.proclaim(Announced(EVERYWHERE, "Back at six"))
    chat.turn()
    ada.sees()
    ada.connects()
    assert [line for line in ada.sees() if "six" in line] == [announced("Back at six")]


def test_a_standing_announcement_without_a_number_is_shown_and_hides_nothing_that_was_missed(
    chat: Chat, ada: Visit
) -> None:
    """It stands from before a restart, and a log in memory does not know it: it is no entry, nor a sign of the past."""
    bob = chat.enters("bob")
    bob.sends("before")
    ada.sees()
    ada.breaks()
    chat.hub.rules.take(Act("announce", "op", text="Exam", until=chat.clock.seconds() + 3600, number=1))
    bob.sends(*(f"missed {number}" for number in range(50)))
    ada.connects()
    lines = ada.sees()
    assert lines.count(announced("Exam")) == 1
    assert [line for line in lines if line.startswith("bob")] == [f"bob: missed {number}" for number in range(50)]


# --- what was typed meanwhile


def test_what_was_typed_without_a_connection_is_said_with_the_next(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.breaks()
    ada.says("one", "/me waves", "two")
    assert len(ada.conversation.outbox) == 3
    bob.hears()
    ada.connects()
    assert bob.hears() == ["+ada", "ada: one", "* ada waves", "ada: two"]


def test_what_was_said_but_not_answered_is_not_said_again(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.is_cut = True
    ada.says("one", "two", "/me waves")
    ada.breaks()
    bob.hears()
    ada.connects()
    assert bob.hears() == ["+ada"]
    assert [line for line in ada.sees() if "ada" in line and line not in (came("ada"), went("ada"))] == [
        "ada: one",
        "ada: two",
        "* ada waves",
    ]


def test_what_never_arrived_is_said_again(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.conversation.say("one")
    ada.conversation.say("two")
    ada.breaks()
    bob.hears()
    ada.connects()
    assert bob.hears() == ["+ada", "ada: one", "ada: two"]


def test_a_line_whose_echo_came_but_not_its_answer_is_not_said_again(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.conversation.say("one")
    assert ada.peer is not None
    ada.peer.sends(ada._sent)
    for line in ada.peer.hears():
        if '"done"' not in line:
            ada.conversation.received(line)
    ada.breaks()
    bob.hears()
    ada.connects()
    assert bob.hears() == ["+ada"]


def test_a_command_that_may_have_been_done_is_given_back(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    ada.conversation.say("/msg bob psst")
    ada.breaks()
    ada.connects()
    assert bob.hears()[-1] == "+ada"
    assert ada.sees()[-1].endswith("it may not have been done: /msg bob psst")


def test_lines_that_the_flood_limit_holds_back_in_the_server_are_said_once(chat: Chat) -> None:
    """The earlier connection is ended before the new one enters, with all that it still held."""
    bob = chat.enters("bob")
    ada = Visit(chat).connects()
    chat.limit(flood=Rate(1, 2))
    ada.says(*(f"line {number}" for number in range(10)))
    ada.breaks(server_knows=False)
    chat.limit(flood=None)
    ada.connects()
    chat.clock.pump([1] * 20)
    ada.settles()
    assert [line for line in bob.hears() if "line" in line] == [f"ada: line {number}" for number in range(10)]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["say", "bob", "break", "half", "connect", "cut", "me"]), max_size=40))
def test_whatever_breaks_and_when_each_line_is_said_once_and_each_entry_shown_once(steps: list[str]) -> None:
    chat = Chat()
    bob, ada = chat.enters("bob"), Visit(chat).connects()
    typed: list[str] = []
    for count, step in enumerate(steps):
        if step == "say":
            typed.append(f"line {count}")
            ada.conversation.say(typed[-1])
        elif step == "me":
            ada.says(f"own {count}")
            typed.append(f"own {count}")
        elif step == "bob":
            bob.sends(f"bob {count}")
        elif step == "cut":
            ada.is_cut = True
        elif ada.peer is not None and step in ("break", "half"):
            ada.breaks(server_knows=step == "break")
        elif ada.peer is None and step == "connect":
            ada.connects()
    if ada.peer is not None and ada.is_cut:
        ada.breaks()
    if ada.peer is None:
        ada.connects()
    ada.settles()
    log = [entry for entry in chat.log.entries if entry.event.past]
    assert [entry.event.text for entry in log if entry.event.name == "ada"] == typed
    shown = set(ada.shown.numbers)
    assert len(shown) == len(ada.shown.numbers)
    assert shown >= {entry.number for entry in log if entry.event.name == "bob" or entry.event.name == "ada"}
