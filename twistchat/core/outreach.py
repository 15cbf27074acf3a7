"""Which addresses this server may call for an administrator, who must not read the machine by that.

Refused, unless the operator lists them (`--calls-to`): this machine, what is linked to it, where clouds tell a machine
its secrets, and what is no address of anybody. Private networks are allowed: that is where what is called mostly is.
What lies in an IPv6 address (mapped, NAT64 by either prefix, 6to4, compatible) is asked for as IPv4.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

from twistchat.core.addresses import Network, parsed

# 169.254.169.254 of most clouds is link-local; these of AWS, Google, Alibaba, Oracle and Azure are not.
_METADATA = tuple(
    map(ip_network, ("fd00:ec2::/32", "fd20:ce::/64", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32"))
)
_IN_LAST_BITS = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
"""RFC 6052 2.1; RFC 8215, of whose lengths /96 is the usual one; RFC 4291 2.5.5.1."""
_6TO4 = ip_network("2002::/16")


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
    if number > 1 and any(at in network for network in _IN_LAST_BITS):
        return IPv4Address(number & 0xFFFFFFFF)
    return IPv4Address(number >> 80 & 0xFFFFFFFF) if at in _6TO4 else at
