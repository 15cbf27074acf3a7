"""Bad input by IRC: what is answered, that the connection is kept, and that nobody else hears anything of it."""

from __future__ import annotations

import pytest
from support.chat import Chat
from support.irc import SERVER, IrcDoor, IrcSocketDoor
from support.irc import numbers as commands

from twistchat.core.limits import DEFAULT_FLOOD
from twistchat.interfaces.irc.connection import GONE_SECONDS, PING_SECONDS


@pytest.fixture
def door(chat: Chat) -> IrcDoor:
    return IrcDoor(chat)


BAD = {
    "513 bytes": (b"PRIVMSG #lobby :" + b"x" * 495 + b"\r\n", ["417"]),
    "8192 bytes": (b"PRIVMSG #lobby :" + b"x" * 8174 + b"\r\n", ["417"]),
    "tags of 4097": (b"@" + b"a" * 4095 + b" PRIVMSG #lobby :x\r\n", ["417"]),
    "as relayed": (b"PRIVMSG #lobby :" + b"x" * 485 + b"\r\n", ["417"]),
    "NUL": (b"PRIVMSG #lobby :a\0b\r\n", ["FAIL", "NOTICE"]),
    "CR inside": (b"PRIVMSG #lobby :hi\r:eve!x@y PRIVMSG #lobby :forged\r\n", ["FAIL", "NOTICE"]),
    "no UTF-8": (b"PRIVMSG #lobby :caf\xe9\r\n", ["FAIL"]),
    "16 parameters": (b"PRIVMSG " + b"a " * 15 + b"b\r\n", ["461"]),
    "100 targets": (b"PRIVMSG " + b",".join(b"a%d" % n for n in range(100)) + b" :x\r\n", ["407"]),
    "unknown": (b"NONSENSE x\r\n", ["421"]),
    "no target": (b"PRIVMSG\r\n", ["411"]),
    "no text": (b"PRIVMSG #lobby\r\n", ["412"]),
    "no such room": (b"PRIVMSG #nowhere :x\r\n", ["403"]),
    "nobody": (b"PRIVMSG nobody :x\r\n", ["401"]),
    "somebody and their host": (b"PRIVMSG eve!~u@irc.test :x\r\n", ["401"]),
    "USER again": (b"USER other 0 * :Other\r\n", ["462"]),
    "CTCP": (b"PRIVMSG #lobby :\x01VERSION\x01\r\n", ["404"]),
    "CTCP to a person": (b"PRIVMSG eve :\x01VERSION\x01\r\n", ["531"]),
    "a notice to nobody": (b"NOTICE nobody :x\r\n", []),
    "a CTCP answer": (b"NOTICE #lobby :\x01VERSION x\x01\r\n", []),
    "empty lines": (b"\r\n\n  \r\n@a=b\r\n:x\r\n", []),
    "a batch of nothing": (b"BATCH -x\r\n", ["FAIL"]),
    "a line of no batch": (b"@batch=x PRIVMSG #lobby :x\r\n", ["FAIL"]),
    "a batch of another kind": (b"BATCH +x netsplit a\r\n", ["FAIL"]),
    "no such history": (b"CHATHISTORY SIDEWAYS #lobby * 5\r\n", ["FAIL"]),
    "history of nobody's": (b"CHATHISTORY LATEST #nowhere * 5\r\n", ["FAIL"]),
    "history without a limit": (b"CHATHISTORY LATEST #lobby *\r\n", ["FAIL"]),
    "history of no number": (b"CHATHISTORY LATEST #lobby * x\r\n", ["FAIL"]),
    "history at no place": (b"CHATHISTORY BEFORE #lobby when=1 5\r\n", ["FAIL"]),
    "history at no time": (b"CHATHISTORY BEFORE #lobby timestamp=2026-13-45T00:00:00.000Z 5\r\n", ["FAIL"]),
    "targets without times": (b"CHATHISTORY TARGETS * * 5\r\n", ["FAIL"]),
    "a mark of nothing": (b"MARKREAD\r\n", ["FAIL"]),
    "a mark at no time": (b"MARKREAD #lobby yesterday\r\n", ["FAIL"]),
    "MODE of another": (b"MODE eve +i\r\n", ["502"]),
    "MODE of nobody": (b"MODE nobody\r\n", ["401"]),
    "an unknown mode": (b"MODE ada +x\r\n", ["501"]),
    "a mode of the room": (b"MODE #lobby +m\r\n", ["482"]),
    "KICK": (b"KICK #lobby eve\r\n", ["482"]),
    "OPER": (b"OPER a b\r\n", ["491"]),
    "REDACT": (b"REDACT #lobby 1\r\n", ["FAIL"]),
    "a long topic": (b"TOPIC #lobby :" + b"x" * 400 + b"\r\n", ["417"]),
    "a topic of a room that is not": (b"TOPIC #nowhere\r\n", ["403"]),
    "JOIN of a person": (b"JOIN eve\r\n", ["403"]),
    "PART of a room one is not in": (b"PART #nowhere\r\n", ["403"]),
    "SETNAME of nothing": (b"SETNAME :\x02\r\n", ["FAIL"]),
    "PING of nothing": (b"PING\r\n", ["409"]),
    "TAGMSG without the capability": (b"TAGMSG #lobby\r\n", ["421"]),
}


