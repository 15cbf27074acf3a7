"""People in one room each read notices in their own language, and may call commands by its words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from support.chat import Chat

from twistchat.core.command_table import CommandTable
from twistchat.core.commands import COMMANDS
from twistchat.core.events import Entry
from twistchat.core.session import Session
from twistchat.languages import loaded
from twistchat.wire.line import LineFormat
from twistchat.wire.unframed import UnframedFormat

LANGUAGES = loaded()
ENGLISH = LANGUAGES["en"]


def spoken_in_all() -> CommandTable[Session]:
    """All commands, with their words in all languages."""
    return CommandTable(COMMANDS, LANGUAGES.command_words(row.name for row in COMMANDS))


@pytest.fixture(autouse=True)
def with_languages(chat: Chat) -> None:
    chat.format = LineFormat(ENGLISH)
    chat.hub.commands = spoken_in_all()


def test_people_in_one_room_each_read_notices_in_their_own_language(chat: Chat) -> None:
    ada, ming = chat.enters("ada"), chat.enters("小明")
    assert ming.asks("/lang zh_TW") == ["從現在起使用繁體中文。"]
    ada.hears()
    chat.enters("bob").vanishes()
    chat.turn()
    assert ada.hears() == ["bob joined!", "bob left!"]
    assert ming.hears() == ["歡迎 bob 進入聊天室", "bob 退出了聊天室"]


def test_what_people_say_is_the_same_in_every_language(chat: Chat) -> None:
    ada, ming = chat.enters("ada"), chat.enters("小明")
    ming.asks("/lang zh_TW")
    ada.asks("good morning, {name}")
    assert ming.hears() == ["ada: good morning, {name}"]


def test_without_a_code_the_languages_are_listed(chat: Chat) -> None:
    (line,) = chat.enters("ada").asks("/lang")
    assert line == f"You can be spoken to in: {', '.join(LANGUAGES.listed)}. /lang CODE."


def test_an_unknown_language_is_refused_and_the_old_one_stays(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.asks("/lang zh-Hans")
    assert ada.asks("/lang xx") == [f"没有 xx 这种语言。可用的有：{'、'.join(LANGUAGES.listed)}"]


def test_the_servers_language_holds_until_somebody_asks_for_another(chat: Chat) -> None:
    ming = chat.connects(format=LineFormat(LANGUAGES["zh_TW"]))
    assert ming.asks("小明") == ["已連上伺服器！", "歡迎 小明 進入聊天室"]
    assert ming.asks("/lang en_US.UTF-8") == ["You are spoken to in English from now on."]


def test_the_language_stays_when_times_and_rooms_are_switched(chat: Chat) -> None:
    ming = chat.enters("小明")
    ming.sends("/lang zh_TW", "/time on", "/join den")
    chat.enters("ada")
    assert ming.hears()[-1] == "[1970-01-01 00:00] [lobby] 歡迎 ada 進入聊天室"
    assert ming.asks("/topic") == ["den 還沒有主題。用「/topic 內容」設定一個。"]


def test_the_language_stays_when_the_dialect_changes_to_one_that_has_it(chat: Chat) -> None:
    ming = chat.enters("小明")
    ming.sends("/lang zh_TW")
    ming.session.speak(LineFormat(ENGLISH))
    assert ming.asks("/unignore bob") == ["你沒有忽略 bob。單獨輸入 /ignore 查看已忽略的人。"]


def test_a_dialect_of_ascii_speaks_english_and_the_language_comes_back_after_it(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("/lang zh_TW")
    ada.session.speak(UnframedFormat(ENGLISH))
    assert ada.asks("/unignore bob") == ["You do not ignore bob. /ignore alone lists the people that you ignore."]
    ada.session.speak(chat.format)
    assert ada.asks("/ping") == ["pong"]
    assert ada.asks("/lang en") == ["You are spoken to in English from now on."]


@dataclass(frozen=True)
class CountingFormat(LineFormat):
    """Lines, and how often each was made in each language."""

    def event(self, entry: Entry) -> bytes:
        line = super().event(entry)
        made[self.language.code, line.decode().strip()] += 1
        return line


made: Counter[tuple[str, str]] = Counter()


def test_a_frame_is_rendered_once_for_each_language(chat: Chat) -> None:
    people = [chat.enters(f"person{n}", format=CountingFormat(ENGLISH)) for n in range(12)]
    for n, person in enumerate(people):
        person.sends(f"/lang {('en', 'zh_CN', 'zh-Hant')[n % 3]}")
    made.clear()
    people[0].sends("one for all")
    people[0].sends("/nick ada")
    assert made == {
        ("en", "person0: one for all"): 1,
        ("zh_CN", "person0: one for all"): 1,
        ("zh_TW", "person0: one for all"): 1,
        ("en", "person0 is now called ada."): 1,
        ("zh_CN", "person0 改名为 ada"): 1,
        ("zh_TW", "person0 改名為 ada"): 1,
    }
    frames = {id(person.client.frames[-1]) for person in people}
    assert len(frames) == 3


def test_commands_are_understood_in_english_and_in_chinese_whatever_the_language(chat: Chat) -> None:
    ada = chat.enters("ada")
    for code in LANGUAGES.codes:
        ada.sends(f"/lang {code}")
        answer = ada.asks("/who")
        assert answer == ada.asks("/誰在") == ada.asks("/谁在")


def test_help_in_a_language_shows_what_its_commands_are_called(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("/lang zh_TW")
    lines = ada.asks("/幫助")
    assert "/help [指令]          列出所有指令，或說明其中一個（/幫助）" in lines
    assert ada.asks("/help 私訊") == ada.asks("/幫助 /msg") == ["/msg 暱稱 內容  傳送私訊，不會儲存（/私訊）"]


def test_a_command_that_is_misspelled_in_chinese_is_guessed(chat: Chat) -> None:
    ada = chat.enters("ada")
    assert ada.asks("/幫住") == ["There is no /幫住. Did you mean /幫助? //幫住 says it as text."]
    assert ada.asks("/天氣") == ["There is no /天氣. /help lists the commands; //天氣 says it as text."]
    assert ada.asks("/hlep") == ["There is no /hlep. Did you mean /help? //hlep says it as text."]


def test_a_foreign_word_costs_what_its_command_costs() -> None:
    table = spoken_in_all()
    assert table.find("搜尋").price == table.find("search").price == 5.0


def test_an_english_name_of_a_command_cannot_be_given_another_meaning() -> None:
    assert CommandTable(COMMANDS, {"who": "quit"}).find("who").name == "who"
    assert CommandTable(COMMANDS, {"names": "quit"}).find("names").name == "who"


def test_switches_are_answered_in_the_persons_language(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("/lang zh_CN")
    assert ada.asks("/echo off") == ["显示自己说的话：关"]
    assert ada.asks("/time on") == ["显示时间：开"]
    assert ada.asks("/echo perhaps") == ["用法：/echo on|off"]
