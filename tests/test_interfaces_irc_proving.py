"""Claimed names by IRC: PASS, SASL and NickServ."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from support.chat import Chat
from support.irc import SERVER, IrcDoor, IrcPeer
from support.operator import an_operator
from support.results import at_once
from test_interfaces_irc import commands

from twistchat.core.claimkeeping import grant
from twistchat.interfaces.irc.marks import MOST_OWNERS, AllMarks
from twistchat.interfaces.irc.proving import MOST_PROOF_BYTES, PART_BYTES

WRONG = "0000-0000-0000-0000"
ADA = ["NICK ada", "USER a 0 * :A"]


@pytest.fixture
def code(chat: Chat, tmp_path: Path) -> str:
    """Of ada's name."""
    an_operator(chat, tmp_path)
    _act, code = at_once(grant(chat.hub, "op", "ada"))
    return code


@pytest.fixture
def door(chat: Chat) -> IrcDoor:
    return IrcDoor(chat)


@pytest.fixture
def peer(door: IrcDoor) -> IrcPeer:
    """Who has asked for SASL and was asked for a proof."""
    peer = door.connects()
    assert commands(peer.says_line("CAP REQ :sasl", "AUTHENTICATE PLAIN")) == ["CAP", "AUTHENTICATE"]
    return peer


def plain(*parts: str) -> str:
    return b64encode("\0".join(parts).encode()).decode()


# --- coming in


def test_a_claimed_name_is_refused_with_a_sentence_and_another_goes_on(door: IrcDoor, chat: Chat, code: str) -> None:
    peer = door.connects()
    (line,) = peer.says_line(*ADA)
    assert line.startswith(f":{SERVER} 433 * ada :ada is claimed.")
    assert "001" in commands(peer.says_line("NICK ada2"))
    assert commands(peer.says_line("NICK ada")) == ["433"]
    assert chat.people_in("lobby") == ["ada2"]


def test_the_code_as_password_brings_the_name_and_ends_the_connection_before(
    door: IrcDoor, chat: Chat, code: str
) -> None:
    peers = [door.connects() for _ in range(2)]
    for peer in peers:
        assert "001" in commands(peer.says_line(f"PASS {code}", *ADA))
    assert peers[0].is_closed
    assert chat.people_in("lobby") == ["ada"]


def test_wrong_codes_as_passwords_are_heard_five_times(door: IrcDoor, code: str) -> None:
    peer = door.connects()
    (line,) = peer.says_line(f"PASS {WRONG}", *ADA)
    assert line.startswith(f":{SERVER} 433 * ada :That is not the code")
    lines = peer.says_line(*["NICK ada"] * 5)
    assert commands(lines) == ["433"] * 5
    assert "Too many wrong codes" in lines[-1]
    assert "001" in commands(peer.says_line("NICK bob"))


# --- SASL


def test_the_mechanisms_are_told_to_who_knows_values(door: IrcDoor) -> None:
    assert "sasl=PLAIN" in " ".join(door.connects().says_line("CAP LS 302"))


@pytest.mark.parametrize("wanted", ["", "ada"])
def test_a_name_that_is_proven_can_be_taken_from_a_dead_connection(
    door: IrcDoor, chat: Chat, peer: IrcPeer, code: str, wanted: str
) -> None:
    first = door.connects()
    first.says_line(f"PASS {code}", *ADA)
    assert peer.says_line(f"AUTHENTICATE {plain(wanted, 'ada', code)}") == [
        f":{SERVER} 900 * *!~u@{SERVER} ada :You are now logged in",
        f":{SERVER} 903 * :SASL authentication successful",
    ]
    assert commands(peer.says_line("AUTHENTICATE PLAIN")) == ["907"]
    assert "001" in commands([*peer.says_line(*ADA), *peer.says_line("CAP END")])
    assert first.is_closed
    assert chat.people_in("lobby") == ["ada"]


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        (plain("", "ada", WRONG), "That is not the code of ada."),
        (plain("", "ada", "secret"), "That is not the code of ada."),
        (plain("", "bob", WRONG), "bob is not claimed"),
        (plain("", "", WRONG), "name"),
        (plain("bob", "ada", WRONG), "PLAIN"),
        (plain("ada", WRONG), "PLAIN"),
        ("!!!!", "PLAIN"),
        (b64encode(b"\0\xff\0").decode(), "PLAIN"),
        ("+", "PLAIN"),
    ],
)
def test_what_proves_nothing_is_refused_and_can_be_tried_again(
    peer: IrcPeer, code: str, proof: str, sentence: str
) -> None:
    (line,) = peer.says_line(f"AUTHENTICATE {proof}")
    assert line.startswith(f":{SERVER} 904 * :")
    assert sentence in line
    lines = peer.says_line("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', 'ada', code)}")
    assert commands(lines) == ["AUTHENTICATE", "900", "903"]


def test_wrong_codes_are_heard_five_times(peer: IrcPeer, code: str) -> None:
    for _ in range(5):
        peer.says_line(f"AUTHENTICATE {plain('', 'ada', WRONG)}", "AUTHENTICATE PLAIN")
    (line,) = peer.says_line(f"AUTHENTICATE {plain('', 'ada', WRONG)}")
    assert "904" in line and "Too many wrong codes" in line


