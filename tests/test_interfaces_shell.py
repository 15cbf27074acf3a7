"""People by SSH, with conch's client in memory: what each kind of session shows, and how it ends."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from support.chat import Chat
from support.shell import a_host_key
from support.sshclient import LOGIN, Pair, terminal
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.keys import Key

from twistchat.core.bans import Act
from twistchat.core.limits import Rate
from twistchat.errors import CannotStart
from twistchat.interfaces.shell import service as shell_service
from twistchat.interfaces.shell.server import END_SECONDS, PLACES, PersonFactory
from twistchat.interfaces.shell.server import _anybody as holder_of
from twistchat.interfaces.ssh.gate import SILENT_SECONDS
from twistchat.interfaces.ssh.hostkey import fingerprint
from twistchat.languages import loaded
from twistchat.wire.language import ENGLISH

KEY = Key(Ed25519PrivateKey.generate())


@pytest.fixture
def factory(chat: Chat) -> Any:
    made = PersonFactory(chat.hub, ENGLISH, a_host_key())
    made.doStart()
    return made


def sits_down(chat: Chat, factory: Any, user: str = "ada", kind: bytes = b"dumb", columns: int = 80) -> Pair:
    pair = Pair(chat, factory, KEY, user=user)
    pair.comes_in()
    pair.asks(b"pty-req", terminal(columns, kind))
    pair.asks(b"shell")
    return pair


def pipes(chat: Chat, factory: Any, user: str = "ada", kind: bytes = b"shell", data: bytes = b"", **how: Any) -> Pair:
    pair = Pair(chat, factory, KEY, user=user, **how)
    pair.comes_in()
    pair.asks(kind, data)
    return pair


def test_what_others_say_stands_above_the_line_that_is_typed(chat, factory):
    ada, eve = sits_down(chat, factory), chat.enters("eve")
    ada.sends("半句话".encode())
    ada.channel.got = b""
    eve.sends("hi")
    assert ada.sends(b"").decode() == "\r\x1b[Keve: hi\r\n\r\x1b[K> 半句话"


def test_what_is_said_is_erased_and_comes_back_and_a_command_stays(chat, factory):
    ada = sits_down(chat, factory)
    assert ada.sends(b"hello\r").decode().endswith("\r\x1b[K\r\x1b[K> \r\x1b[Kada: hello\r\n\r\x1b[K> ")
    assert "> /who\r\n" in ada.sends(b"/who\r").decode()


def test_a_paste_is_taken_in_slices_and_at_the_pace_of_the_flood_limit(factory):
    chat = Chat(flood=Rate(1.0, 3))
    made = PersonFactory(chat.hub, ENGLISH, a_host_key())
    made.doStart()
    ada, eve = sits_down(chat, made), chat.enters("eve")
    eve.hears()
    ada.sends(b"".join(b"line %d\r" % number for number in range(30)))
    assert 2 <= len(eve.hears()) <= 4
    ada.sends(b"typed meanwhile")
    assert b"typed meanwhile" in ada.server.avatar.member._front._readline._editor.text.encode()
    chat.clock.pump([0.5] * 80)
    assert eve.hears()[-1] == "ada: line 29"
    assert len(ada.server.member.ingress.session.format.frame([b"x"])) == 1


def test_ctrl_d_leaves_behind_what_was_typed_before(chat, factory):
    ada, eve = sits_down(chat, factory), chat.enters("eve")
    eve.hears()
    ada.sends(b"bye\r\x04never said\r")
    assert eve.hears() == ["ada: bye", "-ada"]
    assert ada.channel.status == 0
    assert not ada.is_let_go
    chat.clock.advance(END_SECONDS)
    assert ada.is_let_go


def test_tab_offers_names_commands_and_rooms(chat, factory):
    ada = sits_down(chat, factory)
    chat.enters("eve"), chat.enters("evelyn")
    ada.sends(b"/join tea\r")
    ada.sends(b"/join lobby\r")
    ada.sends(b"ev\t")
    assert ada.sends(b"lyn\t").decode().endswith("> evelyn: ")
    assert "evelyn" in ada.sends(b"and ev\t\t").decode()
    assert ada.sends(b"\x15/who\t").decode().count("/whois") == 1
    assert ada.sends(b"\x15/join te\t").decode().endswith("> /join tea")
    stranger = sits_down(chat, factory, user="eve")
    assert stranger.sends(b"ad\t").decode().endswith("> ad")


def test_a_name_that_is_taken_leads_to_the_next_at_a_terminal(chat, factory):
    chat.enters("ada")
    late = sits_down(chat, factory)
    assert "is taken" in late.channel.got.decode()
    assert "Connected to server!" in late.sends(b"bob\r").decode()


def test_the_terminal_may_have_another_width_at_any_time(chat, factory):
    ada = sits_down(chat, factory, columns=0)
    ada.asks(b"window-change", struct.pack(">4L", 30, 24, 0, 0))
    assert ada.sends(b"x" * 50).decode().endswith("> " + "x" * 27)
    early = Pair(chat, factory, user="eve")
    early.comes_in()
    early.asks(b"window-change", struct.pack(">4L", 30, 24, 0, 0))


@pytest.mark.parametrize(
    ("kind", "says_no", "is_coloured"), [("xterm", False, True), ("dumb", False, False), ("xterm", True, False)]
)
def test_colours_are_there_where_they_can_be_and_are_wanted(chat, factory, kind, says_no, is_coloured):
    pair = Pair(chat, factory)
    pair.comes_in()
    if says_no:
        pair.asks(b"env", NS(b"NO_COLOR") + NS(b"1"))
    pair.asks(b"pty-req", terminal(80, kind.encode()))
    pair.asks(b"shell")
    chat.enters("eve").sends("hi Ada")
    assert ("\x1b[1;7mAda\x1b[0m" in pair.sends(b"").decode() + pair.channel.got.decode()) is is_coloured


@pytest.mark.parametrize(
    ("variables", "heard"),
    [({"LANG": "zh_TW.UTF-8"}, "已連上"), ({"LANG": "C.UTF-8"}, "Connected"), ({"LANG": "tlh"}, "Connected")],
)
def test_the_locale_chooses_the_language(chat, variables, heard):
    factory = PersonFactory(chat.hub, loaded()["en"], a_host_key())
    factory.doStart()
    pair = Pair(chat, factory)
    pair.comes_in()
    for name, value in {**variables, "LD_PRELOAD": "x"}.items():
        pair.asks(b"env", NS(name.encode()) + NS(value.encode()))
    pair.asks(b"shell")
    assert heard in pair.channel.got.decode()


# --- without a terminal


def test_a_file_is_said_and_the_status_tells_whether_all_of_it_was(chat, factory):
    pair = pipes(chat, factory)
    pair.channel.write(b"one\n/nope\n" + b"x" * 5000 + b"\n\xff\xff\nlast")
    pair.client.connection.sendEOF(pair.channel)
    pair.carry()
    assert b"ada: one\n" in pair.channel.got and b"ada: last\n" in pair.channel.got
    assert pair.channel.errors.count(b"\n") == 3
    assert pair.channel.status == 1


def test_an_end_may_come_with_the_very_request(chat, factory):
    pair = Pair(chat, factory)
    pair.comes_in()
    pair.channel.write(b"said before anything was asked for\n")
    pair.client.connection.sendRequest(pair.channel, b"shell", b"")
    pair.channel.write(b"early\n")
    pair.client.connection.sendEOF(pair.channel)
    pair.carry()
    assert pair.channel.got.decode().splitlines()[-1] == "ada: early"
    assert pair.channel.status == 0


def test_one_line_is_said_and_nothing_else_is_shown(chat, factory):
    eve = chat.enters("eve")
    eve.hears()
    pair = pipes(chat, factory, kind=b"exec", data=NS(b"Back at six"))
    assert (pair.channel.got, pair.channel.errors, pair.channel.status) == (b"", b"", 0)
    assert eve.hears() == ["+ada", "ada: Back at six", "-ada"]


def test_one_command_is_answered_at_a_terminal_as_well(chat, factory):
    pair = Pair(chat, factory)
    pair.comes_in()
    pair.asks(b"pty-req", terminal())
    pair.asks(b"exec", NS(b"/who"))
    assert pair.channel.got == b"In lobby (1): ada\r\n"
    assert pair.sends(b"ignored") == b""
    assert pair.channel.status == 0


@pytest.mark.parametrize("line", ["/nope", "x" * 1001])
def test_one_line_that_is_refused_has_status_1(chat, factory, line):
    pair = pipes(chat, factory, kind=b"exec", data=NS(line.encode()))
    assert pair.channel.got == b""
    assert pair.channel.errors
    assert pair.channel.status == 1


def test_without_a_terminal_a_name_that_cannot_be_is_the_end(chat, factory):
    for kind in (b"shell", b"exec"):
        pair = pipes(chat, factory, user="admin", kind=kind, data=NS(b"hi") if kind == b"exec" else b"")
        assert b"is kept for the server itself" in pair.channel.errors
        assert pair.channel.status == 1


def test_programs_have_their_dialect_and_no_other_subsystem_is_there(chat, factory):
    pair = pipes(chat, factory, kind=b"subsystem", data=NS(b"json"))
    told = pair.sends(b'hello\n{"v":1,"name":"prog"}\n{"line":"hi","id":"1"}\n')
    kinds = [json.loads(line)["kind"] for line in told.decode().splitlines()]
    assert kinds[0] == "refused" and kinds[-1] == "done"
    other = pipes(chat, factory, user="bob", kind=b"subsystem", data=NS(b"sftp"))
    assert not other.server.avatar.member._front


def test_a_connection_is_one_person_who_does_one_thing(chat, factory, logged):
    pair = pipes(chat, factory)
    pair.asks(b"exec", NS(b"/quit"))
    second = type(pair.channel)(1 << 20, 1 << 15)
    pair.client.connection.openChannel(second)
    pair.carry()
    assert "by this connection already" in second.refused
    assert b"ada: still here" in pair.sends(b"still here\n")
    assert not any("Traceback" in line for line in logged)


# --- coming and going


def test_a_session_that_is_closed_before_it_began_ends_the_connection(chat, factory):
    pair = Pair(chat, factory)
    pair.comes_in()
    pair.channel.loseConnection()
    pair.carry()
    assert not chat.hub.everyone
    chat.clock.advance(END_SECONDS)
    assert pair.is_let_go


def test_a_client_that_closes_its_session_has_left(chat, factory):
    pair, eve = sits_down(chat, factory), chat.enters("eve")
    eve.hears()
    pair.channel.loseConnection()
    pair.carry()
    assert eve.hears() == ["-ada"]


def test_who_gives_no_name_in_time_is_told_so_though_no_session_began(chat, factory):
    chat.limit(name_seconds=5.0)
    pair = Pair(chat, factory, goal=LOGIN)
    pair.comes_in()
    chat.clock.advance(5.0)
    pair.client.dataReceived(pair.wire.value())
    assert pair.client.ended is not None and "No name came" in pair.client.ended[1]


def test_when_all_places_are_taken_the_oldest_who_says_nothing_makes_room(chat, factory):
    silent = [Pair(chat, factory, goal=LOGIN, address=f"10.1.{n}.1") for n in range(PLACES.at_once)]
    late = Pair(chat, factory, address="10.2.0.1")
    late.client.dataReceived(late.wire.value())
    assert late.client.ended is not None
    chat.clock.advance(SILENT_SECONDS)
    Pair(chat, factory, address="10.2.0.2")
    assert [pair.is_let_go for pair in silent[:2]] == [True, False]


def test_who_waits_for_the_exchange_of_keys_does_not_go_for_those_who_come_later(chat, factory):
    """They would be the next: a crowd whose oldest always goes would never be let in."""
    waiting = [Pair(chat, factory, goal=LOGIN) for _ in range(PLACES.at_once)]
    for pair in waiting:
        pair.server.dataReceived(b"SSH-2.0-x\r\n")
    chat.clock.advance(10.0)
    late = Pair(chat, factory)
    late.client.dataReceived(late.wire.value())
    assert late.client.ended is not None
    assert not any(pair.is_let_go for pair in waiting)


def test_the_server_stops_with_everybody(chat, factory):
    inside, outside = sits_down(chat, factory), Pair(chat, factory, goal=LOGIN)
    chat.hub.shut_down()
    factory.end_all()
    chat.turn()
    assert inside.is_let_go and outside.is_let_go


# --- keys


def proven(pair: Pair) -> list[str]:
    return list(pair.server.member.ingress.session.person.proofs)


def test_a_key_proves_who_somebody_is_and_nothing_else_does(chat, factory):
    assert proven(pipes(chat, factory)) == [f"ssh:{fingerprint(KEY)}"]
    plain = Pair(chat, factory, user="eve", key=Key(generate_private_key(65537, 1024)))
    plain.comes_in()
    plain.asks(b"shell")
    assert proven(plain) == []


def test_a_claimed_name_is_its_owners_by_their_key_and_others_type_its_code_unseen(chat, factory):
    chat.hub.rules.take(Act("claim", "op", "ada", number=1, proofs=(f"ssh:{fingerprint(KEY)}",)))
    stranger = Pair(chat, factory)
    stranger.comes_in()
    stranger.asks(b"pty-req", terminal(80, b"dumb"))
    assert b"Connected" not in stranger.asks(b"shell").got
    assert stranger.sends(b"4821").endswith(b"> ****")
    assert b"Connected" in pipes(chat, factory).channel.got


def test_weak_keys_and_those_that_take_long_prove_nothing():
    assert holder_of(Key(generate_private_key(65537, 2048))) is not None
    assert holder_of(Key(generate_private_key(65537, 1024))) is None


def test_a_ban_by_key_holds_for_its_holder_alone(chat, factory):
    chat.hub.rules.take(Act("ban", "op", fingerprint(KEY), "loud", number=1))
    banned = pipes(chat, factory)
    assert b"is banned" in banned.channel.errors
    assert banned.channel.status == 1
    other = Pair(chat, factory)
    other.comes_in()
    assert b"Connected" in other.asks(b"shell").got


def test_without_ssh_here_the_option_says_so(chat, monkeypatch):
    monkeypatch.setattr(shell_service, "is_here", lambda _extra: False)
    with pytest.raises(CannotStart, match="--ssh 7022: there is no SSH here"):
        shell_service.make_service("7022", None)
    assert shell_service.make_service(shell_service.DEFAULT, None) is not None, "all else runs"
