"""This machine on its networks: what it is called, which addresses it has, and who is near.

Addresses come and go while a server runs (a laptop, DHCP, a VPN), so that it is looked again: once a minute, and for
what was not known the last time after two seconds.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from twistchat.adapters import Interface, own_addresses
from twistchat.core.addresses import Network, is_near, near_networks

LOOK_SECONDS = 60.0
"""How long what was found is believed."""

DOUBT_SECONDS = 2.0
"""How long it is believed that something is not there: somebody who has just come to a network is not told so for long,
and strangers cannot have it looked all the time, which takes 0.2 ms."""

HOSTS_FILE = Path("/etc/hosts")


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
        self._looked: float | None = None
        self._found = Sighting()
        self._near: tuple[Network, ...] = ()

    def has_name(self, name: str) -> bool:
        """Whether it is called that, in lower case and without a dot at the end."""
        return self._holds(lambda: name in self._found.names)

    def has_address(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether one of its interfaces has it."""
        return self._holds(lambda: any(each.ip == address for each in self._found.interfaces))

    def is_near(self, address: str) -> bool:
        """Whether a peer is on this machine, or on one of the networks that `near` has."""
        return self._holds(lambda: is_near(address, self._near))

    @property
    def near(self) -> tuple[Network, ...]:
        """The private and link-local networks that it is in now."""
        self._look_again(LOOK_SECONDS)
        return self._near

    @property
    def sighting(self) -> Sighting:
        """All that is known of it now."""
        self._look_again(LOOK_SECONDS)
        return self._found

    def _holds(self, condition: Callable[[], bool]) -> bool:
        """Whether something holds of what was found, or of what is found now."""
        self._look_again(LOOK_SECONDS)
        return condition() or (self._look_again(DOUBT_SECONDS) and condition())

    def _look_again(self, after: float) -> bool:
        """Look, unless that was done within so many seconds; whether it was done now."""
        now = self._now()
        if self._looked is not None and now < self._looked + after:
            return False
        self._looked = now
        with suppress(OSError):  # for want of a file descriptor: what was found before still holds
            self._found = self._look()
        self._near = near_networks(each.network for each in self._found.interfaces)
        return True


class Look:
    """Asks the operating system."""

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
        with suppress(OSError, UnicodeError):  # a host name of dots alone cannot be asked for
            self._full_name = _bare(socket.getfqdn())


def _bare(name: str) -> str:
    return name.lower().removesuffix(".")


def _interfaces() -> Iterator[Interface]:
    return (each.at for each in own_addresses())


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
