"""Listening on an endpoint description, saying where, and saying so in a sentence where it cannot be done."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from errno import EADDRINUSE
from functools import partial
from typing import Any, TypeVar, runtime_checkable
from typing import Protocol as Shape

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.tcp import Port
from twisted.logger import Logger

from twistchat.core.addresses import is_loopback
from twistchat.core.session import Session
from twistchat.errors import CannotStart, NotUnderstood
from twistchat.interfaces.adopting import AdoptingReactor, Begin, Descriptor, connect_again
from twistchat.interfaces.clientcertificates import AskingReactor
from twistchat.interfaces.descriptions import whats_misspelt, whats_wrong
from twistchat.interfaces.proxied import PREFIX, behind_proxy
from twistchat.interfaces.rehearsal import try_to_listen
from twistchat.interfaces.seal import Seal
from twistchat.interfaces.sharing import shares_ports
from twistchat.interfaces.talker import Talker
from twistchat.privileges import as_started
from twistchat.reach import Door, led_to
from twistchat.wire.packing import Written

log = Logger()

P = TypeVar("P", bound=Protocol)

BACKLOG = 1024
"""Connections that the kernel may hold for us; Twisted's default of 50 loses some when a class joins at once."""

CONNECTIONS_AT_ONCE = 16
"""Connections taken in before the clock is looked at, each in 60 to 250 microseconds; Twisted has a number of 100 at
first, and of 20 more after each turn that had them all."""

TAKING_IN_SECONDS = 0.003
"""For which connections are taken in before the others have their turn; what is begun is finished. Few in a turn make
it dear for each: commits, and caches that are cold."""

_HAS_BACKLOG = re.compile(r"(?<!\\):backlog=")  # not one in a file's name, where the colon is escaped


def with_defaults(description: str) -> str:
    """An endpoint description with what ours should have: a bare port is one on loopback, TCP gets a backlog."""
    if description.isdecimal():
        description = f"tcp:{description}:interface=127.0.0.1"
    kind = description.partition(":")[0]
    if kind in ("tcp", "tcp6", "ssl") and not _HAS_BACKLOG.search(description):
        description += f":backlog={BACKLOG}"
    return description


def cannot_listen(option: str, description: str, error: Exception) -> CannotStart:
    """The refusal to start for a port that cannot be had, or a description that cannot be read."""
    cause = getattr(error, "socketError", error)
    words = getattr(cause, "strerror", None) or str(cause).rstrip(".") or type(cause).__name__
    reason = (whats_wrong(description) if option != "udp" else None) or words
    is_taken = getattr(cause, "errno", None) == EADDRINUSE
    question = " Does a server run there already? Stop it, give" if is_taken else " Give"
    is_misspelt = isinstance(error, ValueError) if option == "udp" else whats_misspelt(description) is not None
    refusal = NotUnderstood if is_misspelt else CannotStart
    return refusal(f"--{option} {description}: cannot listen there: {reason}.{question} another place, or `off`.")


class Connections:
    """Counts the open connections of one interface, so that stopping can wait for the last."""

    home = ""
    """The service that they came by, and by which they can come back in another process."""

    def __init__(self) -> None:
        self._open = 0
        self._waiting: list[Deferred[None]] = []

    def opened(self) -> None:
        """Count one more."""
        self._open += 1

    def closed(self) -> None:
        """Count one less."""
        self._open -= 1
        if not self._open:
            waiting, self._waiting = self._waiting, []
            for deferred in waiting:
                deferred.callback(None)

    async def all_closed(self) -> None:
        """Wait until none is open."""
        if self._open:
            self._waiting.append(Deferred())
            await self._waiting[-1]


class ConnectionFactory(Factory[P]):
    """A factory whose protocols tell when they are opened and closed."""

    noisy = False

    def __init__(self) -> None:
        self.connections = Connections()

    def state(self) -> Written:
        """What another process needs to go on, of what connections have in common: nothing, unless there is."""
        return {}

    def revive(self, state: Written) -> None:
        """Be where a state was written down."""

    def revived(self, state: Written, session_of: Callable[[Talker], Session]) -> P:
        """A protocol for a connection that comes back, as soon as it has its transport.

        Args:
            state: What was written down of it.
            session_of: Gives its client its session back.
        """
        raise NotImplementedError


