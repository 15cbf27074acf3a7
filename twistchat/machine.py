"""This machine on its networks: what it is called, which addresses it has, and who is near.

Addresses come and go while a server runs (a laptop, DHCP, a VPN), so that it is looked again, once a minute at most.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface
from pathlib import Path

import ifaddr

from twistchat.core.addresses import Network, near_networks

LOOK_SECONDS = 60.0
"""How long what was found is believed."""

HOSTS_FILE = Path("/etc/hosts")

Interface = IPv4Interface | IPv6Interface


@dataclass(frozen=True)
class Sighting:
    """What one look has found."""

    names: frozenset[str] = frozenset()
    """In lower case, without a dot at the end."""
    interfaces: tuple[Interface, ...] = ()
    """Its addresses, each with the network that it is in."""


class Machine:
    """What is known of this machine."""

    def __init__(self, look: Callable[[], Sighting] = Sighting, now: Callable[[], float] = time.monotonic) -> None:
        """Look when first asked.

        Args:
            look: Finds out; without it there is loopback alone.
            now: Tells the time in seconds.
        """
        self._look = look
        self._now = now
        self._until: float | None = None
        self._found = Sighting()
        self._near: tuple[Network, ...] = ()

    def has_name(self, name: str) -> bool:
        """Whether it is called that, in lower case and without a dot at the end."""
        self._look_again()
        return name in self._found.names

    def has_address(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether one of its interfaces has it."""
        self._look_again()
        return any(each.ip == address for each in self._found.interfaces)

    @property
    def near(self) -> tuple[Network, ...]:
        """The private and link-local networks that it is in now."""
        self._look_again()
        return self._near

    @property
    def sighting(self) -> Sighting:
        """All that is known of it now."""
        self._look_again()
        return self._found

    def _look_again(self) -> None:
        now = self._now()
        if self._until is None or now >= self._until:
            self._found, self._until = self._look(), now + LOOK_SECONDS
            self._near = near_networks(each.network for each in self._found.interfaces)


class Look:
    """Asks the operating system.

    The addresses are `ifaddr`'s: the standard library lists interfaces, but on no system their addresses.
    """

    def __init__(self, hosts: Path = HOSTS_FILE) -> None:
        self._hosts = hosts
        self._full_name = ""
        self._asked: threading.Thread | None = None

    def __call__(self) -> Sighting:
        """Find out; at most a file is read for it, and nobody on the network is asked."""
        host = _bare(socket.gethostname())
        if self._asked is None:  # in a thread, as a name server may be asked, and may not answer
            self._asked = threading.Thread(target=self._ask_full_name, daemon=True)
            self._asked.start()
        interfaces = tuple(_interfaces())
        own = {each.ip for each in interfaces}
        names = {host, host.partition(".")[0], f"{host.partition('.')[0]}.local", self._full_name}
        return Sighting(frozenset({*names, *_names_of(own, self._hosts)} - {"", ".local"}), interfaces)

    def _ask_full_name(self) -> None:
        self._full_name = _bare(socket.getfqdn())


def _bare(name: str) -> str:
    return name.lower().removesuffix(".")


def _interfaces() -> Iterator[Interface]:
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            address = each.ip if isinstance(each.ip, str) else each.ip[0]
            yield ip_interface(f"{address.partition('%')[0]}/{each.network_prefix}")


def _names_of(own: set[IPv4Address | IPv6Address], hosts: Path) -> Iterator[str]:
    """Names that the hosts file has for one of these addresses or for loopback (Debian: its own for 127.0.1.1)."""
    try:
        lines = hosts.read_text("utf-8", "replace").splitlines()
    except OSError:  # there is none
        return
    for line in lines:
        address, *names = [*line.partition("#")[0].split(), ""]
        try:
            at = ip_address(address.partition("%")[0])
        except ValueError:
            continue
        if at.is_loopback or at in own:
            yield from map(_bare, names)