@pytest.mark.parametrize(("data", "answer"), BAD.values(), ids=BAD)
def test_bad_input_is_answered_and_nobody_else_is_disturbed(
    door: IrcDoor, chat: Chat, data: bytes, answer: list[str]
) -> None:
    eve, ada = chat.enters("eve"), door.registers("ada")
    eve.hears()
    ada.sends(data)
    assert commands(ada.lines()) == answer
    assert eve.hears() == []
    ada.writes("PRIVMSG #lobby :still here")
    assert eve.hears() == ["ada: still here"]


def test_ten_thousand_rooms_are_refused_at_the_limit(door: IrcDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), door.registers("ada")
    eve.hears()
    for start in range(0, 10_000, 50):
        ada.writes(f"JOIN {','.join(f'#r{n}' for n in range(start, start + 50))}")
        chat.clock.advance(0.1)
    answers = commands(ada.lines())
    assert answers.count("JOIN") == chat.hub.limits.rooms_each - 1
    assert answers.count("405") == 10_000 - answers.count("JOIN")
    assert len(chat.open_rooms) == chat.hub.limits.rooms_each
    assert eve.hears() == []


def test_ten_thousand_rooms_within_the_flood_limit_keep_nobody_else_waiting() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    door = IrcDoor(chat)
    eve, bob, ada = chat.enters("eve"), chat.enters("bob"), door.registers("ada")
    chat.clock.advance(30)
    eve.hears()
    ada.writes(*(f"JOIN #r{number}" for number in range(10_000)))
    assert len(chat.open_rooms) <= chat.hub.limits.rooms_each
    bob.sends("tea?")
    assert eve.hears() == ["bob: tea?"]
    ada.hangs_up()
    chat.clock.pump([1] * 31)
    assert eve.hears() == ["-ada"]
    assert chat.open_rooms == {"lobby"}


def test_a_storm_of_names_is_held_back_and_nothing_is_lost(door: IrcDoor) -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    door = IrcDoor(chat)
    eve, ada = chat.enters("eve"), door.registers("ada")
    chat.clock.advance(30)
    eve.hears()
    ada.writes(*(f"NICK ada{number}" for number in range(20)))
    assert len(eve.hears()) <= 6
    chat.clock.pump([1] * 60)
    assert eve.hears()[-1] == "ada18 => ada19"


def test_a_storm_of_names_by_who_is_not_in_is_held_back_and_heard_by_nobody() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    door = IrcDoor(chat)
    eve, ada = chat.enters("eve"), door.connects()
    ada.writes(*(f"NICK ada{number}" for number in range(20)), "USER u 0 * :Ada")
    assert commands(ada.lines()) == ["NOTICE"], "that they are too fast"
    assert eve.hears() == []
    chat.clock.pump([1] * 50)
    assert "001" in commands(ada.lines())
    assert eve.hears() == ["+ada19"]


def test_of_two_users_before_registration_the_last_counts(door: IrcDoor) -> None:
    ada = door.connects()
    assert ada.says_line("USER first 0 * :First", "USER second 0 * :Second") == []
    ada.writes("NICK ada")
    assert f":{SERVER} 311 ada ada ~second {SERVER} * :Second" in ada.says_line("WHOIS ada")
    assert commands(ada.says_line("USER third 0 * :Third")) == ["462"]
    assert f":{SERVER} 311 ada ada ~second {SERVER} * :Second" in ada.says_line("WHOIS ada")


