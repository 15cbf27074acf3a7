"""Codes of names as each interface takes them: typed unseen by telnet, in a login by UDP, in a program's hello."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.irc import SERVER, IrcDoor
from support.lines import LineDoor, LinePeer
from support.operator import an_operator
from support.results import at_once

from twistchat.core.claimkeeping import grant
from twistchat.wire.datagram import Login, parse
from twistchat.wire.telnet import DO, DONT, ECHO, IAC, WILL, WONT, TelnetFilter

HIDE, SHOW = bytes((IAC, WILL, ECHO)), bytes((IAC, WONT, ECHO))


@pytest.fixture
def code(chat: Chat, tmp_path: Path) -> str:
    """Of ada's name."""
    an_operator(chat, tmp_path)
    _act, code = at_once(grant(chat.hub, "op", "ada"))
    return code


@pytest.fixture
def peer(chat: Chat) -> LinePeer:
    return LineDoor(chat).connects()


def test_telnet_shows_nothing_of_a_code_and_what_is_typed_after_it(peer: LinePeer, code: str) -> None:
    peer.sends(bytes((IAC, DO, 3)))
    peer.gets()
    peer.gives_name("ada")
    asked = peer.gets()
    assert asked.startswith(HIDE) and b"is claimed" in asked and b"is shown" not in asked
    peer.sends(bytes((IAC, DO, ECHO)))
    assert peer.gets() == b"", "a refusal would have it show the code"
    peer.gives_name(code)
    assert peer.gets().startswith(SHOW + b"\r\n")
    peer.sends(bytes((IAC, DONT, ECHO)))
    assert peer.gets() == b""


def test_telnet_that_negotiates_nothing_is_known_by_the_time_that_a_name_took(
    chat: Chat, peer: LinePeer, code: str
) -> None:
    chat.clock.advance(1.0)
    peer.gives_name("ada")
    assert HIDE in peer.gets()


def test_a_client_that_is_no_telnet_is_sent_no_command_of_it_and_its_person_is_told_that_a_code_is_shown(
    peer: LinePeer, code: str
) -> None:
    peer.gives_name("ada")
    heard = peer.gets()
    assert bytes((IAC,)) not in heard
    assert b"is claimed" in heard.partition(b"What you type here is shown.")[0], "behind what asks for it"
    assert b"What you type here is shown. telnet, ssh" in heard
    peer.gives_name(code)
    assert "Connected to server!" in peer.hears()


def test_another_name_is_shown_again_while_it_is_typed(peer: LinePeer, code: str) -> None:
    peer.sends(bytes((IAC, DO, 3)))
    peer.gives_name("ada")
    peer.gets()
    peer.gives_name("bob")
    assert peer.gets().startswith(SHOW)


def test_a_peer_that_answers_echo_before_it_is_spoken_of_is_refused_it_as_ever() -> None:
    telnet = TelnetFilter()
    assert telnet.feed(bytes((IAC, DO, ECHO))) == (b"", bytes((IAC, WONT, ECHO)))
    assert TelnetFilter().conceal(True) == b""


@pytest.mark.parametrize("written", ["{}", "{} 5", "5 {}"])
def test_a_login_by_datagram_may_have_the_code(chat: Chat, code: str, written: str) -> None:
    door = DatagramDoor(chat)
    peer = door.connects()
    peer.gives_name("ada")
    assert any("is claimed" in line for line in peer.hears())
    owner = door.connects()
    owner.gives_name(f"ada {written.format(code.replace('-', ''))}")
    assert owner.hears()[0] == "OK"


@pytest.mark.parametrize(
    ("datagram", "login"),
    [
        (b"L ada 4821903577162240", Login("ada", code="4821903577162240")),
        (b"L ada abcdefghijklmnop 4821-9035-7716-2240", Login("ada", "abcdefghijklmnop", "4821-9035-7716-2240")),
        (b"L ada 12345678 20\n", Login("ada", code="12345678", by_hand=True, past=20)),
        (b"L ada 12345 2", Login("ada", "12345", past=2)),
    ],
)
def test_a_code_is_told_from_a_cookie_and_from_the_past(datagram: bytes, login: Login) -> None:
    assert parse(datagram) == login


def test_a_programs_hello_may_have_the_code(chat: Chat, peer: LinePeer, code: str) -> None:
    peer.says(json.dumps({"name": "ada"}))
    assert json.loads(peer.hears()[-1])["code"] == "name-claimed"
    peer.says(json.dumps({"name": "ada", "key": "k" * 22, "code": code}))
    assert json.loads(peer.hears()[0])["kind"] == "welcome"
    again = LineDoor(chat).connects()
    again.says(json.dumps({"name": "ada", "key": "k" * 22}))
    assert json.loads(again.hears()[0])["kind"] == "welcome", "its key was bound"


def test_whois_says_that_a_name_is_claimed_to_people_and_programs(chat: Chat, code: str) -> None:
    eve = chat.enters("eve")
    ada = chat.connects()
    ada.sends("ada")
    ada.sends(code)
    assert eve.asks("/whois ada")[-1].endswith(" claimed=True")
    assert "claimed" not in eve.asks("/whois eve")[-1]
    reader = LineDoor(chat).connects()
    reader.gives_name("bob")
    reader.hears()
    reader.says("/whois ada")
    assert reader.hears()[-1].startswith("ada (claimed): by fake, here for ")


def test_irc_says_who_has_proven_that_a_claimed_name_is_theirs(chat: Chat, tmp_path: Path) -> None:
    door = IrcDoor(chat)
    eve, _ada = door.registers("eve"), door.registers("ada")
    logged_in = f":{SERVER} 330 eve ada ada :is logged in as"
    an_operator(chat, tmp_path)
    assert logged_in not in eve.says_line("WHOIS ada")
    at_once(grant(chat.hub, "op", "ada"))
    assert logged_in not in eve.says_line("WHOIS ada"), "it is another's"
    held = chat.hub.rules.claims.find("ada")
    assert held is not None
    chat.hub.roster.find("ada").ownership.by_code(held)
    assert logged_in in eve.says_line("WHOIS ada")


def test_what_is_piped_behind_a_refused_name_is_neither_said_nor_a_name(chat: Chat, peer: LinePeer, code: str) -> None:
    peer.sends(b"ada\nhello\nyou there")
    assert peer.hears()[-1] == "What you sent behind the name, before it was answered, is not said."
    assert not chat.hub.everyone
    owner = LineDoor(chat).connects()
    owner.sends(f"ada\n\n{code}\nhello\n".encode())
    heard = owner.hears()
    assert "ada: hello" in heard and not any("is shown" in line for line in heard), "it has sent the code already"
    program = LineDoor(chat).connects()
    program.sends(b'{"name":"b b"}\n{"line":"hi","id":"1"}\n')
    assert [json.loads(line)["kind"] for line in program.hears()] == ["refused", "refused"]


@pytest.mark.parametrize("end", [b"\r\0", b"\r\n", b"\n", b"\r\n\r\n", b"\n \t\n"])
def test_who_is_refused_a_name_may_give_another_however_their_lines_end(chat: Chat, code: str, end: bytes) -> None:
    peer = LineDoor(chat).connects()
    chat.clock.advance(1.0)
    for name in (b"ada", b"bob"):
        peer.sends(name + end)
        chat.clock.advance(1.0)
    assert b"Connected to server!" in peer.gets()
