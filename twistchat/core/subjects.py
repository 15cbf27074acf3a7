"""Whom an act is about: somebody by name, all who come from a network, a program by the mark of its key."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from twistchat.core import names
from twistchat.core.addresses import Network, parsed
from twistchat.core.identity import Identity, is_key_mark
from twistchat.core.text import clean
from twistchat.errors import NotASubject


class Subject(NamedTuple):
    """Whom an act is about: a name, all who come from a network, or whoever has a key: a program's, or for SSH."""

    shown: str
    keys: frozenset[str] = frozenset()
    network: Network | None = None
    mark: str = ""

    def covers(self, identity: Identity) -> bool:
        """Whether somebody, who may have no name yet, is meant."""
        name, address, mark = identity
        if (name is not None and self.keys & names.keys(name)) or (self.mark and self.mark == mark):
            return True
        return self.network is not None and (at := parsed(address)) is not None and at in self.network


@lru_cache(maxsize=1024)
def parse_subject(text: str) -> Subject:
    """Read a name, an address or a network, the mark of a program's key or an SSH key's fingerprint (`SHA256:…`).

    An address stands for itself, an IPv6 one for its /64, which one household has (RFC 6177).

    Raises:
        NotASubject: It can be none of them.
    """
    word = clean(text)
    if is_key_mark(word):
        return Subject(word, mark=word)
    network = _network(word)
    if network is not None:
        return Subject(str(network), names.keys(word), network)
    if not word or "/" in word or " " in word:
        raise NotASubject(word)
    return Subject(word, names.keys(word))


def _network(word: str) -> Network | None:
    try:
        if "/" in word:
            return _unmapped(ip_network(word, strict=False))
        address = ip_address(word.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return ip_network((int(address), 64), strict=False)
    return _unmapped(ip_network(address))


def _unmapped(network: Network) -> Network:
    """An IPv4 network written as IPv6, `::ffff:10.0.0.0/104`, as what it is."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return network
    return ip_network((int(mapped), network.prefixlen - 96))


def is_same_subject(subject: str, other: str) -> bool:
    """Whether two subjects, as acts have them, are one; an empty one is no other."""
    return subject == other or bool(subject and other and names.key(subject) == names.key(other))
