"""By which addresses others reach this server, the best first, and whom it lets in; for `/where`, `/qr` and the start.

Rule 1: what is listed leads somewhere. Not listed are loopback, addresses of adapters that are down, those of a family
    or an adapter at which a port does not listen, and those of other than private networks where only who is near may
    come.
Rule 2: neither are link-local addresses of IPv6: they hold with the name that each reader's own machine gives its
    adapter, and browsers take none of them (https://url.spec.whatwg.org/#host-representation).
Rule 3: a name on the local network is listed while something answers for it (`localname.py`).
Rule 4: nothing is remembered: adapters come and go, and each call has those that are there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from twisted.logger import Logger

from twistchat.adapters import OwnAddress, own_addresses
from twistchat.core.addresses import is_private, near_networks
from twistchat.core.place import Way, Whereabouts
from twistchat.localname import LocalName
from twistchat.machine import Machine

log = Logger()

KINDS = ("private", "public", "local-name", "ipv6", "virtual", "link-local")
"""What may be listed, in this order."""

_VIRTUAL = re.compile(
    r"(docker|podman|veth|br-|bridge|virbr|vnet|vmnet|vboxnet|lxc|lxd|incus|cni|flannel|cali|kube|dummy|ifb"
    r"|wg|tun|tap|tailscale|zt|utun|ppp|ipsec|sit|gre|awdl|llw)",
    re.IGNORECASE,
)
"""How adapters are called that lead to containers, virtual machines and tunnels: not where people sit."""

_ANY = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Door:
    """A port that listens."""

    interface: str
    """By what people are here who come by it."""
    host: str
    """Where it listens, as the socket has it."""
    port: int
    how: str
    """What leads there, with `{host}` and `{port}` in it: `telnet {host} {port}`, `http://{host}:{port}/`."""
    is_dual: bool = False
    """Whether IPv4 comes to it though it is a socket of IPv6."""

    @property
    def is_open(self) -> bool:
        """Whether anybody beyond this machine can come to it."""
        return not ip_address(self.host.partition("%")[0]).is_loopback

    @property
    def is_page(self) -> bool:
        """Whether a browser opens it."""
        return self.how.startswith("http")

    @property
    def is_sealed(self) -> bool:
        """Whether it takes TLS alone."""
        return "tls://" in self.how or self.how.startswith("https://")

    def hears(self, at: IPv4Address | IPv6Address) -> bool:
        """Whether it listens at an address of this machine."""
        if self.host in _ANY:
            return at.version == (6 if ":" in self.host else 4) or (at.version == 4 and self.is_dual)
        return at == ip_address(self.host.partition("%")[0])

    def ways(self, host: str, kind: str) -> Iterator[Way]:
        """The ways that lead here by some host: one for each URL that there is of it."""
        words = [word for word in self.how.split() if "://" in word]
        typed = "" if self.is_page else led_to(self.how, host, self.port)
        for word in words or [f"{self.interface}://{{host}}:{{port}}"]:
            yield Way(self.interface, kind, led_to(word, host, self.port), typed)


def led_to(how: str, host: str, port: int) -> str:
    """What leads to a port by some host.

    Args:
        how: A URL or words to type, with `{host}` and `{port}` in it.
        host: A name or an address; one of IPv6 gets its brackets in a URL (RFC 3986 3.2.2).
        port: Its number.
    """
    return how.format(host=f"[{host}]" if ":" in host and "://" in how else host, port=port)


@dataclass(frozen=True)
class Host:
    """A host by which others reach this machine."""

    kind: str
    name: str
    """As it stands in a URL, without brackets."""
    at: IPv4Address | IPv6Address
    """Where that leads."""


def hosts(own: Iterable[OwnAddress], local_name: str = "", leads_to: Iterable[IPv4Address] = ()) -> list[Host]:
    """By which hosts others reach a machine, the best first.

    Args:
        own: Its addresses.
        local_name: A name that is answered for on its networks; empty for none.
        leads_to: The addresses that this name is answered with.
    """
    found = [Host(kind, str(each.at.ip), each.at.ip) for each in own for kind in _kind(each)]
    up = {host.at for host in found}
    found += [Host("local-name", local_name, at) for at in sorted(leads_to) if local_name and at in up]
    return sorted(dict.fromkeys(found), key=lambda host: (KINDS.index(host.kind), host.at.version))


def _kind(own: OwnAddress) -> Iterator[str]:
    """The kind of an address, if it leads anywhere."""
    at = own.at.ip
    if not own.is_up or at.is_loopback or at.is_unspecified or at.is_multicast:
        return
    if at.is_link_local:
        if at.version == 4:
            yield "link-local"
    elif _VIRTUAL.match(own.adapter):
        yield "virtual"
    elif at.version == 6:
        yield "ipv6"
    else:
        yield "private" if is_private(str(at)) else "public"


def page_of(ways: Iterable[Way]) -> Way | None:
    """The best of some ways that a browser opens."""
    return next((way for way in ways if not way.typed), None)


class Reach(Whereabouts):
    """Where this server is, as it finds out when it is asked."""

    def __init__(
        self,
        machine: Machine | None = None,
        name: str | None = None,
        near_only: Iterable[str] = (),
        local_name: LocalName | None = None,
        look: Callable[[], Sequence[OwnAddress]] = own_addresses,
    ) -> None:
        """Know of no port yet.

        Args:
            machine: Tells who is near.
            name: What the operator calls the server.
            near_only: Interfaces by which only who is near may come in.
            local_name: Finds out what this machine is called on its networks.
            look: Finds out the machine's addresses.
        """
        self.name = name
        self.near_only = frozenset(near_only)
        self.doors: Callable[[], Iterable[Door]] = tuple
        """Tells which ports listen now."""
        self._machine = machine or Machine()
        self._local_name = local_name
        self._look = look

    @property
    def is_open(self) -> bool:
        return any(door.is_open for door in self.doors())

    def ways(self) -> Sequence[Way]:
        doors = sorted((door for door in self.doors() if door.is_open), key=lambda door: not door.is_page)
        if not doors:
            return ()
        own = self._own()
        near = {each.at.ip for each in own if near_networks([each.at.network])}
        found = hosts(own, *self._called())
        ways = [
            way
            for host in found
            for door in doors
            if door.hears(host.at) and (host.at in near or door.interface not in self.near_only)
            for way in door.ways(host.name, host.kind)
        ]
        return list(dict.fromkeys(ways))

    def page(self) -> Way | None:
        """The best way that a browser opens."""
        return page_of(self.ways())

    def page_url(self) -> str:
        """The address of the page that is best for others, or else for this machine; empty where there is none."""
        way = self.page()
        if way is not None:
            return way.url
        doors = [door for door in self.doors() if door.is_page]
        return next((next(door.ways("localhost" if door.host in _ANY else door.host, "")).url for door in doors), "")

    async def look_around(self) -> None:
        if self._local_name is not None and self.is_open:
            own: list[Any] = [each.at.ip for each in self._own() for kind in _kind(each) if kind in KINDS[:2]]
            await self._local_name.ask(own)

    def admits(self, interface: str, address: str) -> bool:
        return interface not in self.near_only or self._machine.is_near(address)

    def _own(self) -> Sequence[OwnAddress]:
        try:
            return self._look()
        except OSError as error:
            log.warn("the machine's addresses cannot be looked up: {error}", error=str(error))
            return ()

    def _called(self) -> tuple[str, Iterable[IPv4Address]]:
        return ("", ()) if self._local_name is None else (self._local_name.name, self._local_name.addresses)
