"""Which addresses this server may call for an administrator, who must not read the machine by that.

Refused, unless the operator lists them (`--calls-to`): this machine, what is linked to it, where clouds tell a machine
its secrets, and what is no address of anybody. Private networks are allowed: that is where what is called mostly is.
What lies in an IPv6 address (mapped, NAT64, 6to4, compatible) is asked for as IPv4.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

from twistchat.core.addresses import Network, parsed

# 169.254.169.254 of most clouds is link-local; these of AWS, Alibaba and Oracle are not.
_METADATA = tuple(map(ip_network, ("fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32")))
_NAT64, _6TO4, _COMPATIBLE = map(ip_network, ("64:ff9b::/96", "2002::/16", "::/96"))


def may_be_called(address: str, listed: Iterable[Network]) -> bool:
    """Whether an address may be connected to.

    Args:
        address: As a name was resolved, or as it stands in the URL.
        listed: Networks that the operator lists.
    """
    at = parsed(address)
    if at is None:
        return False
    inner = _inner(at)
    return any(at in network or inner in network for network in listed) or not (_is_own(at) or _is_own(inner))


def _is_own(at: IPv4Address | IPv6Address) -> bool:
    is_here = at.is_loopback or at.is_link_local or at.is_unspecified or any(at in network for network in _METADATA)
    in_this_network = isinstance(at, IPv4Address) and at in ip_network("0.0.0.0/8")  # this very machine, to Linux
    return is_here or in_this_network or at.is_multicast or (isinstance(at, IPv4Address) and at.is_reserved)


def _inner(at: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that lies in an IPv6 one; any other as it is."""
    if isinstance(at, IPv4Address):
        return at
    number = int(at)
    if at in _NAT64 or (at in _COMPATIBLE and number > 1):
        return IPv4Address(number & 0xFFFFFFFF)
    return IPv4Address(number >> 80 & 0xFFFFFFFF) if at in _6TO4 else at
