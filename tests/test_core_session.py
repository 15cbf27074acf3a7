"""One person: giving a name, talking too fast, waiting for a slow log, and going."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import FORMAT, Chat
from support.tokens import ProgramFormat

from twistchat.core.intake import MOST_HELD
from twistchat.core.limits import Rate
from twistchat.core.replies import notice
from twistchat.errors import NotText

SLOW_DOWN = "slow-down"
TAKEN = "refused name-taken name={}"
OVERLOADED = "refused overloaded"

# --- giving a name


def test_whoever_gives_a_name_is_welcomed_and_everyone_is_told(chat: Chat) -> None:
    bob = chat.enters("bob")
    ada = chat.connects()
    ada.sends("ada")
    assert ada.hears() == ["welcome ada", "+ada"]
    assert bob.hears() == ["+ada"]


def test_who_comes_sees_the_latest_lines_and_none_of_them_again(chat: Chat) -> None:
    bob = chat.enters("bob")
    bob.sends("before")
    ada = chat.connects()
    bob.types("same turn, earlier")
    ada.types("ada")
    bob.types("same turn, later")
    chat.turn()
    assert ada.hears() == [
        "welcome ada",
        "past lobby: @0 bob: before",
        "past lobby: @0 bob: same turn, earlier",
        "+ada",
        "bob: same turn, later",
    ]


def test_people_who_come_in_one_turn_see_only_those_who_come_after_them(chat: Chat) -> None:
    ada, bob = chat.connects(), chat.connects()
    ada.types("ada")
    bob.types("bob")
    chat.turn()
    assert ada.hears() == ["welcome ada", "+ada", "+bob"]
    assert bob.hears() == ["welcome bob", "+bob"]


def test_silence_at_the_name_prompt_ends_the_connection(chat: Chat) -> None:
    ada = chat.connects()
    chat.clock.advance(59)
    assert ada.client.connected
    chat.clock.advance(1)
    assert ada.hears() == ["refused name-not-given seconds=60.0"]
    assert not ada.client.connected
    assert not chat.hub.everyone


def test_refused_names_do_not_win_time(chat: Chat) -> None:
    chat.enters("ada")
    other = chat.connects()
    chat.clock.advance(50)
    other.sends("ada", "", "  ", "a b")
    assert other.hears() == [TAKEN.format("ada"), "refused name-has-space"]
    chat.clock.advance(10)
    assert not other.client.connected


def test_a_name_prompt_without_a_limit_waits_for_ever() -> None:
    chat = Chat(name_seconds=None)
    ada = chat.connects()
    chat.clock.advance(1e6)
    ada.sends("ada")
    assert ada.name == "ada"


def test_who_gave_a_name_is_not_sent_away_because_the_log_is_slow(chat: Chat) -> None:
    ada = chat.connects()
    chat.log.slow = True
    ada.sends("ada")
    chat.clock.advance(100)
    assert ada.client.connected
    chat.log.hurry()
    chat.turn()
    assert "+ada" in ada.hears()
    chat.clock.advance(1000)
    assert ada.client.connected


def test_who_has_only_one_try_is_sent_away_with_the_reason(chat: Chat) -> None:
    chat.enters("ada")
    other = chat.connects(one_try=True)
    other.sends("ada")
    assert other.hears() == [TAKEN.format("ada")]
    assert not other.client.connected
    assert other.session.is_gone


def test_an_invisible_name_is_refused_where_there_is_only_one_try(chat: Chat) -> None:
    other = chat.connects(one_try=True)
    other.sends("\u200b")
    assert other.hears() == ["refused name-empty"]
    assert not other.client.connected


def test_lines_right_behind_the_name_are_said(chat: Chat) -> None:
    bob = chat.enters("bob")
    ada = chat.connects()
    ada.sends("ada", "hello", "/me waves")
    assert bob.hears() == ["+ada", "ada: hello", "* ada waves"]


ANSWERED = {"/who": "who", "/nosuch": "refused", "/ping now": "pong", "x" * 2000: "refused"}
"""Lines, and how what answers them begins."""


@given(st.lists(st.sampled_from([*ANSWERED, "hello", ""]), min_size=1, max_size=8))
def test_what_answers_lines_right_behind_the_name_follows_the_welcome_in_their_order(lines: list[str]) -> None:
    chat = Chat()
    ada = chat.connects()
    ada.sends("ada", *lines)
    chat.turn()
    heard = ada.hears()
    assert heard[:2] == ["welcome ada", "+ada"]
    answers = [line.partition(" ")[0] for line in heard[2:] if line != "ada: hello"]
    assert answers == [ANSWERED[line] for line in lines if line in ANSWERED]
    assert heard.count("ada: hello") == lines.count("hello")


def test_a_command_right_behind_a_name_is_not_done_for_somebody_whose_coming_is_not_stored(chat: Chat) -> None:
    chat.enters("bob")
    chat.log.slow = True
    ada = chat.connects()
    ada.types("ada")
    ada.types("/who", tag="1")
    chat.turn()
    chat.log.give_up()
    assert ada.hears() == ["refused not-stored reason=the disk is full tag=1"]


def test_a_command_right_behind_a_name_is_not_done_for_somebody_who_is_gone_by_then(chat: Chat) -> None:
    bob = chat.enters("bob")
    chat.log.slow = True
    ada = chat.connects()
    ada.types("ada", "/me waves")
    chat.turn()
    ada.vanishes()
    chat.log.hurry()
    chat.turn()
    assert bob.hears() == ["+ada", "-ada"]


def test_a_name_is_free_at_once_when_its_connection_dies(chat: Chat) -> None:
    chat.enters("ada").vanishes()
    again = chat.connects()
    again.types("ada")
    chat.turn()
    assert "welcome ada" in again.hears()


def test_a_name_given_but_not_committed_is_free_when_its_connection_dies(chat: Chat) -> None:
    bob, ada = chat.enters("bob"), chat.connects()
    ada.types("ada")
    ada.vanishes()
    chat.enters("ada")
    assert bob.hears() == ["+ada", "-ada", "+ada"]


def test_a_name_being_changed_is_free_when_its_connection_dies(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("/nick eve")
    ada.vanishes()
    chat.log.slow = False
    chat.connects().types("ada")
    chat.connects().types("eve")
    assert chat.names == {"ada", "eve"}


def test_two_people_cannot_have_one_name_even_within_a_turn(chat: Chat) -> None:
    ada, other = chat.connects(), chat.connects()
    ada.types("ada")
    other.types("ADA")
    chat.turn()
    assert "+ada" in ada.hears()
    assert other.hears() == [TAKEN.format("ADA")]
    other.sends("eve")
    assert "+eve" in other.hears()


# --- when the log is slow or fails


def test_who_comes_while_the_log_fails_is_told_and_may_try_again(chat: Chat) -> None:
    bob = chat.enters("bob")
    chat.log.slow = True
    ada = chat.connects()
    ada.sends("ada", "hello")
    chat.log.give_up()
    assert ada.hears() == ["refused not-stored reason=the disk is full"]
    assert ada.name is None
    chat.log.hurry()
    ada.sends("ada")
    assert ada.hears()[0] == "welcome ada"
    assert bob.hears() == ["+ada"], "and nothing of the first try"


def test_lines_wait_in_their_order_while_the_log_is_slow(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("/join tea", "one", "/join chess", "two")
    chat.log.slow = False
    assert ada.hears() == []
    chat.log.go_on()
    chat.turn()
    assert [(e.event.room, getattr(e.event, "text", "")) for e in chat.log.entries[1:]] == [
        ("tea", ""),
        ("tea", "one"),
        ("chess", ""),
        ("chess", "two"),
    ]


def test_as_many_lines_as_may_be_held_are_taken_and_the_next_are_refused(chat: Chat) -> None:
    chat.limit(rooms_each=1000)
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("/join first", *(f"/join r{number}" for number in range(MOST_HELD + 2)))
    assert ada.hears() == [OVERLOADED] * 2
    chat.log.hurry()
    chat.turn()
    assert len(ada.rooms) == 2 + MOST_HELD


def test_lines_held_by_a_connection_that_died_are_forgotten(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("/join tea", "hello")
    ada.vanishes()
    chat.log.hurry()
    chat.turn()
    assert "tea" not in chat.open_rooms
    assert [type(entry.event).__name__ for entry in chat.log.entries] == ["Joined", "Gone"]


def test_a_log_that_cannot_be_read_keeps_nobody_from_trying_again(chat: Chat) -> None:
    chat.log.slow = True
    ada = chat.connects()
    ada.sends("ada")
    chat.log.give_up()
    assert ada.hears() == ["refused not-stored reason=the disk is full"]
    chat.log.slow = False
    ada.sends("ada")
    assert "+ada" in ada.hears()


def test_who_could_not_come_in_is_not_in_the_room_they_asked_for_meanwhile(chat: Chat) -> None:
    chat.enters("bob")
    chat.log.slow = True
    ada = chat.connects()
    ada.sends("ada", "/join tea")
    ada.hears()
    chat.log.give_up()  # their coming
    chat.log.hurry()  # the room
    chat.turn()
    assert not any("tea" in line for line in ada.hears())
    assert "tea" not in chat.open_rooms


# --- talking too fast


@pytest.fixture
def busy() -> Chat:
    return Chat(flood=Rate(2.0, 10))


def test_a_fast_talker_is_held_back_and_loses_nothing(busy: Chat) -> None:
    ada, bob = busy.enters("ada"), busy.enters("bob")
    ada.hears()
    ada.sends(*map(str, range(13)))
    assert [line for line in ada.hears() if line != SLOW_DOWN] == [f"ada: {n}" for n in range(13)]
    assert len(bob.hears()) == 13
    assert ada.client.holds == [0.5, 1.0, 1.5, 2.0], "ten at once, the name being one of them"


def test_who_is_held_back_is_told_so_once_in_ten_seconds(busy: Chat) -> None:
    ada = busy.enters("ada")
    ada.sends(*map(str, range(15)))
    assert ada.hears().count(SLOW_DOWN) == 1
    busy.clock.advance(9)
    ada.sends(*map(str, range(15)))
    assert ada.hears().count(SLOW_DOWN) == 0
    busy.clock.advance(1)
    ada.sends(*map(str, range(20)))
    assert ada.hears().count(SLOW_DOWN) == 1


def test_who_cannot_be_held_back_is_refused_with_a_sentence_a_second(busy: Chat) -> None:
    ada = busy.enters("ada", patient=False)
    ada.sends(*map(str, range(50)))
    too_fast = "refused too-fast seconds=0.5"
    heard = ada.hears()
    assert heard.count(too_fast) == 1
    assert len(heard) == 1 + 9
    busy.clock.advance(0.4)
    assert ada.asks("again") == []
    busy.clock.advance(0.6)
    assert ada.asks("again") == ["ada: again"]


def test_lines_that_cannot_be_read_cost_as_much_as_others(busy: Chat) -> None:
    ada = busy.enters("ada", patient=False)
    for _ in range(50):
        ada.session.reject(NotText())
    assert len(ada.hears()) == 9 + 1
    ada.vanishes()
    ada.session.reject(NotText())


def test_commands_that_everyone_hears_of_cost_more(busy: Chat) -> None:
    ada = busy.enters("ada", patient=False)
    ada.sends("/nick a1", "/nick a2", "/nick a3", "/nick a4", "/nick a5")
    assert ada.name == "a4"


# --- going


def test_nothing_is_taken_from_somebody_who_is_gone(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.vanishes()
    ada.sends("from beyond")
    ada.session.close()
    ada.session.end()
    chat.turn()
    assert bob.hears() == ["-ada"]


def test_quitting_says_goodbye_and_gives_the_reason(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    assert ada.asks("/quit so long") == ["goodbye"]
    assert not ada.client.connected
    assert bob.hears() == ["-ada (so long)"]


def test_a_reason_over_the_limit_is_refused(chat: Chat) -> None:
    ada = chat.enters("ada")
    assert ada.asks("/quit " + "x" * 1001) == ["refused text-too-long limit=1000"]
    assert ada.client.connected


def test_everyone_is_told_when_the_server_stops(chat: Chat) -> None:
    people = [chat.enters("ada"), chat.connects()]
    people[0].hears()
    chat.hub.shut_down()
    for person in people:
        assert person.hears() == ["stopping", "goodbye"]
        assert not person.client.connected
    assert not chat.hub.everyone


def test_a_client_that_is_learned_to_speak_otherwise_is_spoken_to_so(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    bob.sends("/time on")
    bob.session.speak(ProgramFormat())
    bob.hears()
    ada.sends("hello")
    assert bob.hears() == ["@0 ada: hello"]
    bob.vanishes()
    bob.session.speak(FORMAT)
    assert ada.asks("/who") == ["who room=lobby count=2 people=ada,bob", "-bob"], (
        "the answer comes at once, the rest with the turn"
    )


@pytest.mark.parametrize(
    "asked", ["/search tea", "/history 5", "/missed", "/join kitchen", "/nick eve", "hello", "/msg bob psst"]
)
def test_whoever_is_gone_is_told_nothing_whatever_answer_was_still_due(chat: Chat, asked: str) -> None:
    ada, _ = chat.enters("ada"), chat.enters("bob")
    chat.log.slow = True
    ada.types(asked, tag="1")
    chat.turn()
    ada.session.close()  # the connection itself could still take something
    told = len(ada.client.frames)
    for _ in range(3):
        chat.log.hurry()
        chat.turn()
    ada.session.tell(notice("pong", "pong"))
    assert len(ada.client.frames) == told


def test_whoever_is_gone_holds_on_to_nobody_and_nobody_to_them(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    bob.sends("/msg ada psst")
    ada.vanishes()
    chat.turn()
    assert ada.inside.reply_to is None
    assert ada.inside not in chat.hub.everyone and ada.inside not in chat.named
    assert chat.people_in("lobby") == ["bob"]
    assert len(chat.hub.admission) == 0, "both are on this machine"


def test_what_cannot_be_read_behind_a_name_is_refused_behind_the_welcome(chat: Chat) -> None:
    chat.log.slow = True
    ada = chat.connects()
    ada.types("ada")
    ada.session.reject(NotText())
    ada.types("hello")
    chat.turn()
    assert ada.hears() == []
    for _ in range(3):
        chat.log.hurry()
        chat.turn()
    heard = ada.hears()
    assert heard[0] == "welcome ada"
    assert heard[-2:] == ["refused not-text", "ada: hello"]


def test_what_stands_behind_a_name_that_is_refused_later_is_no_name_and_each_tag_is_answered(chat: Chat) -> None:
    chat.enters("bob")
    chat.log.slow = True
    ada = chat.connects()
    ada.types("ada", "hello")
    ada.types("/who", tag="1")
    chat.turn()
    chat.log.give_up()
    assert ada.hears() == ["refused not-stored reason=the disk is full tag=1"]
    assert ada.name is None


def test_who_quits_twice_in_order_quits_once(chat: Chat) -> None:
    eve, ada = chat.enters("eve"), chat.enters("ada")
    for _ in range(2):
        ada.session.end_in_order(30)
    chat.turn()
    assert eve.hears()[-1] == "-ada"
    assert not chat.clock.getDelayedCalls()
