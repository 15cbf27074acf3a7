"""Languages: which one somebody means, how it speaks, and what it calls the commands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dialect import came
from support.language import Dictionary

from twistchat.core import names
from twistchat.core.command_table import CommandTable
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.events import (
    Announced,
    Aside,
    Entry,
    Event,
    Joined,
    Left,
    PutOut,
    Removed,
    TopicSet,
    Turnover,
    Whispered,
)
from twistchat.core.names import EVERYWHERE
from twistchat.core.replies import Refused, Welcome, notice
from twistchat.errors import BannedForever, Locked, NameReserved, NameTaken, NoSuchLanguage, NotStored, Phrase, WrongUse
from twistchat.languages import loaded
from twistchat.wire.datagram import DatagramFormat
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import ENGLISH, Language, Languages
from twistchat.wire.line import LineFormat
from twistchat.wire.text import padded
from twistchat.wire.unframed import UnframedFormat

LANGUAGES = loaded()
TAIWAN = LineFormat(LANGUAGES["zh_TW"])
COMMAND_WORDS = LANGUAGES.command_words(row.name for row in COMMANDS)
ELVISH = Language("el_EL", "Êlvish", ("x-elf",), Dictionary({("command", "help"): "Estel  tulu"}))


def line(event: Event, format: LineFormat = TAIWAN) -> str:
    return format.event(Entry(1, 0.0, event)).decode().removesuffix("\r\n")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Joined("lobby", "小明"), "歡迎 小明 進入聊天室"),
        (Left("lobby", "小明"), "小明 退出了聊天室"),
        (Joined("茶館", "小明"), "小明 進入了 茶館"),
        (Left("茶館", "小明"), "小明 離開了 茶館"),
        (Left("茶館", "小明", "晚安"), "小明 離開了 茶館（晚安）"),
        (Removed("茶館", "小明", "洗版"), "小明 被移出了聊天室（洗版）"),
        (Turnover("茶館", 3, 0), "又有 3 人進入"),
        (Turnover("茶館", 0, 2), "又有 2 人退出"),
        (Turnover("茶館", 3, 2), "又有 3 人進入、2 人退出"),
        (TopicSet("茶館", None, "包種茶"), "管理員設定了主題：包種茶"),
        (Announced("lobby", "六點回來"), "管理員訊息：六點回來"),
    ],
)
def test_in_taiwan_people_read_what_is_said_there(event: Event, words: str) -> None:
    assert line(event) == words


def test_in_taiwan_a_name_that_is_taken_is_refused_in_its_own_words() -> None:
    (refusal,) = TAIWAN.reply(Refused(NameTaken("小明")))
    assert refusal.decode() == "此暱稱已被使用（小明），或與他人的太相似，請換一個。\r\n"


@pytest.mark.parametrize(("code", "mark"), [("zh_CN", "管理员消息:"), ("zh_TW", "管理員消息:")])
def test_the_tutorials_client_hears_the_administrator_in_the_tutorials_words(code: str, mark: str) -> None:
    announced = DatagramFormat(LANGUAGES[code]).event(Entry(1, 0.0, Announced("lobby", "hi")))
    assert announced.decode() == f"{mark}hi"
    assert DatagramFormat(LANGUAGES["en"]).event(Entry(1, 0.0, Announced(EVERYWHERE, "hi"))) == b"Administrator: hi"


@pytest.mark.parametrize(
    ("written", "code"),
    [(each, "zh_TW") for each in ("zh_TW", "zh-TW", "zh_tw", "zh_TW.UTF-8", "zh-Hant", "zh_HK", "zh-Hant-HK", "zh_MO")]
    + [(each, "zh_CN") for each in ("zh", "zh_CN", "zh-Hans", "zh_SG", "zh_CN.GB18030", "zh-Hans-HK", "zh_CN@pinyin")]
    + [(each, "en") for each in ("en", "en_US", "en-GB.UTF-8", "C", "C.UTF-8", "POSIX", " EN ", "English")]
    + [("繁體中文", "zh_TW"), ("简体中文", "zh_CN")],
)
def test_a_language_is_found_as_people_and_systems_write_it(written: str, code: str) -> None:
    assert LANGUAGES.found(written).code == code


@pytest.mark.parametrize("written", ["", "xx", "zhong", "_", "-", ".UTF-8", "xx_XX.UTF-8"])
def test_an_unknown_language_is_refused_with_those_there_are(written: str) -> None:
    with pytest.raises(NoSuchLanguage) as refused:
        LANGUAGES.found(written)
    assert refused.value.languages == LANGUAGES.listed


@given(st.text(max_size=200))
def test_whatever_is_asked_for_is_a_language_or_a_refusal(written: str) -> None:
    try:
        assert LANGUAGES.found(written).code in LANGUAGES.codes
    except NoSuchLanguage as refused:
        assert refused.language == written


@pytest.mark.parametrize(
    "written", ["el_EL", "EL-el", "el_EL_north", "x_elf", "X-ELF.utf-8", "êLVISH", " Êlvish ", "el_EL@north"]
)
def test_any_language_is_found_by_its_code_its_own_name_and_what_else_is_written_for_it(written: str) -> None:
    languages = Languages([ENGLISH, ELVISH])
    assert languages.found(written) == ELVISH
    assert languages.found(written).say("{x}", {"x": 1}) == "1"
    assert languages.codes == ["en", "el_EL"]
    assert languages.listed == ["en English", "el_EL Êlvish"]


def test_where_two_languages_are_written_alike_the_earlier_one_is_meant() -> None:
    assert Languages([ELVISH, Language("x_elf", "other")]).found("x-elf") == ELVISH


@pytest.mark.parametrize("code", ["xx", "", "../en", "EN"])
def test_by_its_code_alone_a_language_is_had_as_it_is_written(code: str) -> None:
    with pytest.raises(LookupError):
        LANGUAGES[code]


def test_a_language_alone_is_the_only_one_that_its_formats_can_be_had_in() -> None:
    format = LineFormat(ELVISH)
    assert format.languages == ["el_EL Êlvish"]
    assert format.spoken("x-elf") == format
    with pytest.raises(NoSuchLanguage):
        format.spoken("en")


def test_a_formats_times_are_those_of_where_its_reader_is() -> None:
    there = replace(ENGLISH, zone=timezone(timedelta(hours=-3, minutes=-30)))
    assert line(Joined("lobby", "ada"), LineFormat(there, stamps=True)) == "[1969-12-31 20:30] ada joined!"
    pieces = UnframedFormat(there, stamps=True).event(Entry(1, 0.0, Joined("lobby", "ada")))
    assert pieces == b"[1969-12-31 20:30] ada joined!"


def test_times_are_said_in_their_two_largest_units() -> None:
    sentence = notice("x", "{name}: by {interface}, here for {here}, idle for {idle}, in {rooms}")
    data = {"name": "ada", "interface": "tcp", "rooms": ["a", "b"], "idle": timedelta(minutes=5, seconds=1)}
    for code, words in (
        ("en", "ada: by tcp, here for 1 d 2 h, idle for 5 min 1 s, in a, b"),
        ("zh_TW", "ada：透過 tcp 連線，上線 1 天 2 小時，已 5 分鐘 1 秒未發言，所在房間：a、b"),
    ):
        here = timedelta(days=1, hours=2, minutes=3)
        assert LANGUAGES[code].say(sentence.sentence, {**data, "here": here}) == words


def mark(code: str) -> str:
    """What stands before the administrator's words, without the colon."""
    return LANGUAGES[code].say("Administrator: {text}", {"text": ""}).strip(" :：")