def test_a_proof_may_come_in_parts_up_to_a_bound(peer: IrcPeer) -> None:
    assert commands(peer.says_line(f"AUTHENTICATE {'A' * PART_BYTES}")) == []
    assert commands(peer.says_line("AUTHENTICATE +")) == ["904"]
    for parts, answer in (([PART_BYTES + 1], "905"), ([PART_BYTES] * (MOST_PROOF_BYTES // PART_BYTES) + [1], "904")):
        peer.says_line("AUTHENTICATE PLAIN")
        assert commands(peer.says_line(*(f"AUTHENTICATE {'A' * size}" for size in parts))) == [answer]


def test_a_proof_that_is_given_up_keeps_nobody_out(peer: IrcPeer) -> None:
    assert commands(peer.says_line("AUTHENTICATE *", "AUTHENTICATE *")) == ["906", "906"]
    peer.says_line("AUTHENTICATE PLAIN", "NICK bob", "USER b 0 * :B")
    assert commands(peer.says_line("CAP END"))[:2] == ["906", "001"]


def test_other_mechanisms_and_who_has_not_asked_are_refused(door: IrcDoor) -> None:
    peer = door.connects()
    assert commands(peer.says_line("AUTHENTICATE PLAIN", "CAP REQ sasl", "AUTHENTICATE")) == ["904", "CAP", "461"]
    assert peer.says_line("AUTHENTICATE EXTERNAL")[0] == f":{SERVER} 908 * PLAIN :are available SASL mechanisms"


# --- NickServ


@pytest.mark.parametrize("typed", ["PRIVMSG NickServ :identify {}", "NS IDENTIFY {}", "NICKSERV IDENTIFY ada {}"])
def test_nickserv_gives_back_the_name_that_was_refused(door: IrcDoor, chat: Chat, code: str, typed: str) -> None:
    peer = door.registers("bob")
    peer.says_line("NICK ada")
    lines = peer.says_line(typed.format(code))
    assert sorted(commands(lines)) == ["900", "NICK", "NOTICE"]
    assert any(line.endswith("ada is yours.") for line in lines)
    assert chat.people_in("lobby") == ["ada"]
    assert commands(peer.says_line("NS IDENTIFY " + code)) == ["NOTICE"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("HELP", "/msg NickServ IDENTIFY"),
        ("", "/msg NickServ IDENTIFY"),
        ("IDENTIFY", "/msg NickServ IDENTIFY"),
        (f"IDENTIFY {WRONG}", "bob is not claimed"),
        (f"IDENTIFY ada {WRONG}", "That is not the code of ada."),
        ("IDENTIFY ada secret", "That is not the code of ada."),
    ],
)
def test_nickserv_says_what_to_do(door: IrcDoor, code: str, text: str, sentence: str) -> None:
    peer = door.registers("bob")
    assert sentence in " ".join(peer.says_line(f"PRIVMSG nickserv :{text}"))


def test_nobody_can_be_called_nickserv(door: IrcDoor) -> None:
    assert commands(door.connects().says_line("NICK NickServ")) == ["432"]


def test_a_name_that_is_in_use_may_be_given_before_it_is_proven(door: IrcDoor, chat: Chat, code: str) -> None:
    """As WeeChat does, which sends NICK and USER with its first CAP."""
    first = door.connects()
    first.says_line(f"PASS {code}", *ADA)
    peer = door.connects()
    assert set(commands(peer.says_line("CAP LS 302", *ADA))) == {"CAP"}
    peer.says_line("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', 'ada', code)}")
    assert not first.is_closed
    assert "001" in commands(peer.says_line("CAP END"))
    assert first.is_closed
    unproven = door.connects()
    assert set(commands(unproven.says_line("CAP LS 302", *ADA))) == {"CAP"}
    assert commands(unproven.says_line("CAP END")) == ["433"]


def test_who_proves_a_name_and_comes_by_another_ends_nobodys_connection(
    door: IrcDoor, chat: Chat, peer: IrcPeer, code: str
) -> None:
    first = door.connects()
    first.says_line(f"PASS {code}", *ADA)
    peer.says_line(f"AUTHENTICATE {plain('', 'ada', code)}", "NICK ada-phone", "USER a 0 * :A", "CAP END")
    assert not first.is_closed
    assert chat.people_in("lobby") == ["ada", "ada-phone"]


# --- marks of what was read

NOON, ONE = (f"timestamp=2026-03-01T1{hour}:00:00.000Z" for hour in (2, 3))


def marks(lines: list[str]) -> list[str]:
    return [line.partition(" MARKREAD ")[2] for line in lines if " MARKREAD " in line]


def reads(door: IrcDoor, nick: str, *before: str) -> IrcPeer:
    """Somebody who asks for marks comes in."""
    peer = door.connects()
    peer.says_line("CAP REQ :draft/read-marker sasl", *before, f"NICK {nick}", "USER a 0 * :A", "CAP END")
    return peer


def test_two_connections_of_one_account_have_the_same_marks(door: IrcDoor, code: str) -> None:
    proof = ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', 'ada', code)}"]
    desk, phone, bob = reads(door, "ada", *proof), reads(door, "ada-phone", *proof), reads(door, "bob")
    assert marks(desk.says_line(f"MARKREAD #tea {NOON}")) == [f"#tea {NOON}"]
    assert marks(phone.lines()) == [f"#tea {NOON}"]
    assert marks(phone.says_line("MARKREAD #tea", "JOIN #tea")) == [f"#tea {NOON}"] * 2
    assert marks(bob.says_line("MARKREAD #tea")) == ["#tea *"]
    phone.says_line(f"MARKREAD #tea {ONE}")
    assert marks(desk.lines()) == [f"#tea {ONE}"]
    phone.says_line(f"MARKREAD #tea {NOON}")
    assert marks(desk.lines()) == [], "it is as it was"
    desk.says_line("CAP REQ :-draft/read-marker")
    phone.says_line(f"MARKREAD bob {ONE}")
    assert marks(desk.lines()) == []
    for peer in (desk, phone):
        peer.hangs_up()
    assert marks(reads(door, "ada", f"PASS {code}").says_line("JOIN #tea", "MARKREAD bob")) == [
        f"#tea {ONE}",
        f"bob {ONE}",
    ]


def test_marks_are_an_accounts_only_while_the_name_is_theirs(door: IrcDoor, code: str) -> None:
    proof = ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('', 'ada', code)}"]
    desk, phone = reads(door, "ada", *proof), reads(door, "ada-phone", *proof)
    desk.says_line(f"MARKREAD #tea {NOON}", "RELEASE ada")
    assert marks(desk.says_line("MARKREAD #tea")) == ["#tea *"], "they go with it"
    phone.lines()
    desk.says_line(f"MARKREAD #tea {ONE}")
    assert marks(phone.lines()) == []
    assert marks(phone.says_line("MARKREAD #tea")) == ["#tea *"]


def test_who_comes_again_with_the_same_secret_has_their_marks_again(door: IrcDoor, chat: Chat) -> None:
    reads(door, "eve", "PASS tea").says_line(f"MARKREAD #tea {NOON}")
    assert marks(reads(door, "eve", "PASS tea").says_line("MARKREAD #tea")) == [f"#tea {NOON}"]
    assert marks(reads(door, "eva", "PASS tea").says_line("MARKREAD #tea")) == ["#tea *"]


def test_marks_of_too_many_owners_are_not_kept() -> None:
    every = AllMarks()
    kept = every.of("first")
    for number in range(MOST_OWNERS - 1):
        every.of(number)
    assert every.of("first") is kept, "it was looked at"
    every.of("one more")
    assert every.of("first") is kept
    for number in range(MOST_OWNERS):
        every.of(-1 - number)
    assert every.of("first") is not kept


# --- an account by another name than its own


def test_whose_account_somebody_has_is_shown_by_whatever_name_they_come(door: IrcDoor, code: str) -> None:
    bob = door.registers("bob", "account-notify account-tag extended-join extended-monitor")
    bob.says_line("MONITOR + eve")
    peer = door.connects()
    peer.says_line("CAP REQ :sasl account-notify", "AUTHENTICATE PLAIN")
    peer.says_line(f"AUTHENTICATE {plain('', 'ada', code)}", "NICK ada-phone", "USER a 0 * :A", "CAP END")
    assert [line for line in bob.lines() if " JOIN #lobby ada :A" in line]
    assert [line for line in bob.says_line("WHOIS ada-phone") if " 330 bob ada-phone ada :" in line]
    peer.says_line("PRIVMSG #lobby :hi")
    assert bob.lines()[0].startswith("@account=ada :ada-phone!")
    desk = door.connects()
    desk.says_line(f"PASS {code}", *ADA)
    desk.says_line("RELEASE ada")
    told = [line for line in bob.lines() if " ACCOUNT " in line]
    assert [line.partition(" ")[2] for line in told] == ["ACCOUNT *"] * 2, "of either"


def test_a_name_that_is_proven_by_who_is_in_is_told_to_who_shares_a_room_or_watches(door: IrcDoor, code: str) -> None:
    bob = door.registers("bob", "account-notify extended-monitor")
    eve = door.registers("eve", "account-notify")
    bob.says_line("MONITOR + carl", "PART #lobby")
    eve.says_line("MONITOR + carl", "PART #lobby")
    carl = door.registers("carl", "account-notify sasl")
    bob.lines(), eve.lines()
    carl.says_line("AUTHENTICATE PLAIN")
    said = carl.says_line(f"AUTHENTICATE {plain('', 'ada', code)}")
    assert commands(said) == ["900", "903", "ACCOUNT"]
    assert f" 900 carl carl!~u@{SERVER} ada :" in said[0]
    assert bob.lines() == [f":carl!~u@{SERVER} ACCOUNT ada"]
    assert eve.lines() == [], "who did not ask for extended-monitor is told of rooms alone"
