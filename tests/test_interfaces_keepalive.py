"""The kernel asks the peers of accepted connections for signs of life, whatever is wrapped around them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from support.chat import Chat
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.ssl import CertificateOptions
from twisted.protocols.tls import TLSMemoryBIOFactory

from twistchat.interfaces.keepalive import (
    IDLE_SECONDS,
    INTERVAL_SECONDS,
    OPTIONS,
    QUESTIONS,
    UNCONFIRMED_SECONDS,
    ask_for_life,
)
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.wire.language import ENGLISH

TWO_MINUTES = 120
KNOWN = {name: value for name, value in OPTIONS.items() if hasattr(socket, name)}


def test_a_dead_peer_is_found_in_two_minutes() -> None:
    """A silent one by the questions, or at the first that is due after the other limit, which Linux lets decide."""
    assert IDLE_SECONDS + QUESTIONS * INTERVAL_SECONDS < TWO_MINUTES
    assert UNCONFIRMED_SECONDS + INTERVAL_SECONDS < TWO_MINUTES


def test_this_platform_has_the_options() -> None:
    assert {"TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"} <= KNOWN.keys()


class _Made(ChatFactory):
    """Keeps the protocols that it makes."""

    def __init__(self) -> None:
        super().__init__(Chat().hub, ENGLISH)
        self.first: Deferred[Any] = Deferred()

    def buildProtocol(self, addr: Any) -> Any:
        made = super().buildProtocol(addr)
        made.connectionMade = self._then(made, made.connectionMade)  # type: ignore[method-assign]
        return made

    def _then(self, made: Any, connection_made: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            connection_made()
            self.first.callback(made)

        return call


async def accepted(
    where: str, wrap: Callable[[Any], Any], reach: Callable[[Any], socket.socket], made: _Made | None = None
) -> Any:
    """The protocol of a connection that a real port has accepted, and the socket under it, looked at by `look`."""
    from twisted.internet import reactor

    made = made or _Made()
    port = await serverFromString(reactor, where).listen(wrap(made))
    try:
        with reach(port.getHost()):
            protocol = await made.first
            under = protocol.transport
            while hasattr(under, "transport"):
                under = under.transport
            handle = under.socket
            return {name: handle.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in KNOWN}, handle
    finally:
        under.abortConnection()
        await port.stopListening()


def by_tcp(host: Any) -> socket.socket:
    return socket.create_connection(("127.0.0.1", host.port))


@pytest_twisted.ensureDeferred
async def test_an_accepted_connection_has_them() -> None:
    options, _ = await accepted("tcp:0:interface=127.0.0.1", lambda made: made, by_tcp)
    assert options == KNOWN


@pytest_twisted.ensureDeferred
async def test_so_has_one_with_tls_around_it() -> None:
    options, _ = await accepted(
        "tcp:0:interface=127.0.0.1", lambda made: TLSMemoryBIOFactory(CertificateOptions(), False, made), by_tcp
    )
    assert options == KNOWN


@pytest_twisted.ensureDeferred
async def test_so_has_one_on_which_tls_was_begun_before() -> None:
    class Sealed(_Made):
        def _then(self, made: Any, connection_made: Callable[[], None]) -> Callable[[], None]:
            def call() -> None:
                made.transport.startTLS(CertificateOptions())
                connection_made()

            return super()._then(made, call)

    options, _ = await accepted("tcp:0:interface=127.0.0.1", lambda made: made, by_tcp, Sealed())
    assert options == KNOWN


def test_a_unix_socket_is_left_as_it_is(tmp_path: Path) -> None:
    class Unix:
        """A transport without TCP's hooks."""

    ask_for_life(Unix())


def test_a_system_that_takes_no_value_of_an_option_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        keeps_alive = False

        def setTcpKeepAlive(self, on: bool) -> None:
            self.keeps_alive = on

        @property
        def socket(self) -> Refusing:
            return self

        def setsockopt(self, *_: int) -> None:
            raise OSError("invalid argument")

    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT")
    refusing = Refusing()
    ask_for_life(refusing)
    assert refusing.keeps_alive