@pytest.mark.parametrize("code", LANGUAGES.codes)
@pytest.mark.parametrize("disguised", ["{}", "{}1", "{}_", "_{}", "·{}·", "{}消息", "{}s"])
def test_nobody_can_be_called_as_the_administrator_is_in_any_language(code: str, disguised: str) -> None:
    with pytest.raises(NameReserved):
        names.checked(disguised.format(mark(code)), 24)


@pytest.mark.parametrize("name", ["菅理員", "菅理员消息", "管理員", "管-理-员"])
def test_nobody_can_be_called_almost_as_the_administrator_is(name: str) -> None:
    with pytest.raises(NameReserved):
        names.checked(name, 24)


@pytest.mark.parametrize("code", LANGUAGES.codes)
def test_no_room_is_called_as_private_messages_are_marked(code: str) -> None:
    line = LineFormat(LANGUAGES[code]).event(Aside(None, 0.0, Whispered("ada", "bob", "psst"))).decode()
    with pytest.raises(NameReserved):
        names.checked_room(line[1 : line.index("]")], 24)


def test_the_reason_that_something_was_not_stored_is_translated_too() -> None:
    (line,) = TAIWAN.reply(Refused(NotStored(Phrase("the disk is full"))))
    assert line.decode() == "無法儲存（磁碟已滿），所以沒有人看到。請稍後再傳送。\r\n"
    (line,) = TAIWAN.reply(Refused(NotStored("unheard of")))
    assert line.decode() == "無法儲存（unheard of），所以沒有人看到。請稍後再傳送。\r\n"


