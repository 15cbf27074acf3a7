"""The /commands, used rightly and wrongly."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat, Person, shorten_queue
from support.place import LINES, PAGE, place_at
from support.texts import hostile

from twistchat.core.command_table import (
    LIKENESS,
    LIKENESS_CHINESE,
    Command,
    CommandTable,
    Trace,
    as_text,
    command,
    is_slip,
    split,
)
from twistchat.core.commands import looking, preferring
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.session import Session
from twistchat.core.text import clean_line
from twistchat.errors import UnknownCommand, UnknownCommandNearest
from twistchat.languages import loaded

USE = "refused wrong-use usage={}"
NOBODY = "refused nobody-called name={}"
NO_ROOM = "refused not-in-any-room"


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


def test_a_command_is_one_however_far_it_is_indented_and_two_slashes_are_a_text(ada: Person, bob: Person) -> None:
    assert ada.asks("  \t/who") == ada.asks("/who")
    bob.hears()
    ada.sends("  // a comment")
    assert bob.hears() == ["ada:   / a comment"]


@pytest.mark.parametrize(
    ("line", "as_a_text"),
    [("/who", "//who"), ("  /who", "  //who"), ("//who", "///who"), ("and/or", "and/or"), ("", "")],
)
def test_as_a_text_a_line_has_one_slash_more_where_it_began_with_one(line: str, as_a_text: str) -> None:
    assert as_text(line) == as_a_text


@given(hostile)
def test_as_text_a_line_says_itself_whatever_it_begins_with(text: str) -> None:
    line = clean_line(text)
    assert split(as_text(line)) == (None, line)


def test_a_private_text_keeps_what_it_is_indented_by(ada: Person, bob: Person) -> None:
    bob.hears()
    ada.sends("/msg bob     return 1")
    assert bob.hears()[0].endswith("    return 1")


def test_an_unknown_command_names_the_nearest(ada: Person) -> None:
    assert ada.asks("/jion tea") == ["refused unknown-command command=jion nearest=join"]
    assert ada.asks("/whispr bob x") == ["refused unknown-command command=whispr nearest=msg"]
    assert ada.asks("/xyzzy") == ["refused unknown-command command=xyzzy"]
    assert ada.asks("/") == ["refused unknown-command command="]


TABLE = CommandTable(COMMANDS, loaded().command_words(row.name for row in COMMANDS))
NAMES = [name for row in TABLE for name in (row.name, *row.aliases, *TABLE.words_for(row))]


def suggested(word: str) -> Command[Any] | None:
    """The row that is suggested for a word that is no command."""
    try:
        TABLE.find(word)
    except UnknownCommandNearest as error:
        return TABLE.find(error.nearest)
    except UnknownCommand:
        return None
    return None


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("clear", None),
        ("wi", None),
        ("edit", None),
        ("next", None),
        ("past", None),
        ("clean", None),
        ("message", None),
        ("退回", None),
        ("历吏", "history"),
        ("serach", "search"),
        ("histroy", "history"),
        ("leav", "leave"),
        ("laeve", "leave"),
        ("qiut", "quit"),
        ("exitt", "quit"),
        ("topik", "topic"),
    ],
)
def test_a_suggestion_is_what_was_meant_or_there_is_none(word: str, name: str | None) -> None:
    found = suggested(word)
    assert (found and found.name) == name


@given(st.text(min_size=1, max_size=8) | st.text("aehilopqrtuvwxy", min_size=1, max_size=7))
def test_what_is_suggested_is_alike_and_what_ends_or_leaves_only_for_a_slip(word: str) -> None:
    row = suggested(word)
    if row is not None:
        names = [row.name, *row.aliases, *TABLE.words_for(row)]
        likeness = LIKENESS if word.isascii() else LIKENESS_CHINESE
        assert any(SequenceMatcher(None, name, word).ratio() >= likeness for name in names)
        assert not row.is_parting or any(
            sorted(name) == sorted(word) or abs(len(name) - len(word)) == 1 for name in names
        )


@given(st.sampled_from([name for name in NAMES if len(name) > 3]), st.data())
def test_two_letters_exchanged_or_one_missing_or_doubled_are_known(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    before, letter, after = name[:at], name[at], name[at + 1 :]
    slips = [before + after[0] + letter + after[1:], before + after, before + letter + letter + after]
    slip = data.draw(st.sampled_from(slips))
    assert TABLE.get(slip) is not None or suggested(slip) is not None


def test_only_what_ends_or_leaves_is_parting() -> None:
    assert {row.name for row in COMMANDS if row.is_parting} == {"leave", "quit", "kick"}
    assert all(row.is_parting for row in COMMANDS if row.trace is Trace.GOODBYE)


@pytest.mark.parametrize(
    ("word", "is_one"),
    [("quit", True), ("qiut", True), ("uit", True), ("quitt", True), ("suit", False), ("quits!", False), ("", False)],
)
def test_a_slip_is_one_letter_too_many_or_missing_or_another_order(word: str, is_one: bool) -> None:
    assert is_slip(word, "quit") is is_one
    assert is_slip("quit", word) is is_one


def test_commands_are_written_in_any_case_and_have_other_names(ada: Person) -> None:
    assert ada.asks("/PING") == ["pong"]
    assert ada.asks("/names") == ["who room=lobby count=1 people=ada"]


def test_nothing_is_said_of_an_empty_line(ada: Person) -> None:
    assert ada.asks("") == ada.asks("   ") == ada.asks("\x00\x1b[0m") == []


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("/join", "/join ROOM [KEY]"),
        ("/nick", "/nick NAME [CODE]"),
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
    rows = [row for row in COMMANDS if not row.is_for_moderators]
    assert len(heard) == len(rows) + 1
    for row, line in zip(rows, heard, strict=False):
        assert line == f"help usage={row.usage} explanation={row.explanation}"
    assert heard[-1] == "help", "and that all else is said"


@pytest.mark.parametrize("line", ["/help nick", "/help /nick", "/help NICKNAME", "/? nick"])
def test_help_explains_one_command(ada: Person, line: str) -> None:
    assert ada.asks(line) == ["help usage=/nick NAME [CODE] explanation=changes your name"]


def test_help_about_nothing_known_names_the_nearest(ada: Person) -> None:
    assert ada.asks("/help topik") == ["refused unknown-command command=topik nearest=topic"]


def test_no_two_commands_share_a_name_or_an_alias() -> None:
    called = Counter(word for row in COMMANDS for word in (row.name, *row.aliases))
    assert set(called.values()) == {1}


def test_commands_can_be_typed_by_all_these_names() -> None:
    """People and programs have learned them; a name may come, and none may go."""
    table: CommandTable[Session] = CommandTable(COMMANDS)
    for names in (
        "join j",
        "leave part",
        "nick nickname",
        "quit exit q bye",
        "help h ?",
        "who names",
        "rooms list",
        "whois",
        "ping",
        "me action",
        "msg w tell query whisper pm",
        "reply r",
        "topic",
        "ignore",
        "unignore",
        "echo",
        "time",
        "lang",
        "history",
        "missed",
        "search",
        "more",
    ):
        name, *others = names.split()
        assert {table.find(other).name for other in (name, *others)} == {name}


def test_what_costs_the_server_more_costs_more_of_the_flood_limit() -> None:
    prices = {row.name: row.price for row in COMMANDS if row.price != 1}
    moderators = {"moderate": 3, **{row.name: 2 for row in COMMANDS if row.is_for_moderators}}
    ruling = {"private": 5, "key": 5, "invite": 3, "op": 2, "deop": 2, "topiclock": 2, "kick": 2}
    ruling |= dict.fromkeys(("secret", "limit", "ban", "unban", "moderated", "voice", "devoice", "outside"), 2)
    owning = {"claim": 5, "link": 5, "unlink": 5, "release": 5}
    others = {"join": 2, "nick": 2, "where": 2, "history": 3, "missed": 3, "search": 5, "more": 5}
    assert prices == others | ruling | owning | moderators


def test_a_new_command_is_one_row(chat: Chat) -> None:
    @command("/dice [SIDES]", "throws a die", aliases="roll", price=2.0)
    def dice(session: Session, argument: str) -> None:
        session.act(f"throws a die of {argument or '6'} sides")

    chat.hub.commands = CommandTable([*COMMANDS, dice], {"骰子": "dice"})
    ada = chat.enters("ada")
    for line in ("/dice 20", "/roll 20", "/骰子 20"):
        assert ada.asks(line) == ["* ada throws a die of 20 sides"]
    assert ada.asks("/help roll") == ["help usage=/dice [SIDES] explanation=throws a die"]
    assert "help usage=/dice [SIDES] explanation=throws a die" in ada.asks("/help")
    assert ada.asks("/dicee") == ["refused unknown-command command=dicee nearest=dice"]


# --- /who, /rooms, /whois


def test_who_lists_the_people_of_a_room(chat: Chat, ada: Person, bob: Person) -> None:
    chat.enters("Zoe").sends("/join tea")
    assert ada.asks("/who") == ["who room=lobby count=3 people=ada,bob,Zoe"]
    assert ada.asks("/who #TEA") == ["who room=tea count=1 people=Zoe"]
    assert ada.asks("/who chess") == ["refused no-such-room room=chess"]
    assert ada.asks("/who a/b") == ["refused room-name-not-allowed limit=24"]


def test_who_names_as_many_as_fit_into_an_answer(chat: Chat, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_NAMED", 2)
    for name in ("bob", "cyd", "dan"):
        chat.enters(name)
    assert ada.asks("/who") == ["who room=lobby count=4 people=ada,bob", "more count=2"]


def test_rooms_lists_the_fullest_first_with_topics(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea", "/topic green or black")
    assert ada.asks("/rooms") == ["room room=lobby count=2", "room room=tea count=1 topic=green or black"]


def test_answers_about_very_many_have_an_end_that_programs_are_told(chat: Chat, ada: Person) -> None:
    """As docs/protocol.md has it, /who names 500; /rooms lists 50, and somebody may ignore 100."""
    chat.limit(rooms_each=100)
    others = [chat.enters(f"person{number}") for number in range(500)]
    named, more = ada.asks("/who")
    assert (named.count(",") + 1, more) == (500, "more count=1")
    ada.sends(*(f"/join room{number}" for number in range(50)))
    rooms = ada.asks("/rooms")
    assert (len(rooms), rooms[-1]) == (51, "more count=1")
    ada.sends(*(f"/ignore {other.name}" for other in others[:100]))
    assert ada.asks("/ignore person499") == ["refused ignoring-too-many limit=100"]


def test_rooms_lists_as_many_as_fit_into_an_answer(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_ROOMS_LISTED", 2)
    ada.sends("/join a", "/join b", "/join c")
    assert ada.asks("/rooms") == ["room room=a count=1", "room room=b count=1", "more count=2"]


def test_whois_tells_by_what_and_since_when_somebody_is_here(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    chat.clock.advance(3700)
    bob.sends("hello")
    chat.clock.advance(5)
    assert ada.asks("/whois BOB")[-1] == "whois name=bob interface=fake here=3705s idle=5s rooms=lobby,tea"
    assert ada.asks("/whois eve") == [NOBODY.format("eve")]
    ada.sends("/leave")
    assert ada.asks("/whois ada") == ["whois name=ada interface=fake here=3705s idle=0s rooms=-"]


# --- rooms


def test_joining_opens_a_room_and_turns_to_it(ada: Person, bob: Person) -> None:
    assert ada.asks("/join tea") == ["turned room=tea", "+ada"]
    assert bob.hears() == []
    bob.sends("hello")
    ada.sends("hi")
    assert ada.hears() == ["[lobby] bob: hello", "ada: hi"]
    assert ada.asks("/join lobby") == ["turned room=lobby"]
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
        "bob > ada: four",
        "[lobby] bob: five",
    ]


def test_leaving_a_room_turns_to_another(ada: Person, bob: Person) -> None:
    ada.sends("/join tea")
    assert ada.asks("/leave") == ["left room=tea"]
    assert ada.asks("here") == ["ada: here"]
    assert ada.asks("/leave tea") == ["refused not-in-room room=tea"]


def test_after_leaving_the_last_room_nobody_would_hear(ada: Person, bob: Person) -> None:
    assert ada.asks("/leave") == ["left room=lobby"]
    assert bob.hears() == ["-ada"]
    for line in ("hello?", "/me shouts", "/topic x", "/topic", "/who", "/leave"):
        assert ada.asks(line) == [NO_ROOM]
    assert ada.asks("/join lobby")[-1] == "+ada"


def test_leaving_and_coming_back_within_a_turn_is_told_as_it_was(ada: Person, bob: Person) -> None:
    ada.sends("/leave", "/join lobby", "here again")
    assert bob.hears() == ["-ada", "+ada", "ada: here again"]
    assert "ada: here again" in ada.hears()


def test_nobody_is_in_more_than_twenty_rooms(ada: Person) -> None:
    ada.sends(*(f"/join r{number}" for number in range(19)))
    assert ada.asks("/join r19") == ["refused in-too-many-rooms limit=20"]
    ada.sends("/leave r0")
    assert "turned room=r19" in ada.asks("/join r19")


def test_a_full_table_of_rooms_opens_no_more(chat: Chat, ada: Person) -> None:
    chat.limit(rooms=2)
    ada.sends("/join tea")
    assert ada.asks("/join chess") == ["refused too-many-rooms limit=2"]
    ada.sends("/leave tea")
    assert "turned room=chess" in ada.asks("/join chess")


def test_the_log_is_not_asked_about_a_room_that_cannot_be_opened(chat: Chat, ada: Person) -> None:
    chat.limit(rooms=1)
    chat.log.slow = True
    assert ada.asks("/join tea") == ["refused too-many-rooms limit=1"]
    assert chat.log.waiting == 0


def test_where_no_past_is_shown_a_room_is_entered_without_a_line_of_it(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/join tea", "hello", "/leave tea")
    chat.limit(history=None)
    assert bob.asks("/join tea") == ["turned room=tea", "+bob"]


def test_rooms_asked_for_at_once_do_not_overfill_the_table(chat: Chat, ada: Person, bob: Person) -> None:
    chat.limit(rooms=2)
    chat.log.slow = True
    ada.sends("/join tea")
    bob.sends("/join chess")
    chat.log.hurry()
    chat.turn()
    assert chat.open_rooms == {"lobby", "tea"}
    assert bob.hears() == ["refused too-many-rooms limit=2"]


def test_a_room_that_could_not_be_entered_is_not_left_open(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_queue(monkeypatch, 0)
    assert ada.asks("/join tea") == ["refused overloaded"]
    monkeypatch.undo()
    assert ada.asks("/rooms") == ["room room=lobby count=1"]


def test_topics_are_shown_set_and_told_to_those_who_come(chat: Chat, ada: Person, bob: Person) -> None:
    assert ada.asks("/topic") == ["no-topic room=lobby"]
    ada.sends("/topic \x1b[31mTea at four")
    assert bob.hears() == ["topic ada: Tea at four"]
    assert ada.asks("/topic") == ["topic room=lobby topic=Tea at four"]
    cyd = chat.connects()
    cyd.sends("cyd")
    assert "topic room=lobby topic=Tea at four" in cyd.hears()
    assert ada.asks("/topic " + "x" * 1001) == ["refused text-too-long limit=1000"]


def test_a_room_that_was_empty_has_its_topic_and_its_latest_lines_again(ada: Person, bob: Person) -> None:
    ada.sends("/join tea", "/topic green", "hello", "/leave")
    heard = bob.asks("/join tea")
    assert heard[0] == "turned room=tea"
    assert "topic room=tea topic=green" in heard
    assert "past tea: @0 ada: hello" in heard


# --- names


def test_a_new_name_is_told_and_the_old_one_is_free(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/nick eve")
    assert bob.hears() == ["ada => eve"]
    chat.enters("ada")


def test_a_name_may_change_its_spelling(ada: Person, bob: Person) -> None:
    ada.sends("/nick ADA", "/nick ADA")
    assert bob.hears() == ["ada => ADA"]
    assert bob.asks("/nick ADA") == ["refused name-taken name=ADA"]


def test_there_and_back_within_a_turn_keeps_the_name(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/nick eve", "/nick ada")
    assert bob.hears() == ["ada => eve", "eve => ada"]
    assert bob.asks("/nick ada") == ["refused name-taken name=ada"]
    assert bob.asks("/nick eve") == ["bob => eve"]


def test_who_is_in_no_room_is_told_alone_of_a_new_name(ada: Person, bob: Person) -> None:
    ada.sends("/leave")
    bob.hears()
    assert ada.asks("/nick eve") == ["ada => eve"]
    assert bob.hears() == []
    assert bob.asks("/whois ada") == [NOBODY.format("ada")]


def test_a_name_that_could_not_be_stored_is_free_and_the_old_one_is_back(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    ada.sends("/nick eve", "/nick eva")
    chat.log.give_up()
    chat.log.slow = False
    assert ada.name == "ada"
    assert bob.asks("/nick eve") == ["bob => eve"]
    assert bob.asks("/nick eva") == ["eve => eva"]
    assert bob.asks("/nick ada") == ["refused name-taken name=ada"]


def test_a_rename_behind_one_that_failed_is_not_told(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    ada.sends("/nick eve")
    ada.sends("/nick eva")
    chat.log.give_up()
    chat.log.hurry()
    chat.turn()
    assert bob.hears() == []
    assert ada.name == "ada"
    assert bob.asks("/nick eve") == ["bob => eve"]


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
    assert ada.asks("/msg bob psst") == ["ada > bob: psst"]
    assert bob.hears() == ["ada > bob: psst"]
    assert cyd.hears() == []
    assert not any("psst" in repr(entry) for entry in chat.log.entries)


def test_a_private_message_needs_somebody_else(ada: Person, bob: Person) -> None:
    assert ada.asks("/msg ada hello me") == ["refused that-is-you"]
    assert ada.asks("/msg eve hello") == [NOBODY.format("eve")]
    assert ada.asks("/msg =bob hello") == [NOBODY.format("=bob")]


def test_a_private_message_to_somebody_who_ignores_one_is_refused(ada: Person, bob: Person) -> None:
    bob.sends("/ignore ada")
    assert ada.asks("/msg bob hello") == ["refused ignores-you name=bob"]


def test_reply_answers_the_last_private_message(ada: Person, bob: Person) -> None:
    assert bob.asks("/reply hm") == ["refused nobody-to-reply-to"]
    ada.sends("/msg bob psst")
    bob.hears()
    assert bob.asks("/reply what?") == ["bob > ada: what?"]


def test_reply_reaches_the_person_and_not_who_took_their_name(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/msg bob psst", "/nick eve")
    thief = chat.enters("ada")
    bob.hears()
    assert bob.asks("/reply secret") == ["bob > eve: secret"]
    assert thief.hears() == []
    ada.vanishes()
    chat.turn()
    assert bob.asks("/reply more")[-1] == NOBODY.format("eve")


def test_a_private_message_that_was_not_delivered_is_not_replied_to(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    ada.types("hello", "/msg bob psst")
    chat.turn()
    assert bob.asks("/reply hm") == ["refused nobody-to-reply-to"], "it keeps its place behind what was said before"


def test_a_private_message_waits_for_no_log_where_nothing_is_to_be_stored(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.slow = True
    assert ada.asks("/msg bob psst") == ["ada > bob: psst"] == bob.hears()
    assert bob.asks("/reply yes?") == ["bob > ada: yes?"]


def test_a_private_message_to_somebody_who_left_meanwhile_is_lost_quietly(chat: Chat, ada: Person, bob: Person) -> None:
    ada.types("/msg bob psst")
    bob.vanishes()
    chat.turn()
    assert ada.hears() == ["ada > bob: psst", "-bob"]


# --- ignoring


def test_ignoring_hides_what_somebody_says_and_not_their_coming_and_going(ada: Person, bob: Person) -> None:
    assert ada.asks("/ignore bob") == ["ignoring name=bob"]
    bob.sends("hello", "/me waves", "/nick rob", "still me", "/quit")
    assert ada.hears() == ["bob => rob", "-rob"]


def test_ignoring_survives_a_new_name_from_wherever(ada: Person, bob: Person) -> None:
    ada.sends("/ignore bob", "/join tea", "/leave lobby")
    bob.sends("/nick rob", "/leave", "/nick rod", "/join tea", "hello")
    assert ada.hears()[-1] == "+rod"
    assert ada.asks("/ignore") == ["ignored people=rod"]
    assert bob.asks("/msg ada hi") == ["refused ignores-you name=ada"]


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
    assert ada.asks("/unignore BOB") == ["unignored name=bob"]
    assert ada.asks("/unignore bob") == ["refused not-ignored name=bob"]
    bob.sends("hello")
    assert ada.hears() == ["bob: hello"]
    assert ada.asks("/ignore") == ["ignored people=-"]


def test_who_has_gone_ignores_nobody_any_more(chat: Chat, ada: Person, bob: Person) -> None:
    """Nothing of them is kept, however many there were."""
    cyd = chat.enters("cyd")
    for person in (ada, cyd):
        person.sends("/ignore bob")
    assert set(chat.hub.ignoring.of("bob")) == {ada.inside, cyd.inside}
    ada.vanishes()
    assert set(chat.hub.ignoring.of("bob")) == {cyd.inside}
    bob.sends("/nick rob")
    cyd.vanishes()
    assert not chat.hub.ignoring.of("rob")


def test_who_is_ignored_in_several_rooms_is_heard_in_none_and_the_others_in_all(ada: Person, bob: Person) -> None:
    cyd = ada.chat.enters("cyd")
    for person in (ada, bob, cyd):
        person.sends("/join tea")
    ada.sends("/ignore bob")
    for person in (ada, bob, cyd):
        person.hears()
    for person in (bob, cyd):
        person.types("in tea", "/join lobby", "in the lobby")
    ada.chat.turn()
    assert ada.hears() == ["cyd: in tea", "[lobby] cyd: in the lobby"]


def test_nobody_ignores_themselves_or_nobody(ada: Person) -> None:
    assert ada.asks("/ignore ada") == ["refused that-is-you"]
    assert ada.asks("/ignore eve") == [NOBODY.format("eve")]


def test_a_list_of_the_ignored_has_an_end(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferring, "MOST_IGNORED", 0)
    assert ada.asks("/ignore bob") == ["refused ignoring-too-many limit=0"]


# --- the rest


def test_me_says_what_one_does(ada: Person, bob: Person) -> None:
    ada.sends("/me waves")
    assert bob.hears() == ["* ada waves"]


def test_without_echo_one_sees_what_others_say_and_ones_own_private_messages(ada: Person, bob: Person) -> None:
    assert ada.asks("/echo off") == ["echo state=off"]
    bob.sends("hi")
    assert ada.asks("hello") == []
    assert bob.hears() == ["bob: hi", "ada: hello"]
    assert ada.asks("/msg bob psst") == ["ada > bob: psst"]
    ada.sends("/echo ON")
    assert ada.asks("hello") == ["ada: hello"]


def test_times_are_shown_to_who_wants_them(ada: Person, bob: Person) -> None:
    assert ada.asks("/time on") == ["time state=on"]
    bob.sends("hello")
    assert ada.hears() == ["@0 bob: hello"]
    ada.sends("/time off")
    bob.sends("hello")
    assert ada.hears()[-1] == "bob: hello"


def test_ping_answers_with_what_was_asked(ada: Person) -> None:
    assert ada.asks("/ping") == ["pong"]
    assert ada.asks("/ping 123") == ["pong token=123"]


def test_a_message_of_1000_characters_is_said_whole_and_a_longer_one_refused(ada: Person) -> None:
    assert ada.asks("汉" * 1000) == ["ada: " + "汉" * 1000]
    assert ada.asks("汉" * 1001) == ["refused text-too-long limit=1000"]
    assert ada.asks("/me " + "x" * 1001) == ["refused text-too-long limit=1000"]


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
    assert ada.rooms == {"lobby", "tea"}


# --- where it is


def test_where_it_is_is_found_out_anew_and_said(chat: Chat, ada: Person) -> None:
    place = place_at(chat, PAGE, LINES)
    assert ada.asks("/where") == [
        "way url=http://192.168.1.7:7980/ how=in a browser interface=web kind=private",
        "way url=tcp://192.168.1.7:7976 how=telnet 192.168.1.7 7976 interface=tcp kind=private",
    ]
    assert place.looks == 1


def test_a_server_that_has_a_name_says_it_first_then_what_its_certificate_is_told_by(chat: Chat, ada: Person) -> None:
    place = place_at(chat, PAGE, name="Room 12")
    assert ada.asks("/where")[0] == "where-name name=Room 12"
    place.fingerprint = "AA:BB"
    assert ada.asks("/where")[1] == "where-fingerprint fingerprint=AA:BB"


def test_of_very_many_addresses_so_many_are_shown_and_the_rest_counted(chat: Chat, ada: Person) -> None:
    place_at(chat, *[PAGE] * looking.MOST_WAYS)
    assert len(ada.asks("/where")) == looking.MOST_WAYS
    place_at(chat, *[PAGE] * (looking.MOST_WAYS + 20))
    assert ada.asks("/where")[looking.MOST_WAYS :] == ["more count=20"]


def test_a_server_that_nobody_else_reaches_says_why(chat: Chat, ada: Person) -> None:
    assert ada.asks("/where") == ["not-open"]
    place_at(chat, is_open=True)
    assert ada.asks("/where") == ["no-address"]
