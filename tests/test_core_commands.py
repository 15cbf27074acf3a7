"""The /commands, used rightly and wrongly."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from support.chat import Chat, Person

from twistchat.core.command_table import CommandTable, command
from twistchat.core.commands import COMMANDS, looking, preferring
from twistchat.core.session import Session

USE = "Use it like this: {}"
NOBODY = "Nobody called {} is here. /who lists the people."
NO_ROOM = "You are in no room, so nobody would hear that. /join ROOM first; /rooms lists them."


@pytest.fixture
def ada(chat: Chat) -> Person:
    return chat.enters("ada")


@pytest.fixture
def bob(chat: Chat, ada: Person) -> Person:
    bob = chat.enters("bob")
    ada.hears()
    return bob


# --- telling commands from what is said


def test_two_slashes_say_a_text_that_begins_with_one(ada: Person) -> None:
    assert ada.asks("//join is a command") == ["ada: /join is a command"]
    assert ada.asks("///") == ["ada: //"]


def test_an_unknown_command_names_the_nearest(ada: Person) -> None:
    assert ada.asks("/jion tea") == ["There is no /jion. Did you mean /join? //jion says it as text."]
    assert ada.asks("/whispr bob x") == ["There is no /whispr. Did you mean /msg? //whispr says it as text."]
    assert ada.asks("/xyzzy") == ["There is no /xyzzy. /help lists the commands; //xyzzy says it as text."]
    assert ada.asks("/") == ["There is no /. /help lists the commands; // says it as text."]


def test_commands_are_written_in_any_case_and_have_other_names(ada: Person) -> None:
    assert ada.asks("/PING") == ["pong"]
    assert ada.asks("/names") == ["In lobby (1): ada"]


def test_nothing_is_said_of_an_empty_line(ada: Person) -> None:
    assert ada.asks("") == ada.asks("   ") == ada.asks("\x00\x1b[0m") == []


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("/join", "/join ROOM"),
        ("/nick", "/nick NAME"),
        ("/me", "/me ACTION"),
        ("/msg", "/msg NAME TEXT"),
        ("/msg bob", "/msg NAME TEXT"),
        ("/unignore", "/unignore NAME"),
        ("/whois", "/whois NAME"),
        ("/echo", "/echo on|off"),
        ("/echo maybe", "/echo on|off"),
        ("/time", "/time on|off"),
    ],
)
def test_a_command_without_what_it_needs_shows_its_use(bob: Person, ada: Person, line: str, usage: str) -> None:
    assert ada.asks(line) == [USE.format(usage)]


def test_reply_without_a_text_shows_its_use(ada: Person, bob: Person) -> None:
    bob.sends("/msg ada hi")
    assert ada.asks("/reply")[-1] == USE.format("/reply TEXT")


# --- /help


def test_help_lists_every_command(ada: Person) -> None:
    heard = ada.asks("/help")
    assert len(heard) == len(COMMANDS) + 1
    for row, line in zip(COMMANDS, heard, strict=False):
        assert line.startswith(row.usage)
        assert line.endswith(row.explanation)
    assert "//text" in heard[-1]


@pytest.mark.parametrize("line", ["/help nick", "/help /nick", "/help NICKNAME", "/? nick"])
def test_help_explains_one_command(ada: Person, line: str) -> None:
    assert ada.asks(line) == ["/nick NAME  changes your name"]


def test_help_about_nothing_known_names_the_nearest(ada: Person) -> None:
    assert "Did you mean /topic?" in ada.asks("/help topik")[0]


def test_no_two_commands_share_a_name_or_an_alias() -> None:
    called = Counter(word for row in COMMANDS for word in (row.name, *row.aliases))
    assert set(called.values()) == {1}


def test_a_new_command_is_one_row(chat: Chat) -> None:
    @command("/dice [SIDES]", "throws a die", aliases="roll", price=2.0)
    def dice(session: Session, argument: str) -> None:
        session.act(f"throws a die of {argument or '6'} sides")

    chat.hub.commands = CommandTable([*COMMANDS, dice], {"骰子": "dice"})
    ada = chat.enters("ada")
    for line in ("/dice 20", "/roll 20", "/骰子 20"):
        assert ada.asks(line) == ["* ada throws a die of 20 sides"]
    assert ada.asks("/help roll") == ["/dice [SIDES]  throws a die"]
    assert any(line.startswith("/dice [SIDES] ") for line in ada.asks("/help"))
    assert "Did you mean /dice?" in ada.asks("/dicee")[0]


# --- /who, /rooms, /whois


def test_who_lists_the_people_of_a_room(chat: Chat, ada: Person, bob: Person) -> None:
    chat.enters("Zoe").sends("/join tea")
    assert ada.asks("/who") == ["In lobby (3): ada, bob, Zoe"]
    assert ada.asks("/who #TEA") == ["In tea (1): Zoe"]
    assert ada.asks("/who chess") == ["There is no room chess right now. /rooms lists them; /join chess opens it."]
    assert "one word of letters" in ada.asks("/who a/b")[0]


def test_who_names_as_many_as_fit_into_an_answer(chat: Chat, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_NAMED", 2)
    for name in ("bob", "cyd", "dan"):
        chat.enters(name)
    assert ada.asks("/who") == ["In lobby (4): ada, bob", "... and 2 more."]


def test_rooms_lists_the_fullest_first_with_topics(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea", "/topic green or black")
    assert ada.asks("/rooms") == ["lobby (2)", "tea (1): green or black"]


def test_rooms_lists_as_many_as_fit_into_an_answer(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_ROOMS_LISTED", 2)
    ada.sends("/join a", "/join b", "/join c")
    assert ada.asks("/rooms") == ["a (1)", "b (1)", "... and 2 more."]


def test_whois_tells_by_what_and_since_when_somebody_is_here(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    chat.clock.advance(3700)
    bob.sends("hello")
    chat.clock.advance(5)
    assert ada.asks("/whois BOB")[-1] == "bob: by fake, here for 1 h 1 min, idle for 5 s, in lobby, tea"
    assert ada.asks("/whois eve") == [NOBODY.format("eve")]
    ada.sends("/leave")
    assert ada.asks("/whois ada") == ["ada: by fake, here for 1 h 1 min, idle for 0 s, in -"]


# --- rooms


def test_joining_opens_a_room_and_turns_to_it(ada: Person, bob: Person) -> None:
    assert ada.asks("/join tea") == ["You now talk in tea.", "ada joined!"]
    assert bob.hears() == []
    bob.sends("hello")
    ada.sends("hi")
    assert ada.hears() == ["[lobby] bob: hello", "ada: hi"]
    assert ada.asks("/join lobby") == ["You now talk in lobby."]
    assert ada.asks("back") == ["ada: back"]


def test_lines_of_several_rooms_come_in_the_order_in_which_they_were_said(ada: Person, bob: Person) -> None:
    ada.sends("/join tea")
    bob.sends("/join tea", "/join lobby")
    ada.hears()
    ada.types("one")
    bob.types("two")
    ada.types("three")
    bob.sends("/msg ada four", "five")
    assert ada.hears() == [
        "ada: one",
        "[lobby] bob: two",
        "ada: three",
        "[private] bob to ada: four",
        "[lobby] bob: five",
    ]


def test_leaving_a_room_turns_to_another(ada: Person, bob: Person) -> None:
    ada.sends("/join tea")
    assert ada.asks("/leave") == ["You left tea."]
    assert ada.asks("here") == ["ada: here"]
    assert ada.asks("/leave tea") == ["You are not in tea. /whois with your own name shows your rooms."]


def test_after_leaving_the_last_room_nobody_would_hear(ada: Person, bob: Person) -> None:
    assert ada.asks("/leave") == ["You left lobby."]
    assert bob.hears() == ["ada left!"]
    for line in ("hello?", "/me shouts", "/topic x", "/topic", "/who", "/leave"):
        assert ada.asks(line) == [NO_ROOM]
    assert ada.asks("/join lobby")[-1] == "ada joined!"


def test_leaving_and_coming_back_within_a_turn_is_told_as_it_was(ada: Person, bob: Person) -> None:
    ada.sends("/leave", "/join lobby", "here again")
    assert bob.hears() == ["ada left!", "ada joined!", "ada: here again"]
    assert "ada: here again" in ada.hears()


def test_nobody_is_in_more_than_twenty_rooms(ada: Person) -> None:
    ada.sends(*(f"/join r{number}" for number in range(19)))
    assert ada.asks("/join r19") == ["You are in 20 rooms, which is the most. /leave one first."]
    ada.sends("/leave r0")
    assert "You now talk in r19." in ada.asks("/join r19")


def test_a_full_table_of_rooms_opens_no_more(chat: Chat, ada: Person) -> None:
    chat.limit(rooms=2)
    ada.sends("/join tea")
    assert ada.asks("/join chess") == [
        "There are 2 rooms open, which is the most. Join one of them: /rooms lists them."
    ]
    ada.sends("/leave tea")
    assert "You now talk in chess." in ada.asks("/join chess")


def test_rooms_asked_for_at_once_do_not_overfill_the_table(chat: Chat, ada: Person, bob: Person) -> None:
    chat.limit(rooms=2)
    chat.log.slow = True
    ada.sends("/join tea")
    bob.sends("/join chess")
    chat.log.hurry()
    chat.turn()
    assert set(chat.hub.rooms) == {"lobby", "tea"}
    assert "2 rooms open" in bob.hears()[-1]


def test_a_room_that_could_not_be_entered_is_not_left_open(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twistchat.core.hub.MOST_PENDING", 0)
    assert ada.asks("/join tea")[0].startswith("The server has too much to do.")
    monkeypatch.undo()
    assert ada.asks("/rooms") == ["lobby (1)"]


def test_topics_are_shown_set_and_told_to_those_who_come(chat: Chat, ada: Person, bob: Person) -> None:
    assert ada.asks("/topic") == ["lobby has no topic. /topic TEXT sets one."]
    ada.sends("/topic \x1b[31mTea at four")
    assert bob.hears() == ["ada set the topic: Tea at four"]
    assert ada.asks("/topic") == ["Topic of lobby: Tea at four"]
    cyd = chat.connects()
    cyd.sends("cyd")
    assert "Topic of lobby: Tea at four" in cyd.hears()
    assert "1000 characters" in ada.asks("/topic " + "x" * 1001)[0]


def test_a_room_that_was_empty_has_its_topic_and_its_latest_lines_again(ada: Person, bob: Person) -> None:
    ada.sends("/join tea", "/topic green", "hello", "/leave")
    heard = bob.asks("/join tea")
    assert heard[0] == "You now talk in tea."
    assert "Topic of tea: green" in heard
    assert "[1970-01-01 00:00] ada: hello" in heard


# --- names


def test_a_new_name_is_told_and_the_old_one_is_free(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/nick eve")
    assert bob.hears() == ["ada is now called eve."]
    chat.enters("ada")


def test_a_name_may_change_its_spelling(ada: Person, bob: Person) -> None:
    ada.sends("/nick ADA", "/nick ADA")
    assert bob.hears() == ["ada is now called ADA."]
    assert bob.asks("/nick ADA") == ["ADA is taken, or looks like a name that is. Choose another name."]


def test_there_and_back_within_a_turn_keeps_the_name(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/nick eve", "/nick ada")
    assert bob.hears() == ["ada is now called eve.", "eve is now called ada."]
    assert bob.asks("/nick ada")[0].startswith("ada is taken")
    assert bob.asks("/nick eve") == ["bob is now called eve."]


def test_who_is_in_no_room_is_told_alone_of_a_new_name(ada: Person, bob: Person) -> None:
    ada.sends("/leave")
    bob.hears()
    assert ada.asks("/nick eve") == ["ada is now called eve."]
    assert bob.hears() == []
    assert bob.asks("/whois ada") == [NOBODY.format("ada")]


def test_a_name_that_could_not_be_stored_is_free_and_the_old_one_is_back(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    ada.sends("/nick eve", "/nick eva")
    chat.log.give_up()
    chat.log.slow = False
    assert ada.session.name == "ada"
    assert bob.asks("/nick eve") == ["bob is now called eve."]
    assert bob.asks("/nick eva") == ["eve is now called eva."]
    assert bob.asks("/nick ada")[0].startswith("ada is taken")


def test_a_rename_behind_one_that_failed_is_not_told(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    ada.sends("/nick eve")
    ada.sends("/nick eva")
    chat.log.give_up()
    chat.log.hurry()
    chat.turn()
    assert bob.hears() == []
    assert ada.session.name == "ada"
    assert bob.asks("/nick eve") == ["bob is now called eve."]


def test_a_leaving_that_could_not_be_stored_leaves_one_where_one_was(chat: Chat, ada: Person) -> None:
    chat.log.slow = True
    ada.sends("/leave")
    chat.log.give_up()
    chat.log.slow = False
    ada.hears()
    assert ada.asks("still here") == ["ada: still here"]


# --- private messages


def test_a_private_message_is_seen_by_two_and_stored_by_none(chat: Chat, ada: Person, bob: Person) -> None:
    cyd = chat.enters("cyd")
    bob.hears()
    assert ada.asks("/msg bob psst") == ["[private] ada to bob: psst"]
    assert bob.hears() == ["[private] ada to bob: psst"]
    assert cyd.hears() == []
    assert not any("psst" in repr(entry) for entry in chat.log.entries)


def test_a_private_message_needs_somebody_else(ada: Person, bob: Person) -> None:
    assert ada.asks("/msg ada hello me") == ["That is you. Give another person's name; /who lists the people."]
    assert ada.asks("/msg eve hello") == [NOBODY.format("eve")]
    assert ada.asks("/msg =bob hello") == [NOBODY.format("=bob")]


def test_a_private_message_to_somebody_who_ignores_one_is_refused(ada: Person, bob: Person) -> None:
    bob.sends("/ignore ada")
    assert ada.asks("/msg bob hello") == ["bob ignores you. That was not sent."]


def test_reply_answers_the_last_private_message(ada: Person, bob: Person) -> None:
    assert bob.asks("/reply hm") == ["Nobody has sent you a private message yet. /msg NAME TEXT sends one."]
    ada.sends("/msg bob psst")
    bob.hears()
    assert bob.asks("/reply what?") == ["[private] bob to ada: what?"]


def test_reply_reaches_the_person_and_not_who_took_their_name(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/msg bob psst", "/nick eve")
    thief = chat.enters("ada")
    bob.hears()
    assert bob.asks("/reply secret") == ["[private] bob to eve: secret"]
    assert thief.hears() == []
    ada.vanishes()
    chat.turn()
    assert bob.asks("/reply more")[-1] == NOBODY.format("eve")


def test_a_private_message_that_was_not_delivered_is_not_replied_to(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    ada.sends("/msg bob psst")
    assert bob.asks("/reply hm") == ["Nobody has sent you a private message yet. /msg NAME TEXT sends one."]


def test_a_private_message_to_somebody_who_left_meanwhile_is_lost_quietly(chat: Chat, ada: Person, bob: Person) -> None:
    ada.types("/msg bob psst")
    bob.vanishes()
    chat.turn()
    assert ada.hears() == ["[private] ada to bob: psst", "bob left!"]


# --- ignoring


def test_ignoring_hides_what_somebody_says_and_not_their_coming_and_going(ada: Person, bob: Person) -> None:
    assert ada.asks("/ignore bob") == ["You ignore bob now. /unignore bob ends it."]
    bob.sends("hello", "/me waves", "/nick rob", "still me", "/quit")
    assert ada.hears() == ["bob is now called rob.", "rob left!"]


def test_ignoring_survives_a_new_name_from_wherever(ada: Person, bob: Person) -> None:
    ada.sends("/ignore bob", "/join tea", "/leave lobby")
    bob.sends("/nick rob", "/leave", "/nick rod", "/join tea", "hello")
    assert ada.hears()[-1] == "rod joined!"
    assert ada.asks("/ignore") == ["You ignore: rod"]
    assert bob.asks("/msg ada hi") == ["ada ignores you. That was not sent."]


def test_who_takes_an_ignored_name_later_is_heard(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/ignore bob")
    bob.sends("/nick rob")
    chat.enters("bob").sends("I am new")
    assert ada.hears()[-1] == "bob: I am new"


def test_lines_ignored_are_not_in_the_past_of_another_room(ada: Person, bob: Person) -> None:
    bob.sends("/join tea", "hidden")
    ada.sends("/ignore bob")
    assert not any("hidden" in line for line in ada.asks("/join tea"))


def test_unignoring_shows_them_again(ada: Person, bob: Person) -> None:
    ada.sends("/ignore bob")
    assert ada.asks("/unignore BOB") == ["You hear bob again."]
    assert ada.asks("/unignore bob") == ["You do not ignore bob. /ignore alone lists the people that you ignore."]
    bob.sends("hello")
    assert ada.hears() == ["bob: hello"]
    assert ada.asks("/ignore") == ["You ignore: -"]


def test_nobody_ignores_themselves_or_nobody(ada: Person) -> None:
    assert ada.asks("/ignore ada")[0].startswith("That is you.")
    assert ada.asks("/ignore eve") == [NOBODY.format("eve")]


def test_a_list_of_the_ignored_has_an_end(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferring, "MOST_IGNORED", 0)
    assert ada.asks("/ignore bob") == ["You ignore 0 people already. /unignore somebody first."]


# --- the rest


def test_me_says_what_one_does(ada: Person, bob: Person) -> None:
    ada.sends("/me waves")
    assert bob.hears() == ["* ada waves"]


def test_without_echo_one_sees_what_others_say_and_ones_own_private_messages(ada: Person, bob: Person) -> None:
    assert ada.asks("/echo off") == ["Your own lines are shown: off"]
    bob.sends("hi")
    assert ada.asks("hello") == []
    assert bob.hears() == ["bob: hi", "ada: hello"]
    assert ada.asks("/msg bob psst") == ["[private] ada to bob: psst"]
    ada.sends("/echo ON")
    assert ada.asks("hello") == ["ada: hello"]


def test_times_are_shown_to_who_wants_them(ada: Person, bob: Person) -> None:
    assert ada.asks("/time on") == ["Times are shown: on"]
    bob.sends("hello")
    assert ada.hears() == ["[1970-01-01 00:00] bob: hello"]
    ada.sends("/time off")
    bob.sends("hello")
    assert ada.hears()[-1] == "bob: hello"


def test_ping_answers_with_what_was_asked(ada: Person) -> None:
    assert ada.asks("/ping") == ["pong"]
    assert ada.asks("/ping 123") == ["pong 123"]


def test_a_message_of_1000_characters_is_said_whole_and_a_longer_one_refused(ada: Person) -> None:
    assert ada.asks("汉" * 1000) == ["ada: " + "汉" * 1000]
    assert ada.asks("汉" * 1001) == [
        "That message is too long: 1000 characters at most. It was not sent; send it in parts."
    ]
    assert "1000 characters" in ada.asks("/me " + "x" * 1001)[0]


def test_every_usage_names_its_own_command() -> None:
    for row in COMMANDS:
        assert re.match(rf"/{row.name}\b", row.usage)
        assert row.price >= 1
        assert row.explanation[0].islower()


def test_a_leaving_that_could_not_be_stored_leaves_the_current_room_as_it_is(chat: Chat, ada: Person) -> None:
    ada.sends("/join tea")
    chat.log.slow = True
    ada.sends("/leave lobby")
    chat.log.give_up()
    chat.log.slow = False
    ada.hears()
    assert ada.asks("still in tea") == ["ada: still in tea"]
    assert set(ada.session.rooms) == {"lobby", "tea"}
