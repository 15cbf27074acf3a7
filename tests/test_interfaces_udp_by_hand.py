"""People who type datagrams by hand, with `nc -u`: their terminal needs newlines, programs must not get any."""

from __future__ import annotations

import pytest
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.dialect import came, went

from twistchat.wire.datagram import MOST_BYTES, Alone, DatagramFormat, Login, parse


@pytest.fixture
def door(chat: Chat) -> DatagramDoor:
    return DatagramDoor(chat)


def test_who_logs_in_with_a_newline_gets_newlines(door: DatagramDoor) -> None:
    ada, bob = door.connects(), door.enters("bob")
    ada.sends(b"L ada\n")
    assert ada.gets() == [b"OK\n", f"{came('ada')}\n".encode()]
    ada.sends(b"L ada\n", b"P ada\n", b"C ada hello\n", b"Q ada\n")
    assert ada.gets() == [b"OK\n", b"P\n", b"EXIT\n"]
    assert bob.gets() == [came("ada").encode(), f"ada : hello\n{went('ada')}".encode()]


def test_a_datagram_is_within_the_limit_with_its_newline() -> None:
    assert parse(b"L ada\n") == Login("ada", by_hand=True)
    pieces = [b"a" * 1023, Alone(b"OK"), "é".encode() * 700]
    packets = DatagramFormat(ended=True).frame(pieces)
    assert packets[:2] == (b"a" * 1023 + b"\n", b"OK\n")
    assert all(packet.endswith(b"\n") and len(packet) <= MOST_BYTES and packet.decode() for packet in packets)