def test_a_line_within_a_message_is_refused_as_a_line_is_a_message(chat: Chat) -> None:
    eve, ada = chat.enters("eve"), IrcSocketDoor(chat).registers("ada")
    eve.hears()
    ada.sends(
        b"PRIVMSG #lobby :one\r\nPRIVMSG #lobby :two", b"PRIVMSG #lobby :one\n:irc.test KICK #lobby eve", b"PING :a\nb"
    )
    assert commands(ada.lines()) == ["FAIL", "NOTICE"] * 3
    assert eve.hears() == []


def test_what_looks_like_a_servers_line_stays_a_part_of_what_somebody_said(door: IrcDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), door.registers("ada", "away-notify")
    forged = f"\r\n:{SERVER} KICK #lobby ada\r:{SERVER} ERROR :gone"
    eve.sends(
        f"hi{forged}", f"/topic tea{forged}", f"/away lunch{forged}", f"/msg ada psst{forged}", f"/quit bye{forged}"
    )
    lines = ada.lines()
    assert commands(lines) == ["PRIVMSG", "TOPIC", "AWAY", "PRIVMSG", "QUIT"]
    assert all(line.startswith(f":eve!~u@{SERVER} ") for line in lines)


def test_who_never_answers_a_ping_is_let_go_and_who_does_is_not(door: IrcDoor, chat: Chat) -> None:
    eve, ada, bob = chat.enters("eve"), door.registers("ada"), door.registers("bob")
    eve.hears(), ada.lines()
    chat.clock.advance(PING_SECONDS)
    assert commands(ada.lines()) == commands(bob.lines()) == ["PING"]
    bob.writes("PONG x")
    chat.clock.advance(PING_SECONDS)
    assert GONE_SECONDS == 2 * PING_SECONDS
    assert ada.is_closed
    assert ada.lines()[-1] == "ERROR :Closing Link: Ping timeout"
    assert eve.hears() == ["-ada (Ping timeout)"]
    assert not bob.is_closed


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"])
def test_browsers_and_tls_clients_are_let_go_at_once(door: IrcDoor, first: bytes) -> None:
    peer = door.connects()
    peer.sends(first)
    assert peer.is_closed


def test_no_utf_8_before_registration_ends_nothing(door: IrcDoor) -> None:
    peer = door.connects()
    peer.sends(b"NICK caf\xe9\r\n")
    assert commands(peer.lines()) == ["FAIL"]
    assert "001" in commands(peer.says_line("NICK ada", "USER a 0 * :A"))


def test_five_hundred_capabilities_at_once_are_refused_and_nothing_has_changed(door: IrcDoor) -> None:
    ada = door.connects()
    assert commands(ada.says_line("CAP LS 302", "NICK ada", "USER u 0 * :A"))[-1] == "CAP"
    five_hundred = f"CAP REQ :{' '.join(['batch'] * 500)}"
    assert commands(ada.says_line(five_hundred)) == ["417"]
    lines = ada.says_line(f"CAP REQ :{' '.join('x' * 250)}")
    assert " ".join(line.partition(f":{SERVER} CAP * NAK :")[2] for line in lines) == " ".join("x" * 250)
    assert commands(ada.says_line("CAP END"))[0] == "001"
    assert commands(ada.says_line(five_hundred)) == ["417"]
    assert ada.says_line("CAP LIST") == [f":{SERVER} CAP ada LIST :cap-notify"]


def test_what_is_granted_comes_in_as_many_lines_as_it_takes(door: IrcDoor) -> None:
    ada = door.registers("ada")
    asked = " ".join(["batch", "setname"] * 35)
    lines = ada.says_line(f"CAP REQ :{asked}")
    assert len(lines) == 2
    assert all(len(line) <= 510 for line in lines)
    assert " ".join(line.partition(f":{SERVER} CAP ada ACK :")[2] for line in lines) == asked


def test_what_is_no_command_is_named_with_advice_that_holds_for_irc(door: IrcDoor) -> None:
    """`/quote knock` of a client's sends no slash, and `//knock` would say nothing."""
    ada = door.registers("ada")
    (answer,) = ada.says_line("KNOCK #lobby")
    assert answer == ":irc.test 421 ada KNOCK :There is no KNOCK here. HELP lists what there is."
