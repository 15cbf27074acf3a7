"""The client's side of the chat: coming in, catching up, saying each line once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.dialect import came
from support.visits import Visit

from twistchat.client.catchup import MOST_CAUGHT_UP, MOST_KEPT
from twistchat.client.outbox import MOST_IN_FLIGHT


@pytest.fixture
def ada(chat: Chat) -> Visit:
    """Ada at the client, in the lobby; what she saw on the way is forgotten."""
    visit = Visit(chat).connects()
    visit.sees()
    return visit


# --- coming in


def test_entering_shows_the_past_and_oneself_and_nothing_of_the_clients_own_requests(chat: Chat) -> None:
    chat.enters("bob").sends("early")
    ada = Visit(chat).connects()
    assert ada.sees() == ["bob: early", came("ada")]
    assert ada.conversation.is_in
    assert ada.conversation.people.of("lobby") == ["ada", "bob"]


def test_who_wants_little_of_the_past_gets_little_and_what_was_missed_all_the_same(chat: Chat) -> None:
    bob = chat.enters("bob")
    bob.sends("one", "two", "three")
    quiet = Visit(chat, "carol", past=0).connects()
    assert quiet.sees() == [came("carol")]
    ada = Visit(chat, past=1).connects()
    assert not any("bob: two" in line for line in ada.sees())
    ada.breaks()
    bob.sends(*(f"missed {number}" for number in range(5)))
    ada.connects()
    assert [line for line in ada.sees() if "missed" in line] == [f"bob: missed {number}" for number in range(5)]


def test_who_wants_another_room_is_there_and_not_in_the_lobby(chat: Chat) -> None:
    bob = chat.enters("bob")
    bob.sends("/join ci", "in ci", "/join lobby", "in the lobby")
    ada = Visit(chat, room="ci").connects()
    assert ada.sees() == ["bob: in ci", came("ada")]
    assert ada.conversation.rooms == ["ci"]
    ada.says("green")
    assert ada.sees() == ["ada: green"]
    assert chat.called("ada").membership.current == "ci"


def test_who_wants_a_room_that_cannot_be_is_told_why_and_is_in_the_lobby(chat: Chat) -> None:
    ada = Visit(chat, room="no/room").connects()
    assert ada.sees()[-2:] == [
        "A room's name is one word of letters, digits, _ and -, 24 characters at most.",
        came("ada"),
    ]
    assert ada.conversation.room == "lobby"


def test_what_others_say_on_the_way_in_is_shown_once_and_in_order(chat: Chat) -> None:
    bob = chat.enters("bob")
    ada = Visit(chat)
    ada.peer = ada.door.connects()
    ada.conversation.connected(ada._send)
    for number in range(6):
        bob.sends(f"line {number}")
        assert ada.peer is not None
        sent, ada._sent = ada._sent, b""
        ada.peer.sends(sent)
        for line in ada.peer.hears():
            ada.conversation.received(line)
    ada.settles()
    assert ada.shown.numbers == sorted(set(ada.shown.numbers))
    assert [line for line in ada.sees() if line.startswith("bob")] == [f"bob: line {n}" for n in range(6)]


def test_a_refused_name_can_be_followed_by_another(chat: Chat) -> None:
    chat.enters("ada")
    visit = Visit(chat).connects()
    assert visit.shown.refused_names == ["name-taken"]
    visit.conversation.take_name("eve")
    visit.settles()
    assert visit.sees() == [came("eve")]


def test_the_name_is_the_one_that_the_server_shows(chat: Chat) -> None:
    assert Visit(chat, name="ａｄａ").connects().conversation.name == "ada"


# --- talking


def test_one_sees_ones_own_line_once_it_is_stored(chat: Chat, ada: Visit) -> None:
    ada.says("hello")
    assert ada.sees() == ["ada: hello"]
    assert len(ada.conversation.outbox) == 0


def test_commands_are_answered(ada: Visit) -> None:
    ada.says("/who")
    assert ada.sees() == ["In lobby (1): ada"]
    ada.says("/ping tea")
    assert ada.sees() == ["pong tea"]


def test_a_refusal_names_the_line_that_is_refused(ada: Visit) -> None:
    ada.says("/nosuch thing")
    assert ada.sees()[0].endswith("(/nosuch thing)")


def test_no_more_lines_are_on_their_way_than_the_limit(chat: Chat, ada: Visit) -> None:
    chat.log.slow = True
    ada.says(*(f"line {number}" for number in range(40)))
    assert len(ada.conversation.outbox) == 40
    assert sum(len(events) for events in chat.log.appended) <= 1 + MOST_IN_FLIGHT
    chat.log.hurry()
    assert ada.sees() == [f"ada: line {number}" for number in range(40)]


def test_a_ping_of_the_clients_own_shows_nothing_and_does_not_count_as_activity(chat: Chat, ada: Visit) -> None:
    chat.clock.advance(100)
    answered: list[bool] = []
    ada.conversation.ping(lambda: answered.append(True))
    assert ada.sees() == []
    assert answered == [True]
    assert chat.called("ada").active == 0


def test_history_that_is_asked_for_is_shown_also_when_it_was_seen_before(ada: Visit) -> None:
    ada.says("hello")
    ada.sees()
    ada.says("/history")
    assert ada.sees() == ["ada: hello", "/history 20 before 2 shows what is older."]


def test_another_room_is_turned_to_and_its_people_are_known(chat: Chat, ada: Visit) -> None:
    bob = chat.enters("bob")
    bob.sends("/join kitchen")
    ada.sees()
    ada.says("/join kitchen")
    assert ada.sees() == ["You now talk in kitchen.", came("ada")]
    assert ada.conversation.room == "kitchen"
    assert ada.conversation.people.of("kitchen") == ["ada", "bob"]
    bob.sends("/quit")
    ada.settles()
    assert ada.conversation.people.of("kitchen") == ["ada"]
    ada.says("/leave")
    assert ada.conversation.room == "lobby"


def test_who_has_left_the_last_room_is_in_none_and_with_another_connection_in_the_lobby(ada: Visit) -> None:
    ada.says("/leave")
    assert (ada.conversation.room, ada.conversation.rooms) == ("", [])
    ada.says("/join tea")
    assert ada.conversation.room == "tea"
    ada.says("/leave")
    ada.breaks()
    ada.connects()
    assert (ada.conversation.room, ada.conversation.rooms) == ("lobby", ["lobby"])


def test_a_new_name_is_kept_in_mind(ada: Visit) -> None:
    ada.says("/nick eve")
    assert ada.conversation.name == "eve"
    assert ada.conversation.people.all() == ["eve"]


def test_private_messages_are_shown(chat: Chat, ada: Visit) -> None:
    chat.enters("bob").sends("/msg ada psst")
    assert ada.sees()[-1] == "[private] bob to ada: psst"


# --- the end


def test_leaving_ends_it_well(chat: Chat, ada: Visit) -> None:
    ada.says("one", "/quit")
    assert ada.shown.status == 0
    assert ada.conversation.outbox.unsaid() == []


def test_a_server_that_stops_is_waited_for(chat: Chat, ada: Visit) -> None:
    chat.hub.shut_down()
    assert ada.sees() == ["The server is stopping. Goodbye."]
    assert ada.shown.status is None


def test_who_is_put_out_does_not_come_back_by_themselves(chat: Chat, ada: Visit) -> None:
    chat.called("ada").end("spam")
    ada.settles()
    assert ada.shown.status == 1


# --- what is none of ours


@pytest.mark.parametrize("line", ["Welcome to another server", "", "[1]", "{broken"])
def test_what_is_no_object_is_told_apart(chat: Chat, line: str) -> None:
    assert not Visit(chat).conversation.received(line)


def test_a_server_that_sends_the_past_without_end_fills_no_memory(chat: Chat) -> None:
    visit = Visit(chat)
    visit.conversation.connected(lambda data: None)
    for number in range(MOST_KEPT + 2 * MOST_CAUGHT_UP):
        past = "false" if number % 2 else "true"
        visit.conversation.received(
            f'{{"kind":"said","number":{number + 1},"time":1,"room":"lobby","name":"x","text":"","past":{past}}}'
        )
    assert len(visit.conversation._past) < MOST_CAUGHT_UP
    assert len(visit.conversation._catching["lobby"]._items) <= MOST_KEPT


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda j: st.lists(j) | st.dictionaries(st.text(), j)
    )
)
def test_an_object_of_any_kind_breaks_nothing(value: object) -> None:
    from twistchat.wire.json import dumps

    visit = Visit(Chat()).connects()
    for kind in ("said", "notice", "refused", "done", "welcome", "goodbye", "joined", "left", "new", value):
        for code in ("who", "turned", "x"):
            line = {
                "kind": kind,
                "code": code,
                "id": value,
                "number": value,
                "time": value,
                "data": value,
                "name": value,
                "commands": value,
            }
            visit.conversation.received(dumps(line))
    visit.conversation.received(dumps({"kind": "said", "number": 10**30, "time": 1e308, "room": "x", "name": "y"}))
