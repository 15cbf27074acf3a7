"""Ports that several servers on one machine have at once."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import closing
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

from twistchat.interfaces.rehearsal import try_to_bind, try_to_listen
from twistchat.interfaces.sharing import SharingReactor, shares_ports

Yielded = Generator[Any, Any, None]

FACTORY = Factory.forProtocol(Protocol)
SHARING = SharingReactor(reactor)


def test_all_else_is_the_reactors_own() -> None:
    assert SHARING.seconds == reactor.seconds  # type: ignore[attr-defined]
    assert shares_ports(SHARING) and not shares_ports(reactor)


@pytest_twisted.inlineCallbacks
@pytest.mark.parametrize("description", ["tcp:{}:interface=127.0.0.1", r"tcp6:{}:interface=\:\:1"])
def test_two_servers_listen_at_one_port(description: str) -> Yielded:
    first = yield serverFromString(SHARING, description.format(0)).listen(FACTORY)
    number = first.getHost().port
    second = yield serverFromString(SHARING, description.format(number)).listen(FACTORY)
    try:
        try_to_listen(description.format(number), is_shared=True)
        with pytest.raises(OSError, match="Address already in use"):
            try_to_listen(description.format(number))
        with pytest.raises(CannotListenError):
            yield serverFromString(reactor, description.format(number)).listen(FACTORY)
    finally:
        yield first.stopListening()
        yield second.stopListening()


@pytest_twisted.inlineCallbacks
def test_two_servers_take_datagrams_at_one_port() -> Yielded:
    first = SHARING.listenUDP(0, DatagramProtocol(), interface="127.0.0.1")
    number = first.getHost().port
    second = SHARING.listenUDP(number, DatagramProtocol(), interface="127.0.0.1", maxPacketSize=65536)
    try:
        assert second.maxPacketSize == 65536
        try_to_bind(number, "127.0.0.1", socket.SOCK_DGRAM, is_shared=True)
        with pytest.raises(OSError, match="Address already in use"):
            try_to_bind(number, "127.0.0.1", socket.SOCK_DGRAM)
    finally:
        yield first.stopListening()
        yield second.stopListening()


def test_a_port_of_a_program_that_does_not_share_cannot_be_had() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other, pytest.raises(CannotListenError):
        SHARING.listenTCP(other.getsockname()[1], FACTORY, interface="127.0.0.1")
