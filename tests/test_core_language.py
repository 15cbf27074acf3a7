"""People in one room each have their own language, and may call commands by the words of any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest
from support.chat import FORMAT, Chat
from support.tokens import CountingFormat, ProgramFormat, TokenFormat

from twistchat.core.command_table import CommandTable
from twistchat.core.commands.rows import COMMANDS

WORDS = {"kiu": "who", "helpo": "help", "adiaŭ": "quit", "serĉu": "search", "誰在": "who"}
ALL = "en English,eo Esperanto,la Latina"


@pytest.fixture(autouse=True)
def words(chat: Chat) -> None:
    chat.hub.commands = CommandTable(COMMANDS, WORDS)


@dataclass(frozen=True)
class EnglishFormat(TokenFormat):
    """A dialect that can be had in English alone."""

    names: ClassVar[Mapping[str, str]] = {"en": "English"}


def test_people_in_one_room_each_read_notices_in_their_own_language(chat: Chat) -> None:
    ada, zoe = chat.enters("ada"), chat.enters("zoe")
    assert zoe.asks("/lang eo") == ["(eo) language"]
    ada.hears()
    chat.enters("bob").vanishes()
    chat.turn()
    assert ada.hears() == ["+bob", "-bob"]
    assert zoe.hears() == ["(eo) +bob", "(eo) -bob"]


def test_what_people_say_is_the_same_in_every_language(chat: Chat) -> None:
    ada, zoe = chat.enters("ada"), chat.enters("zoe")
    zoe.asks("/lang eo")
    ada.asks("good morning, {name}")
    assert zoe.hears() == ["(eo) ada: good morning, {name}"]


def test_without_a_code_the_languages_are_listed(chat: Chat) -> None:
    assert chat.enters("ada").asks("/lang") == [f"languages languages={ALL}"]


def test_an_unknown_language_is_refused_and_the_old_one_stays(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.asks("/lang eo")
    assert ada.asks("/lang xx") == [f"(eo) refused no-such-language language=xx languages={ALL}"]


def test_the_servers_language_holds_until_somebody_asks_for_another(chat: Chat) -> None:
    zoe = chat.connects(format=FORMAT.spoken("eo"))
    assert zoe.asks("zoe") == ["(eo) welcome zoe", "(eo) +zoe"]
    assert zoe.asks("/lang en") == ["language"]


def test_the_language_stays_when_times_and_rooms_are_switched(chat: Chat) -> None:
    zoe = chat.enters("zoe")
    zoe.sends("/lang eo", "/time on", "/join den")
    chat.enters("ada")
    assert zoe.hears()[-1] == "(eo) @0 [lobby] +ada"
    assert zoe.asks("/topic") == ["(eo) no-topic room=den"]


def test_the_language_stays_when_the_dialect_changes_to_one_that_has_it(chat: Chat) -> None:
    zoe = chat.enters("zoe")
    zoe.sends("/lang eo")
    zoe.session.speak(ProgramFormat())
    assert zoe.asks("/unignore bob") == ["(eo) refused not-ignored name=bob"]


def test_a_dialect_of_one_language_speaks_that_and_the_chosen_one_comes_back_after_it(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("/lang eo")
    ada.session.speak(EnglishFormat())
    assert ada.asks("/unignore bob") == ["refused not-ignored name=bob"]
    ada.session.speak(FORMAT)
    assert ada.asks("/ping") == ["(eo) pong"]
    assert ada.asks("/lang en") == ["language"]


def test_a_frame_is_rendered_once_for_each_language(chat: Chat) -> None:
    format = CountingFormat()
    people = [chat.enters(f"person{n}", format=format) for n in range(12)]
    for n, person in enumerate(people):
        person.sends(f"/lang {('en', 'eo', 'la')[n % 3]}")
    format.rendered.clear()
    said, renamed = (chat.log.entries[-1].number + n for n in (1, 2))
    people[0].sends("one for all")
    people[0].sends("/nick ada")
    assert format.rendered == {(format.spoken(code), n): 1 for code in ("en", "eo", "la") for n in (said, renamed)}
    assert [person.hears()[-2:] for person in people[:3]] == [
        ["person0: one for all", "person0 => ada"],
        ["(eo) person0: one for all", "(eo) person0 => ada"],
        ["(la) person0: one for all", "(la) person0 => ada"],
    ]
    frames = {id(person.client.frames[-1]) for person in people}
    assert len(frames) == 3


def test_commands_are_understood_by_the_words_of_all_languages_whatever_ones_own(chat: Chat) -> None:
    ada = chat.enters("ada")
    for code in ("en", "eo", "la"):
        ada.sends(f"/lang {code}")
        answer = ada.asks("/who")
        assert answer == ada.asks("/誰在") == ada.asks("/kiu")


def test_help_explains_a_command_by_any_of_its_words(chat: Chat) -> None:
    ada = chat.enters("ada")
    (row,) = ada.asks("/help who")
    assert row.startswith("help usage=/who [ROOM] ")
    assert ada.asks("/helpo kiu") == ada.asks("/helpo /who") == [row]
    assert ada.asks("/helpo") == ada.asks("/help")


def test_a_command_that_is_misspelled_in_another_language_is_guessed(chat: Chat) -> None:
    ada = chat.enters("ada")
    assert ada.asks("/hepo") == ["refused unknown-command command=hepo nearest=helpo"]
    assert ada.asks("/vetero") == ["refused unknown-command command=vetero"]
    assert ada.asks("/hlep") == ["refused unknown-command command=hlep nearest=help"]


def test_a_foreign_word_costs_what_its_command_costs() -> None:
    table = CommandTable(COMMANDS, WORDS)
    assert table.find("serĉu").price == table.find("search").price == 5.0


def test_an_english_name_of_a_command_cannot_be_given_another_meaning() -> None:
    assert CommandTable(COMMANDS, {"who": "quit"}).find("who").name == "who"
    assert CommandTable(COMMANDS, {"names": "quit"}).find("names").name == "who"


def test_switches_are_answered_in_the_persons_language(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("/lang eo")
    assert ada.asks("/echo off") == ["(eo) echo state=off"]
    assert ada.asks("/time on") == ["(eo) time state=on"]
    assert ada.asks("/echo perhaps") == ["(eo) refused wrong-use usage=/echo on|off"]
