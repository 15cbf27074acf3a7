"""Languages: which one somebody means, how it speaks, and what it calls the commands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core import names
from twistchat.core.command_table import CommandTable
from twistchat.core.commands import COMMANDS
from twistchat.core.events import Announced, Entry, Event, Joined, Left, Whispered
from twistchat.core.replies import Refused, Welcome, notice
from twistchat.errors import Locked, NameReserved, NameTaken, NoSuchLanguage, NotStored, Phrase, WrongUse
from twistchat.wire.datagram import DatagramFormat
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import codes, command_words, found, language
from twistchat.wire.line import LineFormat
from twistchat.wire.text import padded
from twistchat.wire.unframed import UnframedFormat

TAIWAN = LineFormat(language("zh_TW"), zone=UTC)


def line(event: Event, format: LineFormat = TAIWAN) -> str:
    return format.event(Entry(1, 0.0, event)).decode().removesuffix("\r\n")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Joined("lobby", "小明"), "歡迎 小明 進入聊天室"),
        (Left("lobby", "小明"), "小明 退出了聊天室"),
        (Announced("lobby", "", "六點回來"), "管理員消息:六點回來"),
    ],
)
def test_in_taiwan_the_tutorials_own_words_are_said(event: Event, words: str) -> None:
    assert line(event) == words


def test_in_taiwan_a_name_that_is_taken_is_refused_in_the_tutorials_words() -> None:
    (refusal,) = TAIWAN.reply(Refused(NameTaken("小明")))
    assert refusal.decode().startswith("該昵稱已被占用")


@pytest.mark.parametrize(
    ("written", "code"),
    [(each, "zh_TW") for each in ("zh_TW", "zh-TW", "zh_tw", "zh_TW.UTF-8", "zh-Hant", "zh_HK", "zh-Hant-HK", "zh_MO")]
    + [(each, "zh_CN") for each in ("zh", "zh_CN", "zh-Hans", "zh_SG", "zh_CN.GB18030", "zh-Hans-HK", "zh_CN@pinyin")]
    + [(each, "en") for each in ("en", "en_US", "en-GB.UTF-8", "C", "C.UTF-8", "POSIX", " EN ", "English")]
    + [("繁體中文", "zh_TW"), ("简体中文", "zh_CN")],
)
def test_a_language_is_found_as_people_and_systems_write_it(written: str, code: str) -> None:
    assert found(written, codes()).code == code


@pytest.mark.parametrize("written", ["", "xx", "zhong", "_", "-", ".UTF-8", "de_DE.UTF-8"])
def test_an_unknown_language_is_refused_with_those_there_are(written: str) -> None:
    with pytest.raises(NoSuchLanguage) as refused:
        found(written, codes())
    assert refused.value.languages == ["en English", "zh_CN 简体中文", "zh_TW 繁體中文"]


@given(st.text(max_size=200))
def test_whatever_is_asked_for_is_a_language_or_a_refusal(written: str) -> None:
    try:
        assert found(written, codes()).code in codes()
    except NoSuchLanguage as refused:
        assert refused.language == written


def test_a_language_that_does_not_exist_is_no_language() -> None:
    with pytest.raises(LookupError):
        language("xx")


def test_times_are_said_in_their_two_largest_units() -> None:
    sentence = notice("x", "{name}: by {interface}, here for {here}, idle for {idle}, in {rooms}")
    data = {"name": "ada", "interface": "tcp", "rooms": ["a", "b"], "idle": timedelta(0)}
    for code, words in (("en", "1 d 2 h"), ("zh_TW", "1 天 2 小時")):
        said = language(code).say(sentence.sentence, {**data, "here": timedelta(days=1, hours=2, minutes=3)})
        assert words in said
        assert "a, b" in said


def mark(code: str) -> str:
    """What stands before the administrator's words, without the colon."""
    return language(code).say("Administrator: {text}", {"text": ""}).strip(" :：")


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("disguised", ["{}", "{}1", "{}_", "_{}", "·{}·", "{}消息", "{}s"])
def test_nobody_can_be_called_as_the_administrator_is_in_any_language(code: str, disguised: str) -> None:
    with pytest.raises(NameReserved):
        names.checked(disguised.format(mark(code)), 24)


