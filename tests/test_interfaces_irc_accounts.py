"""Accounts of IRC: who sees whose name is claimed, and names that a certificate proves."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import crypto
from support.chat import Chat
from support.irc import SERVER, IrcDoor, IrcPeer
from support.operator import an_operator
from support.results import at_once
from test_interfaces_irc import commands

from twistchat.admin.operator import Operator
from twistchat.core.claimkeeping import grant, set_free
from twistchat.core.events import Announced, PutOut, Removed, Said
from twistchat.core.names import EVERYWHERE
from twistchat.interfaces.clientcertificates import shown_certificate
from twistchat.wire.irc_accounts import account_tag, no_account

CAPS = "account-notify account-tag extended-join"
ADA = f":ada!~u@{SERVER}"
IN = ["USER a 0 * :A", "CAP END"]


@pytest.fixture
def operator(chat: Chat, tmp_path: Path) -> Operator:
    return an_operator(chat, tmp_path)


@pytest.fixture
def door(chat: Chat, operator: Operator) -> IrcDoor:
    return IrcDoor(chat)


def certificate() -> crypto.X509:
    """One that a client has made for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now - timedelta(2)).not_valid_after(now - timedelta(1)).sign(key, hashes.SHA256())
    return crypto.X509.from_cryptography(made)


CERTIFICATE = certificate()


def sealed(door: IrcDoor, shown: crypto.X509 | None = CERTIFICATE) -> IrcPeer:
    """Somebody connects by TLS."""
    peer = door.connects()
    transport: Any = peer.transport
    transport.getPeerCertificate = lambda: shown
    return peer


def external(name: str = "") -> str:
    return f"AUTHENTICATE {b64encode(name.encode()).decode() or '+'}"


# --- who is told


def test_whose_name_is_claimed_is_told_to_those_in_a_room_with_them(door: IrcDoor, chat: Chat) -> None:
    ada, eve = door.registers("ada"), door.registers("eve", CAPS)
    plain, elsewhere = door.registers("plain"), door.registers("bob", CAPS)
    elsewhere.says_line("PART #lobby")
    lines = ada.says_line("CLAIM")
    assert f":{SERVER} 900 ada ada!~u@{SERVER} ada :You are now logged in" in lines
    assert eve.lines()[-1] == f"{ADA} ACCOUNT ada"
    assert plain.says_line("PRIVMSG eve :x") == []
    assert [line for line in elsewhere.lines() if "ACCOUNT" in line] == []
    ada.says_line("PRIVMSG #lobby :mine", "TOPIC #lobby :also mine")
    plain.says_line("PRIVMSG #lobby :nobody's")
    assert eve.lines()[-3:] == [
        f"@account=ada {ADA} PRIVMSG #lobby :mine",
        f"@account=ada {ADA} TOPIC #lobby :also mine",
        f":plain!~u@{SERVER} PRIVMSG #lobby :nobody's",
    ]
    assert f":{SERVER} 901 ada ada!~u@{SERVER} :You are now logged out" in ada.says_line("RELEASE ada")
    assert eve.lines() == [f"{ADA} ACCOUNT *"]


def test_who_comes_with_a_claimed_name_is_shown_with_it(door: IrcDoor, chat: Chat) -> None:
    _act, code = at_once(grant(chat.hub, "op", "Ada"))
    eve = door.registers("eve", CAPS)
    lines = door.connects().says_line(f"PASS {code}", "NICK ada", "USER a 0 * :A")
    assert f":{SERVER} 900 ada ada!~u@{SERVER} Ada :You are now logged in" in lines
    assert eve.lines()[-1] == f"@account=Ada {ADA} JOIN #lobby Ada :A"
    door.registers("bob")
    assert eve.lines() == [f":bob!~u@{SERVER} JOIN #lobby * :Somebody"]
    assert f":{SERVER} 354 eve ada Ada" in eve.says_line("WHO ada %na")
    assert f":{SERVER} 354 eve bob 0" in eve.says_line("WHO bob %na")
    assert f":{SERVER} 330 eve ada Ada :is logged in as" in eve.says_line("WHOIS ada")


def test_another_name_is_told_before_the_account_that_goes_with_it(door: IrcDoor, chat: Chat) -> None:
    _act, code = at_once(grant(chat.hub, "op", "ada"))
    eve, bob = door.registers("eve", CAPS), door.registers("bob")
    eve.lines()
    bob.says_line(f"NS IDENTIFY ada {code}")
    chat.clock.advance(0)
    assert eve.lines() == [f":bob!~u@{SERVER} NICK ada", f"{ADA} ACCOUNT ada"]
    bob.says_line("NICK bob")
    chat.clock.advance(0)
    assert eve.lines() == [f"{ADA} NICK bob", f":bob!~u@{SERVER} ACCOUNT *"]


