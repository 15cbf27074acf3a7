"""Datagrams that come faster than they can be taken are taken in turns with everybody else's lines."""

from __future__ import annotations

import socket
from typing import Any

import pytest_twisted
from support.chat import Chat
from support.datagrams import DatagramDoor

from twistchat.interfaces.udp.port import ChatDatagramProtocol
from twistchat.interfaces.udp.service import BYTES_A_TURN, DatagramService
from twistchat.wire.language import ENGLISH


class Counting(ChatDatagramProtocol):
    """Counts datagrams."""

    count = 0

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.count += 1


@pytest_twisted.ensureDeferred
async def test_a_flood_of_datagrams_leaves_each_turn_to_others() -> None:
    from twisted.internet import reactor

    protocol = Counting(Chat().hub, ENGLISH)
    service = DatagramService(reactor, "udp:0:interface=127.0.0.1", protocol)
    service.startService()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        for _ in range(1000):
            flood.sendto(b"C ada hello", ("127.0.0.1", service.port.getHost().port))
    service.port.doRead()
    assert 0 < protocol.count <= BYTES_A_TURN / len(b"C ada hello") + 1
    await service.stopService()


def test_datagrams_that_come_when_a_turn_has_no_time_left_stay_with_the_kernel(chat: Chat) -> None:
    door = DatagramDoor(chat)
    ada = door.enters("ada")
    chat.use_up_turn()
    for text in ("one", "two"):  # the one that was read, and one that came in the same read
        door.protocol.datagramReceived(f"C ada {text}".encode(), ada.address)
    assert door.transport.maxThroughput == 0
    chat.turn()
    assert door.transport.maxThroughput == BYTES_A_TURN
    assert ada.hears() == ["ada : one", "ada : two"]
