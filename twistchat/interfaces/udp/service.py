"""Datagram chat at a port."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger

from twistchat.core.addresses import is_loopback, parsed
from twistchat.core.session import Session
from twistchat.interfaces.adopting import Begin, Descriptor
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptions import words_of
from twistchat.interfaces.listening import WayIn, cannot_listen, door_of, stopped, whereabouts
from twistchat.interfaces.rehearsal import try_to_bind
from twistchat.interfaces.sharing import shares_ports
from twistchat.interfaces.udp.port import BYTES_A_TURN, ChatDatagramProtocol
from twistchat.interfaces.udp.signpost import Signpost
from twistchat.privileges import as_started
from twistchat.reach import Door
from twistchat.wire.packing import Written
from twistchat.wire.search import SEARCHED_PORT

log = Logger()

HOW = "nc -u {host} {port}"

MOST_READ = 64 * 1024
"""More than any datagram has: the kernel would cut it silently, and what is too long could not be refused."""


class DatagramService(WayIn):
    """Listens for datagrams while it runs. It starts at once or not at all."""

    def __init__(self, reactor: Any, description: str, protocol: ChatDatagramProtocol, near_only: bool = False) -> None:
        """Read the description, such as `udp:8888:interface=127.0.0.1`.

        Raises:
            CannotStart: The description cannot be read.
        """
        self._reactor = reactor
        self._description = description
        self._protocol = protocol
        self._near_only = near_only
        self.port: Any = None
        try:
            self._where = parse_description(description)
        except ValueError as error:
            raise cannot_listen("udp", description, error) from error

    @property
    def door(self) -> Door | None:
        """Where people come in now."""
        return None if self.port is None else door_of("udp", self.port, HOW)

    def check(self) -> None:
        """Make sure that the port can be had."""
        number, interface = self._where
        with as_started():
            try:
                try_to_bind(number, interface, socket.SOCK_DGRAM, shares_ports(self._reactor))
            except Exception as error:  # whatever a socket says of such an address
                raise cannot_listen("udp", self._description, error) from error

    def privilegedStartService(self) -> None:
        """Listen, while the process may still open ports below 1024.

        Raises:
            CannotStart: The port cannot be had.
        """
        number, interface = self._where
        try:
            self.port = self._reactor.listenUDP(number, self._protocol, interface=interface, maxPacketSize=MOST_READ)
        except Exception as error:
            raise cannot_listen("udp", self._description, error) from error
        self._listens()

    def _listens(self) -> None:
        self.port.maxThroughput = BYTES_A_TURN
        bound = self.port.getHost()
        log.info("udp: {where}", where=whereabouts(bound, f"{HOW}, then: L yourname", self._near_only))
        if why := why_not_found(bound.host, bound.port):
            log.info("udp: {why}", why=why)

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside the members; the socket is the `port`'s."""
        return self._protocol.state()

    def take(self, state: Written, descriptor: Descriptor) -> Begin:
        """Listen at a port of another process, in place of opening one; nothing is read before what is returned."""
        try:
            self.port = self._reactor.adoptDatagramPort(*descriptor, self._protocol, maxPacketSize=MOST_READ)
        finally:
            os.close(descriptor.number)  # Twisted has one of its own
        self.port.stopReading()
        self._protocol.revive(state)
        self._listens()
        return partial(self._begin, state)

    def _begin(self, state: Written) -> None:
        self._protocol.begin(state)
        self.port.startReading()

    def come_back(
        self, state: Written, session_of: Callable[[Any], Session], descriptor: Descriptor | None = None
    ) -> Begin:
        """Have a member back, who has no socket alone; what is returned goes on with them."""
        return partial(self._protocol.revived(state, session_of).begin, state)

    def send_away(self) -> None:
        """There is nobody but members."""

    # ---

    def startService(self) -> None:
        """Start, listening if that was not done yet."""
        if self.port is None:
            self.privilegedStartService()
        super().startService()

    def stopService(self) -> Deferred[None]:
        """Listen no more, once those whose datagrams are numbered have what was sent to them."""
        super().stopService()
        return ensureDeferred(self._stopped())

    async def _stopped(self) -> None:
        await self._protocol.streams.open.all_closed()
        port, self.port = self.port, None
        await stopped(port)


def why_not_found(host: str, port: int) -> str | None:
    """Why a server that others may reach is not found by those who search, in a sentence; None where it is."""
    if is_loopback(host):
        return None
    if port != SEARCHED_PORT:
        return f"`twistchat join` without an address searches at port {SEARCHED_PORT}, so it does not find this server."
    at = parsed(host)
    if at is None or at.is_unspecified:
        return None
    return (
        f"a socket that is bound to one address hears no broadcast, so `twistchat join` without an address does not "
        f"find this server; `--udp udp:{port}` listens at all addresses."
    )


def parse_description(description: str) -> tuple[int, str]:
    r"""Read `udp:PORT:interface=ADDRESS`, in the words of Twisted's endpoints; `\:` stands for a colon.

    Returns:
        The port, 0 for any, and the address to bind, empty for all.

    Raises:
        ValueError: It cannot be read; the text says why.
    """
    if description.isdecimal():
        description = f"udp:{description}:interface=127.0.0.1"
    kind, words = words_of(description)
    given: dict[str, str] = {}
    for position, word in enumerate(words):
        key, equals, value = word.partition("=")
        if not equals and position == 0:
            key, value = "port", word
        if key not in ("port", "interface") or key in given:
            raise ValueError(f"{word!r} is not understood; it is udp:PORT:interface=ADDRESS")
        given[key] = value
    port = given.get("port", "")
    if kind not in ("udp", "udp6") or not port.isdecimal() or int(port) > 65535:
        raise ValueError("it is udp:PORT:interface=ADDRESS")
    return int(port), given.get("interface", "::" if kind == "udp6" else "")


def make_service(description: str, context: Context) -> DatagramService:
    """Serve datagram chat at a description.

    Raises:
        CannotStart: The description cannot be read.
    """
    reach = context.reach
    protocol = ChatDatagramProtocol(context.hub, context.language, context.machine)
    protocol.signpost = Signpost(reach.name or socket.gethostname(), context.machine, lambda: reach.doors())
    return DatagramService(context.reactor, description, protocol, "udp" in reach.near_only)
