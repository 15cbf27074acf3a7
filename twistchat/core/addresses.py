"""Addresses of peers: which belong together, and which are near."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from twistchat.errors import NotUnderstood

Network = IPv4Network | IPv6Network

# RFC 1918, RFC 3927, RFC 6598 (carrier-grade NAT is not one: strangers share it), RFC 4193, RFC 4291.
_PRIVATE_NETWORKS = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 fc00::/7 fe80::/10"
_PRIVATE = tuple(map(ip_network, _PRIVATE_NETWORKS.split()))


def words_of(text: str | None) -> list[str]:
    """The words of an option that lists several, with commas or blanks between them; none where it is not given."""
    return (text or "").replace(",", " ").split()


def networks_of(option: str, text: str | None, such_as: str) -> tuple[Network, ...]:
    """Read the addresses and networks that an option lists.

    Args:
        option: Its name.
        text: What stands in it; None where it is not given.
        such_as: What could.

    Raises:
        NotUnderstood: One of them is none.
    """
    return tuple(_network_of(option, word, such_as) for word in words_of(text))


def _network_of(option: str, word: str, such_as: str) -> Network:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        raise NotUnderstood(f"--{option} {word}: this is no address. Give such as {such_as}.") from None


@lru_cache(maxsize=4096)
def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """A peer's address, IPv4 where it is that within IPv6; None for a Unix socket's, which has none."""
    try:
        at = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = at.ipv4_mapped if isinstance(at, IPv6Address) else None
    return mapped or at


def is_loopback(address: str) -> bool:
    """Whether the peer is on this machine; a Unix socket's, which has no address, is."""
    at = parsed(address)
    return not address or (at is not None and at.is_loopback)


def near_networks(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Of the networks that a machine is in, those that lie in a private or a link-local one."""
    return tuple(each for each in networks if any(_lies_in(each, private) for private in _PRIVATE))


def _lies_in(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)


def is_near(address: str, networks: Iterable[Network]) -> bool:
    """Whether the peer is on this machine, or on one of its own networks.

    Args:
        address: The peer's.
        networks: What `near_networks` gave for the networks that this machine is in now: a private address of some
            other network can only have come from far away, or be forged.
    """
    if is_loopback(address):
        return True
    at = parsed(address)
    return at is not None and any(at in network for network in networks)


def is_private(address: str) -> bool:
    """Whether the peer has an address of a private network: whole buildings, containers and WSL come by one."""
    at = parsed(address)
    return at is not None and any(at in network for network in _PRIVATE)


def household(address: str) -> str:
    """What counts as one address: an IPv4 address itself, the /64 of an IPv6 address (RFC 6177)."""
    at = parsed(address)
    if isinstance(at, IPv6Address):
        return str(ip_network((int(at), 64), strict=False))
    return str(at or address)
