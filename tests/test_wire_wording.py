"""What people read in lines of text when they talk in a chat: whole answers, in English and in Chinese.

The core's tests see codes and data. Here a sentence is held against what it answers, where it has more in it than them.
"""

from __future__ import annotations

import pytest
from support.chat import Chat, Person

from twistchat.core.command_table import CommandTable
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.events import Aside, Away, Entry, PutOut, Removed
from twistchat.languages import loaded
from twistchat.wire.irc_format import IrcFormat
from twistchat.wire.json import JsonFormat
from twistchat.wire.line import LineFormat
from twistchat.wire.unframed import UnframedFormat

LANGUAGES = loaded()
LINES = LineFormat(LANGUAGES["en"])


@pytest.fixture
def ada(chat: Chat) -> Person:
    """Somebody who reads lines, where commands have words of all languages."""
    chat.hub.commands = CommandTable(COMMANDS, LANGUAGES.command_words(row.name for row in COMMANDS))
    return chat.enters("ada", format=LINES)


# --- in English


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (PutOut("tea", "eve", "", "ada"), "ada put eve out."),
        (PutOut("tea", "eve", "loud", "ada"), "ada put eve out. (loud)"),
        (Removed("tea", "eve", ""), "eve was removed."),
        (Removed("tea", "eve", "-"), "eve was removed."),
        (Removed("tea", "eve", "loud"), "eve was removed. (loud)"),
    ],
)
def test_a_reason_stands_in_brackets_where_there_is_one(event: PutOut | Removed, line: str) -> None:
    assert LINES.event(Entry(1, 0.0, event)).decode() == f"{line}\r\n"


def test_many_who_come_and_go_are_one_line_for_people_and_each_told_to_programs() -> None:
    formats = (LINES, JsonFormat(), IrcFormat(server="irc.test"))
    assert [each.folds_presence for each in formats] == [True, False, False]


def test_help_lists_every_command_and_says_how_to_say_a_slash(ada: Person) -> None:
    heard = ada.asks("/help")
    commands = [row for row in COMMANDS if not row.is_for_moderators]
    assert len(heard) == len(commands) + 1
    for command, line in zip(commands, heard, strict=False):
        assert line.startswith(command.usage)
        assert line.endswith(command.explanation)
    assert "//text" in heard[-1]
    assert ada.asks("/help nick") == ["/nick NAME [CODE]  changes your name"]


def test_answers_read_as_sentences(chat: Chat, ada: Person) -> None:
    chat.enters("bob")
    chat.clock.advance(3705)
    assert ada.asks("/who") == ["In lobby (2): ada, bob"]
    assert ada.asks("/whois bob") == ["bob: by fake, here for 1 h 1 min, idle for 1 h 1 min, in lobby"]
    assert ada.asks("/rooms") == ["lobby (2)"]
    ada.sends("/topic tea")
    assert ada.asks("/rooms") == ["lobby (2): tea"]
    assert ada.asks("/ignore") == ["You ignore: -"]
    assert ada.asks("/ping") == ["pong"]
    assert ada.asks("/ping 123") == ["pong 123"]


def test_the_end_of_a_search_is_told_apart_from_finding_nothing(ada: Person) -> None:
    ada.sends("apples")
    assert ada.asks("/search apples") == ["#2 [1970-01-01 00:00] ada: apples", "Nothing else was found."]
    assert ada.asks("/search pears") == ["Nothing was found."]


# --- in Chinese


def test_people_in_one_room_each_read_notices_in_their_own_language(chat: Chat, ada: Person) -> None:
    ming = chat.enters("小明", format=LINES)
    assert ming.asks("/lang zh_TW") == ["從現在起使用繁體中文。"]
    ada.hears()
    chat.enters("bob").sends("/nick rob", "hi, {name}")
    assert ming.hears() == ["歡迎 bob 進入聊天室", "bob 改名為 rob", "rob: hi, {name}"]
    ada.sends("/lang zh_CN", "/nick eve")
    assert ada.hears()[-1] == "ada 改名为 eve"


def test_the_languages_are_listed_by_their_own_names(ada: Person) -> None:
    assert ada.asks("/lang") == ["Languages: en English, zh_CN 简体中文, zh_TW 繁體中文. /lang CODE chooses one."]
    ada.asks("/lang zh-Hans")
    assert ada.asks("/lang xx") == ["没有 xx 这种语言。可用的有：en English、zh_CN 简体中文、zh_TW 繁體中文"]


def test_the_servers_language_holds_until_somebody_asks_for_another(chat: Chat) -> None:
    ming = chat.connects(format=LineFormat(LANGUAGES["zh_TW"]))
    assert ming.asks("小明")[0] == "已連上伺服器！"
    assert ming.asks("/lang en_US.UTF-8") == ["Notices are in English from now on."]


def test_the_language_stays_when_times_rooms_and_dialects_are_switched(chat: Chat, ada: Person) -> None:
    ada.sends("/lang zh_TW", "/time on", "/join den")
    chat.enters("bob").sends("/nick rob")
    assert ada.hears()[-1] == "[1970-01-01 00:00] [lobby] bob 改名為 rob"
    assert ada.asks("/topic") == ["den 還沒有主題。用「/topic 內容」設定一個。"]
    ada.session.speak(UnframedFormat())
    assert ada.asks("/unignore bob") == ["You do not ignore bob. /ignore alone lists the people that you ignore."]
    ada.session.speak(LINES)
    assert ada.asks("/unignore bob") == ["你沒有忽略 bob。單獨輸入 /ignore 查看已忽略的人。"]


def test_commands_are_understood_in_english_and_in_chinese_whatever_the_language(chat: Chat, ada: Person) -> None:
    for code in ("en", "zh_CN", "zh_TW"):
        ada.sends(f"/lang {code}")
        answer = ada.asks("/who")
        assert answer == ada.asks("/誰在") == ada.asks("/谁在")
    assert chat.hub.commands.find("搜尋").price == chat.hub.commands.find("search").price


def test_help_in_a_language_shows_what_its_commands_are_called(ada: Person) -> None:
    ada.sends("/lang zh_TW")
    lines = ada.asks("/幫助")
    assert "/help [指令]          列出所有指令，或說明其中一個（/幫助）" in lines
    assert ada.asks("/help 私訊") == ada.asks("/幫助 /msg") == ["/msg 暱稱 內容  傳送私訊，不會儲存（/私訊）"]


def test_a_command_that_is_misspelled_in_chinese_is_guessed(ada: Person) -> None:
    assert ada.asks("/幫住") == ["There is no /幫住. Did you mean /幫助? //幫住 says it as text."]
    assert ada.asks("/天氣") == ["There is no /天氣. /help lists the commands; //天氣 says it as text."]


def test_switches_are_answered_in_the_persons_language(ada: Person) -> None:
    ada.sends("/lang zh_CN")
    assert ada.asks("/echo off") == ["显示自己说的话：关"]
    assert ada.asks("/time on") == ["显示时间：开"]
    assert ada.asks("/echo perhaps") == ["用法：/echo on|off"]


@pytest.mark.parametrize("format", [LineFormat(LANGUAGES["en"]), UnframedFormat(LANGUAGES["en"])])
def test_a_signal_is_no_line(format: LineFormat | UnframedFormat) -> None:
    assert format.event(Aside(None, 0.0, Away("lobby", "ada", "lunch"))) == b""