def test_a_point_in_time_is_said_with_its_zone() -> None:
    until = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)
    there = replace(LANGUAGES["zh_TW"], zone=timezone(timedelta(hours=8), "CST"))
    said = there.say(Locked.sentence, Locked("", "整理", until).data)
    assert said == "聊天室暫不開放新成員進入，到 2026-03-01 20:34 CST 為止。原因：整理"


def test_what_the_server_puts_into_its_own_sentences_is_translated_too() -> None:
    (line,) = TAIWAN.reply(Refused(WrongUse("/msg NAME TEXT")))
    assert line.decode() == "用法：/msg 暱稱 內容\r\n"


def test_columns_are_counted_as_a_terminal_shows_them() -> None:
    assert padded("/who [房間]", 12) == "/who [房間] "
    assert padded("/who", 6) == "/who  "
    assert padded("房間列表", 4) == "房間列表"


@pytest.mark.parametrize("code", LANGUAGES.codes)
def test_a_client_of_ascii_alone_is_spoken_to_in_english_whatever_the_servers_language(code: str) -> None:
    format = UnframedFormat(LANGUAGES[code])
    assert format.reply(Welcome("ada")) == [b"Connected to server!"]
    assert format.event(Entry(1, 0.0, Joined("lobby", "ada"))) == came("ada").encode()
    assert format.languages == ["en English"]
    assert format.spoken("en_US") == format
    with pytest.raises(NoSuchLanguage):
        format.spoken("zh_TW")


def test_formats_of_one_dialect_and_language_are_one() -> None:
    english = LANGUAGES["en"]
    assert LineFormat(english).spoken("zh-Hant") == LineFormat(LANGUAGES["zh_TW"])
    assert LineFormat(english).spoken("zh-Hant") != LineFormat(english).spoken("zh-Hans")
    assert JsonFormat(english).spoken("zh_HK") == JsonFormat(LANGUAGES["zh_TW"])
    assert JsonFormat(english).languages == DatagramFormat(english).languages == LANGUAGES.listed


def test_commands_have_chinese_names_of_both_scripts() -> None:
    assert COMMAND_WORDS["幫助"] == COMMAND_WORDS["帮助"] == "help"
    assert COMMAND_WORDS["私訊"] == COMMAND_WORDS["私信"] == "msg"


def test_a_language_gives_its_commands_words_with_spaces_between_them() -> None:
    assert Languages([ENGLISH, ELVISH]).command_words(["help", "quit"]) == {"estel": "help", "tulu": "help"}


def test_the_word_of_one_language_means_no_other_command_in_another() -> None:
    table = CommandTable(COMMANDS, COMMAND_WORDS)
    for language in LANGUAGES:
        for row in COMMANDS:
            for word in language.words_for(row.name):
                assert table.find(word) is row


@pytest.mark.parametrize("code", LANGUAGES.codes)
def test_help_shows_how_a_command_is_called_in_its_language(code: str) -> None:
    spoken = LANGUAGES[code]
    for row in COMMANDS:
        for word in spoken.words_for(row.name)[:1]:
            assert f"/{word}" in spoken.say("{row}", {"row": row.explanation})


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        ("en", "-", "bob is banned for good."),
        ("en", "", "bob is banned for good."),
        ("en", "spam", "bob is banned for good. Reason: spam"),
        ("zh_CN", "-", "bob 已被永久封禁。"),
        ("zh_CN", "广告", "bob 已被永久封禁。原因：广告"),
    ],
)
def test_a_reason_ends_the_sentence_where_there_is_one(code: str, reason: str, words: str) -> None:
    error = BannedForever("bob", reason, None)
    assert LANGUAGES[code].say(error.sentence, error.data) == words
    assert error.data["reason"] == reason, "programs are told it as it is"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Removed("tea", "bob", "-"), "bob was removed."),
        (Removed("tea", "bob", "Ms Li: loud"), "bob was removed. (Ms Li: loud)"),
        (PutOut("tea", "bob", "", "ada"), "ada put bob out."),
        (PutOut("tea", "bob", "loud", "ada"), "ada put bob out. (loud)"),
    ],
)
def test_who_is_gone_is_told_with_a_reason_where_there_is_one(event: Event, words: str) -> None:
    assert LineFormat(ENGLISH).event(Entry(1, 0.0, event)).decode().strip() == words
