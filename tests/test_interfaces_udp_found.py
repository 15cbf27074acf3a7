"""Who asks on the network whether there is a chat is told, and nobody can make more of that than was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.chat import Chat
from support.datagrams import NEAR, DatagramDoor

from twistchat.interfaces.udp.service import why_not_found
from twistchat.interfaces.udp.signpost import ANSWERS, ANSWERS_IN_ALL, MOST_ASKERS, Signpost
from twistchat.machine import Machine, Sighting
from twistchat.reach import Door
from twistchat.wire.search import QUESTION

DOCS = Path(__file__).parent.parent / "docs"

NEIGHBOUR, OTHER_NETWORK, FAR = "10.0.0.7", "192.168.1.7", "203.0.113.5"
EVERYWHERE = (
    Door("tcp", "0.0.0.0", 7976, "telnet {host} {port}"),
    Door("web", "0.0.0.0", 7980, "http://{host}:{port}/"),
)


def signpost(doors: tuple[Door, ...] = EVERYWHERE, name: str = "Room 12") -> Signpost:
    return Signpost(name, Machine(lambda: Sighting(interfaces=NEAR)), lambda: doors)


@pytest.fixture
def door(chat: Chat) -> DatagramDoor:
    door = DatagramDoor(chat)
    door.protocol.signpost = signpost()
    return door


@pytest.mark.parametrize("address", [NEIGHBOUR, OTHER_NETWORK, "127.0.0.1", "::ffff:10.0.0.7"])
def test_whoever_is_near_and_asks_is_told_the_name_and_the_ports(door: DatagramDoor, address: str) -> None:
    asker = door.connects(address)
    asker.sends(QUESTION)
    assert asker.gets() == [b"F Room 12 7976 7980"]


@pytest.mark.parametrize("address", [FAR, "10.9.9.9", "2001:db8::5"])
def test_whoever_is_far_is_told_nothing(door: DatagramDoor, address: str) -> None:
    asker = door.connects(address)
    asker.sends(QUESTION)
    assert asker.gets() == []


def test_a_question_that_is_too_short_for_its_answer_is_none(door: DatagramDoor) -> None:
    asker = door.connects(NEIGHBOUR)
    for length in range(1, len(QUESTION)):
        asker.sends(QUESTION[:length])
    assert [packet for packet in asker.gets() if packet.startswith(b"F ")] == []


def test_an_answer_is_never_longer_than_the_question(door: DatagramDoor) -> None:
    ways = (("tcp", "twistchat join tls://{host}:{port}"), ("web", "https://{host}:{port}/ in a browser"))
    everywhere = tuple(Door(name, "::", 65535, how, is_dual=True) for name, how in ways)
    door.protocol.signpost = signpost(everywhere, "教室" * 100)
    asker = door.connects(NEIGHBOUR)
    asker.sends(QUESTION)
    (packet,) = asker.gets()
    assert len(packet) <= len(QUESTION)
    assert packet.endswith(b" +65535 +65535")


def test_an_address_gets_five_answers_a_second_from_however_many_ports(chat: Chat, door: DatagramDoor) -> None:
    askers = [door.connects(NEIGHBOUR) for _ in range(50)]
    for asker in askers:
        asker.sends(QUESTION, QUESTION)
    assert sum(len(asker.gets()) for asker in askers) == ANSWERS.at_once
    another = door.connects("10.0.0.8")
    another.sends(QUESTION)
    assert len(another.gets()) == 1
    chat.clock.advance(1)
    askers[0].sends(*[QUESTION] * 20)
    assert len(askers[0].gets()) == ANSWERS.per_second


def test_however_many_addresses_ask_the_table_and_the_answers_are_bounded() -> None:
    post = signpost()
    asking = [f"10.0.0.{number % 250 + 1}" if number % 2 else f"fe80::{number:x}" for number in range(20 * MOST_ASKERS)]
    answered = sum(post.answer(address, 1.0) is not None for address in asking)
    assert answered <= ANSWERS_IN_ALL.at_once
    assert post.askers == MOST_ASKERS
    assert post.answer("10.0.0.99", 2.0) is not None


@pytest.mark.parametrize(
    ("bound", "asker", "is_open"),
    [
        ("0.0.0.0", NEIGHBOUR, True),
        ("0.0.0.0", "127.0.0.1", True),
        ("0.0.0.0", "fe80::5", False),
        ("::", NEIGHBOUR, True),
        ("::", "fe80::5", True),
        ("127.0.0.1", NEIGHBOUR, False),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.9", NEIGHBOUR, True),
        ("10.0.0.9", OTHER_NETWORK, False),
        ("10.0.0.9", "127.0.0.1", False),
        ("nonsense", NEIGHBOUR, False),
    ],
)
def test_a_port_is_told_to_those_alone_whom_it_is_open_to(bound: str, asker: str, is_open: bool) -> None:
    post = signpost((Door("tcp", bound, 7976, "telnet {host} {port}", is_dual=True),))
    assert post.answer(asker, 1.0) == (b"F Room 12 7976 0" if is_open else b"F Room 12 0 0")


def test_a_server_that_knows_of_no_networks_answers_its_own_machine() -> None:
    assert Signpost("x").answer("127.0.0.1", 1.0) == b"F x 0 0"
    assert Signpost("x").answer(NEIGHBOUR, 1.0) is None


def test_a_members_search_is_no_sign_of_life_and_gives_no_credit(chat: Chat, door: DatagramDoor) -> None:
    member: Any = door.connects(NEIGHBOUR)
    member.sends(b"L ada")
    (inside,) = door.protocol._members.values()
    heard, before = inside.heard, inside.credit.is_proved
    chat.clock.advance(5)
    member.gets()
    member.sends(QUESTION)
    assert member.gets() == [b"F Room 12 7976 7980"]
    assert (inside.heard, inside.credit.is_proved) == (heard, before)


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("127.0.0.1", 8888, None),
        ("127.0.0.1", 9999, None),
        ("0.0.0.0", 8888, None),
        ("::", 8888, None),
        ("10.0.0.5", 8888, "hears no broadcast"),
        ("0.0.0.0", 9999, "searches at port 8888"),
    ],
)
def test_a_server_that_cannot_be_found_says_so_at_its_start(host: str, port: int, why: str | None) -> None:
    said = why_not_found(host, port)
    assert said is None if why is None else why in (said or "")


def test_the_file_for_avahi_announces_lines_and_page_at_their_ports() -> None:
    group = ElementTree.parse(DOCS / "twistchat.service").getroot()
    announced = {each.findtext("type"): each.findtext("port") for each in group.iter("service")}
    assert announced == {"_twistchat._tcp": "7976", "_http._tcp": "7980"}