def test_an_administrators_word_and_its_undoing_are_told(door: IrcDoor, chat: Chat, operator: Operator) -> None:
    ada, eve = door.registers("ada"), door.registers("eve", CAPS)
    ada.says_line("CLAIM")
    eve.lines()
    act = at_once(set_free(chat.hub, "op", "ada", ""))
    assert eve.lines() == [f"{ADA} ACCOUNT *"]
    at_once(operator.moderation.undo("op", act.number))
    assert eve.lines() == [f"{ADA} ACCOUNT ada"]


def test_what_the_server_does_has_no_account_and_who_puts_out_has_theirs() -> None:
    def account(name: str) -> str | None:
        return name.upper()

    assert account_tag(PutOut("den", "eve", by="ada", reason=""), account) == "account=ADA"
    assert account_tag(Removed("den", "eve", ""), account) == ""
    assert account_tag(Announced(EVERYWHERE, "hear"), account) == ""
    assert account_tag(Said("den", "ada", "hi"), no_account) == ""


def test_lines_of_the_past_have_no_account(door: IrcDoor, chat: Chat) -> None:
    ada = door.registers("ada")
    ada.says_line("CLAIM", "PRIVMSG #lobby :mine")
    eve = door.registers("eve", f"{CAPS} draft/chathistory batch server-time")
    said = [line for line in eve.says_line("CHATHISTORY LATEST #lobby * 5") if "mine" in line]
    assert len(said) == 1 and "account" not in said[0]


def test_nobody_is_told_once_the_server_stops(door: IrcDoor, chat: Chat) -> None:
    ada = door.registers("ada")
    door.network.stop()
    door.network.stop()
    assert not [line for line in ada.says_line("CLAIM") if " 900 " in line]


# --- certificates


def test_a_certificate_counts_once_its_owner_came_by_the_code(door: IrcDoor, chat: Chat) -> None:
    _act, code = at_once(grant(chat.hub, "op", "ada"))
    first = sealed(door)
    assert "sasl=PLAIN,EXTERNAL" in " ".join(first.says_line("CAP LS 302"))
    asked = [first.says_line("CAP REQ :sasl", "AUTHENTICATE EXTERNAL")[-1], *first.says_line(external("ada"))]
    assert commands(asked) == ["AUTHENTICATE", "904"]
    assert "Join once with the name's code" in asked[-1]
    assert "001" in commands(first.says_line(f"PASS {code}", "NICK ada", *IN))
    for proof in (external("ada"), external("ADA"), external()):
        peer = sealed(door)
        peer.says_line("CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
        assert peer.says_line(proof)[0] == f":{SERVER} 900 * *!~u@{SERVER} ada :You are now logged in"
        assert "001" in commands(peer.says_line("NICK ada", *IN))
    assert first.is_closed
    without = sealed(door)
    assert "001" in commands(without.says_line("NICK ada", "USER a 0 * :A")), "no SASL is needed"
    assert chat.people_in("lobby") == ["ada"]
    without.says_line("UNLINK 2")
    other = sealed(door)
    assert commands(other.says_line("NICK ada", "USER a 0 * :A")) == ["433"]


@pytest.mark.parametrize("proof", ["AUTHENTICATE !!!!", f"AUTHENTICATE {b64encode(b'a b').decode()}", external("bob")])
def test_a_proof_by_certificate_that_proves_nothing_is_refused(door: IrcDoor, proof: str) -> None:
    peer = sealed(door)
    peer.says_line("CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
    assert commands(peer.says_line(proof)) == ["904"]


def test_another_certificate_proves_nothing(door: IrcDoor, chat: Chat) -> None:
    sealed(door).says_line("NICK ada", "USER a 0 * :A", "CLAIM")
    peer = sealed(door, certificate())
    peer.says_line("CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
    assert commands(peer.says_line(external("ada"))) == ["904"]
    assert commands(peer.says_line("NICK ada", *IN)) == ["433"]


@pytest.mark.parametrize("shown", [None, CERTIFICATE])
def test_who_shows_no_certificate_is_told_to_make_one(door: IrcDoor, shown: crypto.X509 | None) -> None:
    peer = sealed(door, None) if shown is None else door.connects()
    peer.says_line("CAP REQ :sasl")
    lines = peer.says_line("AUTHENTICATE EXTERNAL")
    assert commands(lines) == ["908", "904"]
    assert "with a certificate first" in lines[-1]
    assert shown_certificate(peer.transport) is None