class WayIn(Service):
    """What serves an interface. Rule: nothing is made before `check` was called of all of them, and passed."""

    def check(self) -> None:
        """Make sure, as far as that can be known beforehand, that it will be able to start; nothing is made.

        Raises:
            CannotStart: It will not.
        """

    def prepare(self) -> None:
        """Make what has to be kept; the state folder is there by now.

        Raises:
            CannotStart: It cannot be made.
        """


class ListeningService(WayIn):
    """Listens while it runs. It starts at once or not at all."""

    def __init__(
        self,
        reactor: Any,
        option: str,
        description: str,
        factory: ConnectionFactory[Any],
        how: str,
        near_only: bool = False,
        seal: Seal | None = None,
        asks_for_certificates: bool = False,
    ) -> None:
        """Read the description.

        Args:
            reactor: What to listen with.
            option: The interface's name, as the command line has it.
            description: An endpoint description, such as `tcp:7976:interface=127.0.0.1`.
            factory: What serves the connections.
            how: What a person types to get in, with `{host}` and `{port}` in it.
            near_only: Whether only who is near may come in, for the sentence that says where it listens.
            seal: What every connection is sealed with; None where the description says all of it.
            asks_for_certificates: Whether clients who come by TLS are asked for one of theirs.

        Raises:
            CannotStart: The description cannot be read.
        """
        self.option = option
        self.description = description
        self.port: IListeningPort | None = None
        self._factory = factory
        self._how = how
        self._near_only = near_only
        self._reactor = AskingReactor(reactor) if asks_for_certificates else reactor
        self._asks_for_certificates = asks_for_certificates
        self._seal = seal
        self._served: Any = factory
        factory.connections.home = option
        with as_started():  # a certificate's key may be root's alone
            try:
                self._endpoint = self._endpoint_of(self._reactor)
            except Exception as error:  # endpoint parsers raise whatever they like
                raise cannot_listen(option, description, error) from error

    def _endpoint_of(self, reactor: Any) -> Any:
        return serverFromString(reactor, with_defaults(self.description).removeprefix(PREFIX))

    @property
    def door(self) -> Door | None:
        """Where people come in now, if others find it by themselves: they do not speak a proxy's words."""
        return None if self.port is None or self._is_behind_proxy else door_of(self.option, self.port, self._how)

    @property
    def _is_behind_proxy(self) -> bool:
        return self.description.startswith(PREFIX)

    def check(self) -> None:
        """Make sure that the port can be had."""
        with as_started():
            try:
                try_to_listen(with_defaults(self.description), shares_ports(self._reactor))
            except Exception as error:  # whatever a socket says of such a port or address
                raise cannot_listen(self.option, self.description, error) from error

    def prepare(self) -> None:
        """Make or read what connections are sealed with."""
        if self._seal is not None:
            self._served = self._seal.around(self._factory, self._reactor, self._asks_for_certificates)

    def privilegedStartService(self) -> None:
        """Listen, while the process may still open ports below 1024.

        Raises:
            CannotStart: The port cannot be had.
        """
        failures: list[Exception] = []
        served = behind_proxy(self._served) if self._is_behind_proxy else self._served
        listening = self._endpoint.listen(served)
        listening.addCallbacks(self._listens, lambda failure: failures.append(failure.value))
        if failures:
            raise cannot_listen(self.option, self.description, failures[0]) from failures[0]

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, of what connections have in common; the socket is the `port`'s."""
        return self._factory.state()

    def take(self, state: Written, descriptor: Descriptor) -> Begin:
        """Listen at a port of another process, in place of opening one.

        Args:
            state: What was written down there.
            descriptor: The port's socket.

        Returns:
            What is to be called for connections to be taken in.
        """
        self._factory.revive(state)
        adopting: Any = AdoptingReactor(self._reactor, descriptor)
        reactor = AskingReactor(adopting) if self._asks_for_certificates else adopting
        self._endpoint = self._endpoint_of(reactor)
        self.privilegedStartService()
        port: Any = self.port
        port.stopReading()
        return lambda: port.startReading()

    def come_back(
        self, state: Written, session_of: Callable[[Talker], Session], descriptor: Descriptor | None
    ) -> Begin:
        """Have a connection of another process back.

        Args:
            state: What was written down there.
            session_of: Gives its client its session back.
            descriptor: Its socket; None where it has none any more.

        Returns:
            What is to be called to go on with it.
        """
        clients: list[Any] = []

        def client_of(client: Talker) -> Session:
            clients.append(client)
            return session_of(client)

        gone = connect_again(self._reactor, descriptor, self._factory.revived(state, client_of))
        return gone or partial(clients[0].begin, state)

    def send_away(self) -> None:
        """Close in order, at once, the connections that are nobody's who is in the chat."""

    # ---

    async def take_nobody(self) -> None:
        """Listen no more; who is connected stays so."""
        port, self.port = self.port, None
        await stopped(port)

    def startService(self) -> None:
        """Start, listening if that was not done yet."""
        if self.port is None:
            self.privilegedStartService()
        super().startService()

    def stopService(self) -> Deferred[None]:
        """Listen no more, and wait until the connections are closed; closing them is the hub's."""
        super().stopService()
        return ensureDeferred(self._stopped())

    async def _stopped(self) -> None:
        port, self.port = self.port, None
        await stopped(port)
        await self._factory.connections.all_closed()

    def _listens(self, port: IListeningPort) -> None:
        self.port = port
        if isinstance(port, Port):
            take_in_few(port, self._reactor.seconds)
        log.info("{option}: {where}", option=self.option, where=whereabouts(port.getHost(), self._how, self._near_only))


