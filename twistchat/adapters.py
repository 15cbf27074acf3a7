"""The addresses of this machine's network adapters, as the operating system has them at this moment."""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import NamedTuple

import ifaddr

Interface = IPv4Interface | IPv6Interface

_SIOCGIFFLAGS = {"linux": 0x8913, "darwin": 0xC0206911}
"""netdevice(7); on macOS _IOWR('i', 17, struct ifreq) of sys/sockio.h."""
_UP, _RUNNING = 0x1, 0x40
"""IFF_UP, IFF_RUNNING: switched on, and with a cable or a radio link; the same figures on both."""


class OwnAddress(NamedTuple):
    """One address of this machine."""

    adapter: str
    """The adapter's name, such as `eth0`."""
    at: Interface
    """The address, with the network that it is in."""
    is_up: bool
    """Whether anything can come by the adapter now."""


def own_addresses() -> list[OwnAddress]:
    """Ask for all of them, those of loopback and of adapters that are down included.

    `ifaddr` is asked as the standard library lists adapters, but on no system their addresses; and asking a distant
    address for one's own, as many programs do, fails without a default route.

    Raises:
        OSError: The system does not tell, such as for want of a file descriptor.
    """
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for adapter in ifaddr.get_adapters():
            is_up = _is_up(asked, adapter.name)
            for each in adapter.ips:
                address = each.ip if isinstance(each.ip, str) else each.ip[0]
                at = ip_interface(f"{address.partition('%')[0]}/{each.network_prefix}")
                found.append(OwnAddress(adapter.name, at, is_up))
    return found


def _is_up(asked: socket.socket, adapter: str) -> bool:
    """Whether an adapter runs; true where the system cannot be asked."""
    request = _SIOCGIFFLAGS.get(sys.platform)
    if request is None:
        return True
    try:
        answer = fcntl.ioctl(asked, request, struct.pack("16s24x", adapter.encode()))
    except OSError:  # it went a moment ago
        return False
    (flags,) = struct.unpack_from("H", answer, 16)
    return bool(flags & _UP and flags & _RUNNING)
