"""Where Redis is: a client endpoint of Twisted's, or what Sentinels say."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from zope.interface import implementer

from twistchat.cluster.resp import CommandRefused, RedisProtocol
from twistchat.errors import NotUnderstood

SENTINEL = "sentinel:"

ASK_SECONDS = 1.0
"""How long a Sentinel may take to answer before the next is asked."""

_FORM = "Give tcp:HOST:PORT, tls:HOST:PORT, unix:PATH, or sentinel:NAME:HOST:PORT,HOST:PORT"


@implementer(IStreamClientEndpoint)
class SentinelEndpoint:
    """Asks one Sentinel after the other, each time that it connects, which Redis is the master now."""

    def __init__(self, reactor: Any, name: str, sentinels: list[tuple[str, int]]) -> None:
        """Name them.

        Args:
            reactor: What to connect with.
            name: What the Sentinels call the master.
            sentinels: Their hosts and ports.
        """
        self._reactor = reactor
        self._name = name
        self._sentinels = sentinels

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        for sentinel in [*self._sentinels]:
            try:
                asking = Deferred.fromCoroutine(self._master(*sentinel))
                host, port = await asking.addTimeout(ASK_SECONDS, self._reactor)
            except Exception:  # the next may know
                self._sentinels.append(self._sentinels.pop(0))
                continue
            return await _tcp(self._reactor, host, port).connect(factory)  # type: ignore[no-any-return]
        raise ConnectError(string=f"no Sentinel says where {self._name} is")

    async def _master(self, host: str, port: int) -> tuple[str, int]:
        factory = Factory.forProtocol(lambda: RedisProtocol(_nothing, _nothing, _nothing))
        factory.noisy = False
        asked: RedisProtocol = await _tcp(self._reactor, host, port).connect(factory)
        try:
            found = await asked.call("SENTINEL", "get-master-addr-by-name", self._name)
        finally:
            asked.abort()
        if found is None:
            raise CommandRefused(f"no master called {self._name}")
        return found[0].decode(), int(found[1])


def _tcp(reactor: Any, host: str, port: int) -> Any:
    return clientFromString(reactor, f"tcp:{host.replace(':', chr(92) + ':')}:{port}")


def _nothing(_: object) -> None:
    pass


def endpoint(reactor: Any, option: str, text: str) -> IStreamClientEndpoint:
    """Where Redis is, as an option says it.

    Raises:
        CannotStart: It cannot be understood.
    """
    try:
        if text.startswith(SENTINEL):
            _, name, places = text.split(":", 2)
            return SentinelEndpoint(reactor, name, [_host_and_port(each) for each in places.split(",")])
        return clientFromString(reactor, text)  # type: ignore[no-any-return]
    except (ValueError, TypeError, KeyError) as error:
        raise NotUnderstood(f"--{option} {text}: {error}. {_FORM}.") from None


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise ValueError(f"{text!r} is no HOST:PORT")
    return host.strip("[]"), int(port)
