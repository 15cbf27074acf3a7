"""The table of languages and their catalogs, and the zone of the times that people are shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages import mofile
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st
from support import catalogs
from support.chat import Chat
from twisted.internet.testing import MemoryReactorClock, StringTransport

from twistchat import languages
from twistchat.core.command_table import CommandTable
from twistchat.core.commands.rows import COMMANDS
from twistchat.languages import terminals_language
from twistchat.options import Options
from twistchat.service import ChatService
from twistchat.wire.datagram import DatagramFormat
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import ENGLISH, Language, Spoken
from twistchat.wire.line import LineFormat
from twistchat.wire.unframed import UnframedFormat
from twistchat.wire.websocket import WebFormat
from twistchat.zone import MachineZone


def test_each_language_of_the_table_has_a_catalog_and_each_catalog_a_row() -> None:
    translated = {row.code for row in languages.ROWS if row != ENGLISH}
    assert translated == {path.parent.parent.name for path in catalogs.paths()}
    assert [row.code for row in languages.ROWS] == languages.loaded().codes


def test_what_the_table_says_of_a_language_means_no_other() -> None:
    for row in languages.ROWS:
        for written in (row.code, row.name, *row.also):
            assert languages.loaded().found(written).code == row.code


def test_in_a_checkout_that_was_not_built_there_is_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "LOCALE", tmp_path)
    assert languages.loaded().codes == ["en"]


# --- another language: one catalog and one row

HOL = Language("tlh", "tlhIngan Hol", ("Klingon",))
TRANSLATED = {
    ("{name} joined!", None): "{name} paw!",
    ("Notices are in English from now on.", None): "DaH Hol vIjatlh.",
    ("Nobody called {name} is here. /who lists the people.", None): "naDev {name} tu'lu'be'.",
    ("help", "command"): "qah",
}


@pytest.fixture
def with_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more language: its catalog is in a folder of locales, its row in the table."""
    catalog = Catalog()
    for (text, context), translation in TRANSLATED.items():
        catalog.add(text, translation, context=context)
    folder = tmp_path / "locale" / HOL.code / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "twistchat.mo").open("wb") as file:
        mofile.write_mo(file, catalog)
    monkeypatch.setattr(languages, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(languages, "ROWS", (*languages.ROWS, HOL))


def test_a_server_speaks_another_language_and_understands_its_commands(with_another: None, tmp_path: Path) -> None:
    options = Options()
    words = (
        "--language Klingon --log memory --tcp tcp:0 --udp off --irc off --ssh off --admin off --web off --state-dir"
    )
    options.parseOptions([*words.split(), str(tmp_path / "state")])
    reactor = MemoryReactorClock()
    service = ChatService(options, reactor)
    service.getServiceNamed("tcp").startService()
    protocol, transport = reactor.tcpServers[0][1].buildProtocol(None), StringTransport(lenient=True)
    protocol.makeConnection(transport)
    protocol.dataReceived(b"ada\r\n")
    reactor.advance(0)
    assert b"ada paw!\r\n" in transport.value()
    assert service.hub.commands.find("qah").name == "help"


@pytest.mark.parametrize("written", ["tlh", "tlh-Latn-AQ", "klingon", "tlhIngan Hol", "tlh_AQ.UTF-8"])
def test_another_language_can_be_chosen_by_everyone_and_its_words_are_commands(
    with_another: None, chat: Chat, written: str
) -> None:
    chat.format = LineFormat(languages.loaded()["en"])
    chat.hub.commands = CommandTable(COMMANDS, languages.loaded().command_words(row.name for row in COMMANDS))
    ada = chat.enters("ada")
    assert "tlh tlhIngan Hol" in ada.asks("/lang")[0]
    assert ada.asks(f"/lang {written}") == ["DaH Hol vIjatlh."]
    assert ada.asks("/whois bob") == ["naDev bob tu'lu'be'."]
    assert ada.asks("/qah who") == ada.asks("/help who")


@pytest.mark.parametrize("dialect", [LineFormat, DatagramFormat, JsonFormat, WebFormat])
def test_another_language_is_had_in_every_dialect_but_that_of_ascii(with_another: None, dialect: type[Spoken]) -> None:
    format = dialect(languages.loaded()["en"]).spoken("klingon")
    assert format == dialect(HOL)
    assert "tlh tlhIngan Hol" in format.languages
    assert UnframedFormat(format.language).languages == ["en English"]


def test_another_language_is_taken_from_the_terminal_that_has_it(with_another: None) -> None:
    assert terminals_language({"LANG": "tlh_AQ.UTF-8"}, languages.loaded()) == HOL


# --- the machine's zone

BERLIN = "Europe/Berlin"
HERE = MachineZone()


@pytest.fixture(scope="module")
def in_berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", BERLIN)
        time.tzset()
        yield
    time.tzset()


@given(st.integers(0, 2**31 - 1))
def test_a_time_is_shown_as_the_zones_own_table_has_it(in_berlin: None, seconds: int) -> None:
    def shown(when: datetime) -> str:
        return f"{when:%Y-%m-%d %H:%M:%S %Z %z}"

    expected = shown(datetime.fromtimestamp(seconds, ZoneInfo(BERLIN)))
    assert shown(datetime.fromtimestamp(seconds, HERE)) == expected
    assert shown(datetime.fromtimestamp(seconds, UTC).astimezone(HERE)) == expected


def test_of_an_hour_that_is_shown_twice_both_are_told_apart(in_berlin: None) -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(HERE) for hour in (0, 1))
    assert (first.hour, second.hour) == (2, 2)
    assert (first.tzname(), second.tzname()) == ("CEST", "CET")
    assert first.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("asked", [HERE.utcoffset, HERE.tzname, HERE.dst])
def test_without_a_time_nothing_is_said_of_the_zone(asked: Callable[[datetime | None], object]) -> None:
    assert asked(None) is None