@runtime_checkable
class HasDoor(Shape):
    """A service that people come by."""

    @property
    def door(self) -> Door | None:
        """Where they come in now; None where that has no address."""
        ...


def door_of(interface: str, port: Any, how: str) -> Door | None:
    """The door at a port that listens; None at one that has no address, such as a Unix socket.

    Args:
        interface: By what people are here who come by it.
        port: Twisted's.
        how: What a person types to get in, with `{host}` and `{port}` in it.
    """
    address = port.getHost()
    if not isinstance(address, IPv4Address | IPv6Address):
        return None
    at = getattr(port, "socket", None)
    is_dual = ":" in address.host and at is not None and not at.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return Door(interface, address.host, address.port, how, is_dual)


def take_in_few(port: Port, clock: Callable[[], float]) -> None:
    """Let a port take in no more in a turn than there is time for."""
    read = port.doRead

    def do_read() -> None:
        until = clock() + TAKING_IN_SECONDS
        port.numberAccepts = CONNECTIONS_AT_ONCE + 1
        while port.connected and port.numberAccepts > CONNECTIONS_AT_ONCE:  # as it is where there may be more
            port.numberAccepts = CONNECTIONS_AT_ONCE
            read()
            if clock() >= until:
                return

    port.doRead = do_read  # type: ignore[method-assign]


async def stopped(port: IListeningPort | None) -> None:
    """Listen no more at a port, if there is one."""
    if port is None:
        return
    stopping = port.stopListening()
    if stopping is not None:
        await stopping


def whereabouts(address: Any, how: str, near_only: bool = False) -> str:
    """Say where something listens and how to reach it."""
    host, port = getattr(address, "host", None), getattr(address, "port", None)
    if host is None or port is None:
        return f"listening on {address.name.decode() if getattr(address, 'name', None) else address}"
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    beyond = "everyone on this machine's own private networks" if near_only else "everyone who can reach this machine"
    whom = "this machine only" if is_loopback(host) else beyond
    return f"listening on {host} port {port}, for {whom}; join with: {led_to(how, reach, port)}"
