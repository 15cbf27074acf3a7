"""Somebody comes again from another port; udp/comeback.py begins with the rule."""

from __future__ import annotations

import socket

import pytest
from support.chat import Chat
from support.datagrams import DatagramDoor
from twisted.internet.task import Clock

from twistchat.interfaces.udp.comeback import ANSWER_SECONDS, PROBE_SECONDS, probe_by
from twistchat.interfaces.udp.port import SWEEP_SECONDS

NEAR, FAR = "192.168.1.9", "203.0.113.5"


@pytest.fixture
def door(chat: Chat) -> DatagramDoor:
    return DatagramDoor(chat)


@pytest.mark.parametrize("address", ["127.0.0.1", NEAR, FAR])
def test_whose_old_port_is_closed_gets_the_name_back_at_once(chat: Chat, door: DatagramDoor, address: str) -> None:
    eve, old = chat.enters("eve"), door.enters("ada", address)
    door.closed.add(old.address)
    new = door.enters("ada", address)
    new.says("here again")
    assert eve.hears()[-3:] == ["-ada", "+ada", "ada: here again"]
    assert old.is_closed


@pytest.mark.parametrize("address", [NEAR, FAR])
def test_who_does_not_answer_gives_the_name_up_within_two_minutes(chat: Chat, door: DatagramDoor, address: str) -> None:
    old, new = door.enters("ada", address), door.connects(address)
    new.gives_name("ada")
    assert "is taken" in new.hears()[0]
    assert "wants your name" in old.hears()[-1]
    chat.clock.pump([SWEEP_SECONDS] * 8)
    new.gives_name("ada")
    assert new.hears()[0] == "OK"
    assert old.is_closed


@pytest.mark.parametrize("sign", [b"P ada", b"C ada I am here", b"L ada"])
def test_who_answers_keeps_the_name(chat: Chat, door: DatagramDoor, sign: bytes) -> None:
    old, new = door.enters("ada", NEAR), door.connects(NEAR)
    for _ in range(3):
        new.gives_name("ada")
        chat.clock.pump([SWEEP_SECONDS] * 5)
        assert not old.is_closed
        old.sends(sign)
        assert "is taken" in new.hears()[0]


def test_nobody_is_asked_twice_while_they_have_time(chat: Chat, door: DatagramDoor) -> None:
    old = door.enters("ada", NEAR)
    for _ in range(3):
        door.connects(NEAR).gives_name("ada")
    assert len([line for line in old.hears() if "wants your name" in line]) == 1
    chat.clock.advance(ANSWER_SECONDS - 1)
    assert not old.is_closed


def test_on_this_machine_a_living_one_is_not_even_asked(chat: Chat, door: DatagramDoor) -> None:
    """The kernel gives its word there: what is not closed is alive."""
    old, new = door.enters("ada"), door.connects()
    old.hears()
    new.gives_name("ada")
    assert "is taken" in new.hears()[0]
    chat.clock.pump([SWEEP_SECONDS] * 20)
    assert old.hears() == []
    assert not old.is_closed


def test_another_address_gets_nobodys_name(chat: Chat, door: DatagramDoor) -> None:
    old = door.enters("ada", NEAR)
    door.closed.add(old.address)
    stranger = door.connects("192.168.1.10")
    stranger.gives_name("ada")
    assert "is taken" in stranger.hears()[0]
    assert not old.is_closed


def test_the_name_of_somebody_who_came_another_way_is_theirs(chat: Chat, door: DatagramDoor) -> None:
    chat.enters("eve")
    peer = door.connects()
    peer.gives_name("eve")
    assert "is taken" in peer.hears()[0]


def test_asking_again_while_it_is_being_found_out_changes_nothing(chat: Chat, door: DatagramDoor) -> None:
    told = []
    door.protocol._probe = lambda _, tell: told.append(tell)
    door.enters("ada")
    new = door.connects()
    for _ in range(3):
        new.gives_name("ada")
    assert new.gets() == []
    (tell,) = told
    tell(True)
    chat.turn()
    assert new.hears()[0] == "OK"


# --- the kernel's word


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_the_kernel_tells_whether_anybody_listens(family: socket.AddressFamily, address: str) -> None:
    clock, told = Clock(), list[bool]()
    with socket.socket(family, socket.SOCK_DGRAM) as listener:
        listener.bind((address, 0))
        where = listener.getsockname()[:2]
        probe_by(clock)(where, told.append)
        clock.advance(PROBE_SECONDS)
    probe_by(clock)(where, told.append)
    clock.advance(PROBE_SECONDS)
    assert told == [False, True]


def test_where_there_is_no_way_nothing_is_known() -> None:
    told: list[bool] = []
    probe_by(Clock())(("255.255.255.255", 9), told.append)
    assert told == [False]