@pytest.mark.parametrize("name", ["菅理員", "菅理员消息", "管理員", "管-理-员"])
def test_nobody_can_be_called_almost_as_the_administrator_is(name: str) -> None:
    with pytest.raises(NameReserved):
        names.checked(name, 24)


@pytest.mark.parametrize("code", codes())
def test_no_room_is_called_as_private_messages_are_marked(code: str) -> None:
    line = LineFormat(language(code)).event(Entry(0, 0.0, Whispered("", "ada", "bob", "psst"))).decode()
    with pytest.raises(NameReserved):
        names.checked_room(line[1 : line.index("]")], 24)


def test_the_reason_that_something_was_not_stored_is_translated_too() -> None:
    (line,) = TAIWAN.reply(Refused(NotStored(Phrase("the disk is full"))))
    assert line.decode() == "無法儲存（磁碟已滿），所以沒有人看到。請稍後再傳。\r\n"
    (line,) = TAIWAN.reply(Refused(NotStored("unheard of")))
    assert line.decode() == "無法儲存（unheard of），所以沒有人看到。請稍後再傳。\r\n"


def test_a_point_in_time_is_said_with_its_zone() -> None:
    until = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)
    said = language("zh_TW").say(Locked.sentence, Locked("", "整理", until).data)
    assert re.fullmatch(r"聊天室暫不開放新人進入，到 2026-0[23]-\d\d \d\d:\d\d \S+ 為止。原因：整理", said)


def test_what_the_server_puts_into_its_own_sentences_is_translated_too() -> None:
    (line,) = TAIWAN.reply(Refused(WrongUse("/msg NAME TEXT")))
    assert line.decode() == "用法：/msg 名字 內容\r\n"


def test_columns_are_counted_as_a_terminal_shows_them() -> None:
    assert padded("/who [房間]", 12) == "/who [房間] "
    assert padded("/who", 6) == "/who  "
    assert padded("房間列表", 4) == "房間列表"


@pytest.mark.parametrize("code", codes())
def test_a_client_of_ascii_alone_is_spoken_to_in_english_whatever_the_servers_language(code: str) -> None:
    format = UnframedFormat(language(code))
    assert format.reply(Welcome("ada")) == [b"Connected to server!"]
    assert format.event(Entry(1, 0.0, Joined("lobby", "ada"))) == b"ada joined!"
    assert format.languages == ["en English"]
    assert format.spoken("en_US") == format
    with pytest.raises(NoSuchLanguage):
        format.spoken("zh_TW")


def test_formats_of_one_dialect_and_language_are_one() -> None:
    assert LineFormat().spoken("zh-Hant") == LineFormat(language("zh_TW"))
    assert LineFormat().spoken("zh-Hant") != LineFormat().spoken("zh-Hans")
    assert JsonFormat().spoken("zh_HK") == JsonFormat(language("zh_TW"))
    assert JsonFormat().languages == DatagramFormat().languages == ["en English", "zh_CN 简体中文", "zh_TW 繁體中文"]


def test_commands_have_chinese_names_of_both_scripts() -> None:
    words = command_words([row.name for row in COMMANDS])
    assert words["幫助"] == words["帮助"] == "help"
    assert words["私訊"] == words["私信"] == "msg"


def test_the_word_of_one_language_means_no_other_command_in_another() -> None:
    table = CommandTable(COMMANDS, command_words([row.name for row in COMMANDS]))
    for code in codes():
        for row in COMMANDS:
            for word in language(code).words_for(row.name):
                assert table.find(word) is row


@pytest.mark.parametrize("code", [code for code in codes() if code != "en"])
def test_help_shows_how_a_command_is_called_in_its_language(code: str) -> None:
    spoken = language(code)
    for row in COMMANDS:
        for word in spoken.words_for(row.name)[:1]:
            assert f"/{word}" in spoken.say("{row}", {"row": row.explanation})
