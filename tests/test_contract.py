"""The contract, for each interface of the table; a new one is a door in tests/support and a class here."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from contract import Contract
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.dialect import came
from support.irc import IrcDoor, IrcSocketDoor
from support.lines import LineDoor
from support.shell import ShellDoor, dropbear_words, end_clients, needs_dropbear
from support.ssh import needs_ssh
from support.streams import StreamDoor
from support.web import WebDoor

from twistchat.interfaces.table import INTERFACES


class TestTcp(Contract):
    make_door = LineDoor


class TestUdp(Contract):
    make_door = DatagramDoor

    def proves(self, door: Any, name: str, code: str) -> Any:
        """A login has both; who was refused may send another."""
        peer = door.connects()
        peer.gives_name(f"{name} {code.replace('-', '')}")
        return peer


class TestUdpNumbered(Contract):
    make_door = StreamDoor


class TestWeb(Contract):
    make_door = WebDoor

    def proves(self, door: Any, name: str, code: str) -> Any:
        """A hello has both."""
        peer = door.connects()
        peer._say({"name": name, "key": "another profile's key", "code": code})
        return peer


@needs_ssh
class TestSsh(Contract):
    """By OpenSSH's own client, which gives the name as it connects: another name is another connection."""

    make_door = ShellDoor

    def proves(self, door: Any, name: str, code: str) -> Any:
        """A file may begin with the code."""
        peer = door.connects()
        peer.gives_name(name)
        peer.says(code)
        return peer

    @pytest.fixture(autouse=True)
    def clients_end(self) -> Iterator[None]:
        yield
        end_clients()

    @needs_dropbear
    def test_escape_sequences_and_invisible_characters_are_taken_out_of_a_name(self, door: Any, chat: Chat) -> None:
        """OpenSSH's client refuses such a name by itself."""
        door.words, door.errors = dropbear_words, subprocess.DEVNULL
        super().test_escape_sequences_and_invisible_characters_are_taken_out_of_a_name(door, chat)


class IrcContract(Contract):
    """IRC differs in what clients expect: one's own JOIN is the first that is seen of a room."""

    def test_who_joins_is_shown_the_latest_lines_before_anything_new(self, door: Any, chat: Chat) -> None:
        chat.enters("eve").sends("one", "two")
        peer = door.connects()
        peer.gives_name("ada")
        heard = peer.hears()
        assert heard[heard.index(door.welcome) + 1 :] == [came("ada"), "eve: one", "eve: two"]

    def proves(self, door: Any, name: str, code: str) -> Any:
        """The code is the connection's password."""
        peer = door.connects()
        peer.writes(f"PASS {code}")
        peer.gives_name(name)
        return peer

    def claims(self, peer: Any) -> list[str]:
        """It is NickServ who tells the code."""
        peer.hears()
        return list(peer.says_line("CLAIM"))


class TestIrc(IrcContract):
    make_door = IrcDoor


class TestIrcByWebSocket(IrcContract):
    make_door = IrcSocketDoor


@pytest.mark.parametrize(("first", "second"), [(LineDoor, DatagramDoor), (DatagramDoor, LineDoor)])
def test_a_name_is_taken_whatever_its_holder_came_by(chat: Chat, first: Any, second: Any) -> None:
    first(chat).enters("ada")
    late = second(chat).connects()
    late.gives_name("Ada")
    assert late.hears()[-1].endswith("Ada is taken, or looks like a name that is. Choose another name.")


def test_people_of_all_interfaces_are_in_one_room(chat: Chat) -> None:
    ada, bob = LineDoor(chat).enters("ada"), DatagramDoor(chat).enters("bob")
    ada.hears(), bob.hears()
    ada.says("hi bob")
    bob.says("hi ada")
    assert ada.hears() == ["ada: hi bob", "bob: hi ada"]
    assert bob.hears() == ["ada : hi bob", "bob : hi ada"]


def test_every_interface_of_the_table_that_people_talk_by_keeps_the_contract() -> None:
    contracts = [TestTcp, TestUdp, TestUdpNumbered, TestWeb, TestSsh, TestIrc, TestIrcByWebSocket]
    tested = {contract.make_door.name for contract in contracts}
    assert tested == {row.same_as or row.name for row in INTERFACES if row.is_for_people}
