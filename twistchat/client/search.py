"""Looks for servers on this machine's networks: a question to each network's broadcast addresses, and a second's wait.

Rule 1: nothing is scanned. A question goes to 255.255.255.255 and to the network's own broadcast address from each of
    this machine's IPv4 addresses, so that it needs no default route; and to 127.0.0.1, for a server on this machine.
Rule 2: only an answer counts that came to the socket that asked there, from that network and from the port that was
    asked. Who answers again changes nothing.
Rule 3: the second is a second, however much comes.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_address
from typing import NamedTuple

from twistchat.client.address import Address
from twistchat.errors import UnknownDatagram
from twistchat.wire.search import QUESTION, QUESTION_BYTES, SEARCHED_PORT, ServerFound, parse_answer

SECONDS = 1.0
"""How long answers are waited for."""

AGAIN_SECONDS = 0.4
"""After which it is asked once more, as wireless networks lose broadcasts (they are sent once, IEEE 802.11 9.3.6)."""

MOST_ASKING = 64
"""Addresses of this machine that are asked from; one with 40 interfaces has as many."""

MOST_SERVERS = 100
"""Servers that are kept of those that answer; a list that nobody reads needs no more."""

LOOPBACK = IPv4Interface("127.0.0.1/32")
EVERYONE = "255.255.255.255"


class Destination(NamedTuple):
    """A server that answered."""

    name: str
    address: Address


@dataclass(frozen=True)
class Sought:
    """What a search has found."""

    places: tuple[Destination, ...] = ()
    """By name and address."""
    networks: tuple[str, ...] = ()
    """Those that were asked, this machine itself aside."""
    has_more: bool = False
    """Whether more answered than are kept."""


class Asking:
    """One socket that asks in one network."""

    def __init__(self, at: IPv4Interface, port: int) -> None:
        """Open it.

        Raises:
            OSError: The address is gone, or there are no more sockets.
        """
        self.at = at
        self._port = port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self.socket.bind((str(at.ip), 0))
        except OSError:
            self.socket.close()
            raise

    @property
    def targets(self) -> tuple[str, ...]:
        """Where the question goes to."""
        if self.at.ip.is_loopback:
            return (str(self.at.ip),)
        if self.at.network.prefixlen > 30:  # a line between two machines has no broadcast address (RFC 3021)
            return (EVERYONE,)
        return (EVERYONE, str(self.at.network.broadcast_address))

    def ask(self) -> None:
        """Send the question; where there is no way, nobody answers."""
        for target in self.targets:
            with suppress(OSError):
                self.socket.sendto(QUESTION, (target, self._port))

    def take(self) -> Destination | None:
        """Read one datagram; None where it is no answer to this question."""
        try:
            datagram, sender = self.socket.recvfrom(QUESTION_BYTES + 1)
            if not self._was_asked(*sender):
                return None
            return Destination((found := parse_answer(datagram)).name, _where(found, *sender))
        except (OSError, UnknownDatagram):
            return None

    def _was_asked(self, host: str, port: int) -> bool:
        return port == self._port and ip_address(host) in self.at.network


def _where(found: ServerFound, host: str, port: int) -> Address:
    """Where to join it; where it takes no lines over TCP, the port that answered takes them as datagrams."""
    if found.lines.port:
        return Address("tls" if found.lines.is_sealed else "tcp", host, found.lines.port)
    return Address("udp", host, port)


def search(
    interfaces: Iterable[IPv4Interface | IPv6Interface],
    seconds: float = SECONDS,
    port: int = SEARCHED_PORT,
    now: Callable[[], float] = time.monotonic,
) -> Sought:
    """Ask for servers, and wait for what answers.

    Args:
        interfaces: This machine's addresses, each with its network.
        seconds: How long to wait.
        port: Where to ask.
        now: Tells the time in seconds.
    """
    own = [each for each in interfaces if isinstance(each, IPv4Interface) and not each.ip.is_loopback]
    with ExitStack() as open_ones:
        asking = list[Asking]()
        for each in [LOOPBACK, *own][:MOST_ASKING]:
            with suppress(OSError):
                asking.append(Asking(each, port))
                open_ones.enter_context(asking[-1].socket)
        found, has_more = _heard(asking, seconds, now)
    here = {each.ip for each in own} if str(LOOPBACK.ip) in found else set[IPv4Address]()
    places = [place for host, place in found.items() if ip_address(host) not in here]
    networks = tuple(dict.fromkeys(str(each.at.network) for each in asking if not each.at.ip.is_loopback))
    return Sought(tuple(sorted(places, key=_order)), networks, has_more)


def _heard(asking: list[Asking], seconds: float, now: Callable[[], float]) -> tuple[dict[str, Destination], bool]:
    """Ask, and collect the first answer of each address until the time is over, and what has come by then.

    Whoever comes late to that, as on a machine that stood still, has not looked at all otherwise.
    """
    found = dict[str, Destination]()
    has_more = False
    by_socket = {each.socket: each for each in asking}

    def read(seconds: float) -> None:
        nonlocal has_more
        for readable in select.select(list(by_socket), [], [], seconds)[0]:
            place = by_socket[readable].take()
            if place is None or place.address.host in found:
                continue
            if len(found) < MOST_SERVERS:
                found[place.address.host] = place
            else:
                has_more = True

    begun = now()
    questions = [begun, begun + AGAIN_SECONDS]
    while (at := now()) < begun + seconds:
        if questions and at >= questions[0]:
            questions.pop(0)
            for each in asking:
                each.ask()
        wait_until = questions[0] if questions else begun + seconds
        read(max(0.0, wait_until - at))
    read(0.0)
    return found, has_more


def _order(place: Destination) -> tuple[str, IPv4Address, int]:
    return place.name.casefold(), IPv4Address(place.address.host), place.address.port
