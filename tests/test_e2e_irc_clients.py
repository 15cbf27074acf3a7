"""Real IRC clients at terminals of their own: irssi and WeeChat against a real server, with telnet's lines beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.ircclients import IrcTerminal, irssi, weechat
from support.server import ANY, LineClient, Server, only

from twistchat.bench.ports import free_port

LISTEN = only("--tcp", ANY, "--irc", ANY)

CLIENTS = {"irssi": irssi, "weechat": weechat}


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Callable[[Path, Server, str], IrcTerminal]:
    return CLIENTS[request.param]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, "--flood", "off", listen=LISTEN) as running:
        yield running


def times(text: str, wanted: str) -> int:
    """How often a log has something."""
    return len(re.findall(wanted, text))


def test_a_client_joins_talks_and_leaves_and_each_sees_the_other_once(
    tmp_path: Path, server: Server, client: Callable[[Path, Server, str], IrcTerminal]
) -> None:
    with LineClient(server, "eve") as eve:
        eve.says("an earlier line")
        eve.hears("eve: an earlier line\r\n")
        ada = client(tmp_path, server, "ada")
        eve.hears("ada joined!\r\n")
        ada.sees("#lobby", "an earlier line")
        eve.says("hello ada, 你好")
        ada.sees("#lobby", "eve.*hello ada, 你好")
        ada.child.send("\x1b2") if client is irssi else ada.types("/buffer #lobby")
        for line, heard in (
            ("你好 from ada", "ada: 你好 from ada"),
            ("/me waves", "* ada waves"),
            ("/topic tea at four", "ada set the topic: tea at four"),
        ):
            ada.types(line)
            eve.hears(f"{heard}\r\n")
        ada.sees("#lobby", "tea at four")
        ada.types("/msg eve psst")
        eve.hears("[private] ada to eve: psst\r\n")
        eve.says("/msg ada yes?")
        ada.sees("eve", "yes\\?")
        eve.says("/nick eva")
        log = ada.sees("#lobby", "eva")
        assert times(log, "你好 from ada") == 1
        assert times(log, "an earlier line") == 1
        assert times(log, "waves") == 1
        ada.types("/quit tea time")
        assert "tea time" in eve.hears("ada left! (tea time)\r\n")
        ada.ends()


def test_a_client_decides_on_the_room_that_it_opened(
    tmp_path: Path, server: Server, client: Callable[[Path, Server, str], IrcTerminal]
) -> None:
    with LineClient(server, "eve") as eve:
        ada = client(tmp_path, server, "ada")
        eve.hears("ada joined!\r\n")
        ada.sees("#lobby", "eve|2 nicks")
        ada.types("/join #tea")
        ada.sees("#tea", "has joined #tea|nicks")
        ada.types("/mode #tea +it")
        ada.sees("#tea", r"\+it")
        eve.says("/join tea")
        eve.hears("tea is private.")
        ada.types("/invite eve #tea")
        eve.hears("ada invites eve into tea")
        eve.says("/join tea")
        ada.sees("#tea", "eve.*has joined")
        eve.says("/topic mine")
        eve.hears("The topic of tea is locked")
        ada.types("/kick eve loud")
        eve.hears("loud")
        ada.sees("#tea", "loud")
        ada.is_killed()


def test_a_name_that_is_taken_is_followed_by_another(
    tmp_path: Path, server: Server, client: Callable[[Path, Server, str], IrcTerminal]
) -> None:
    with LineClient(server, "ada") as other:
        terminal = client(tmp_path, server, "ada")
        assert "ada_ joined!" in other.hears(" joined!\r\n")
        other.says("hello")
        terminal.sees("#lobby", "hello")
        terminal.is_killed()
        other.hears("ada_ left!")


def test_after_a_restart_a_client_comes_back_by_itself_and_nothing_is_told_twice(tmp_path: Path) -> None:
    listen = only("--tcp", ANY, "--irc", f"tcp:{free_port()}:interface=127.0.0.1")
    with Server(tmp_path, listen=listen) as first:
        first.port("irc")
        ada = weechat(tmp_path, first, "ada")
        with LineClient(first, "eve") as eve:
            ada.sees("#lobby", "has joined #lobby|nicks")
            eve.says("before")
            ada.sees("#lobby", "before")
        first.stops()
    with Server(tmp_path, listen=listen) as second, LineClient(second, "eve") as eve:
        eve.hears("ada joined!")
        eve.says("after")
        log = ada.sees("#lobby", "after")
        assert times(log, r"\tafter") == 1
        ada.is_killed()
