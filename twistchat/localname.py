"""HOST.local: whether anything on this machine answers for that name (mDNS, RFC 6762).

A name that nobody answers for leads nowhere, and no file says whether somebody does: avahi may have been stopped, or
have taken another name as this one was in use. So the question is asked as any neighbour would ask it, and only what
comes back from one of this machine's own addresses counts. The question has a time to live of 0: it is heard on this
machine alone.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.names import dns

GROUP = ("224.0.0.251", 5353)
"""RFC 6762 3."""

ANSWER_SECONDS = 0.5
"""How long an answer is waited for. One from the same machine takes a millisecond; avahi waits 120 ms (RFC 6762 6)."""

KEPT_SECONDS = 60.0
"""How long what was found is believed, as the machine's networks are."""

MOST_ASKED = 8
"""Adapters that the question is sent by."""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)  # RFC 1123 2.1


class LocalName:
    """The name by which this machine is found on its networks, where there is one."""

    def __init__(self, reactor: Any, host_name: Callable[[], str] = socket.gethostname) -> None:
        """Know of none yet.

        Args:
            reactor: What to ask with.
            host_name: Tells what the machine is called.
        """
        self._reactor = reactor
        self._host_name = host_name
        self._until: float | None = None
        self.name = ""
        """Such as `desk.local`; empty where nothing answers for it."""
        self.addresses: frozenset[IPv4Address] = frozenset()
        """Where it leads."""

    async def ask(self, own: Iterable[IPv4Address]) -> None:
        """Find out, unless that was done a moment ago; who asks meanwhile goes on with what was found before.

        Args:
            own: Addresses of this machine, on networks where the name would be of use.
        """
        now = self._reactor.seconds()
        if self._until is None or now >= self._until:
            self._until = now + KEPT_SECONDS
            name = local_name(self._host_name())
            self.addresses = await self._asked(name, frozenset(own)) if name else frozenset()
            self.name = name if self.addresses else ""

    async def _asked(self, name: str, own: frozenset[IPv4Address]) -> frozenset[IPv4Address]:
        answered: Deferred[frozenset[IPv4Address]] = Deferred()
        questions = [Question(name, own, answered) for _ in range(min(len(own), MOST_ASKED))]
        for question, address in zip(questions, sorted(own), strict=False):
            with suppress(OSError, CannotListenError):  # it went a moment ago
                self._reactor.listenUDP(0, question, interface=str(address))
        late = self._reactor.callLater(ANSWER_SECONDS, answered.callback, frozenset())
        found = await answered
        if late.active():
            late.cancel()
        for question in questions:
            question.stop()
        return found


class Question(DatagramProtocol):
    """Asks one network for a name's addresses."""

    noisy = False
    transport: Any = None

    def __init__(self, name: str, own: frozenset[IPv4Address], answered: Deferred[frozenset[IPv4Address]]) -> None:
        """Prepare the question.

        Args:
            name: Whose addresses are asked for.
            own: From where an answer counts.
            answered: Is called with the first answer, if nobody has called it before.
        """
        self._name = name
        self._own = own
        self._answered = answered
        self._query = dns.Message()
        self._query.addQuery(name.encode("ascii"), dns.A)

    def startProtocol(self) -> None:
        handle = self.transport.getHandle()
        handle.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.transport.getHost().host))
        handle.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        with suppress(OSError):  # a network without multicast
            self.transport.write(self._query.toStr(), GROUP)

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        if IPv4Address(addr[0]) in self._own:
            found = addresses_in(datagram, self._name)
            if found & self._own and not self._answered.called:
                self._answered.callback(found & self._own)

    def stop(self) -> None:
        """Wait no longer."""
        if self.transport is not None:
            self.transport.stopListening()


def local_name(host_name: str) -> str:
    """The name on local networks of a host; empty where it has none that could be asked for."""
    label = host_name.partition(".")[0]
    return f"{label.lower()}.local" if _LABEL.fullmatch(label) else ""


def addresses_in(datagram: bytes, name: str) -> frozenset[IPv4Address]:
    """The IPv4 addresses that an answer has for a name; none where it is no such answer."""
    message, wanted = dns.Message(), name.encode("ascii")
    try:
        message.fromStr(datagram)
    except Exception:  # whatever Twisted makes of bytes that are no message
        return frozenset()
    payloads: list[Any] = [record.payload for record in message.answers if record.name.name.lower() == wanted]
    return frozenset(IPv4Address(payload.address) for payload in payloads if isinstance(payload, dns.Record_A))
