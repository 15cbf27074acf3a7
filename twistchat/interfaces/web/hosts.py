"""Which hosts a request may be for: names and addresses of this machine, and those that `--web-host` lists.

A site in somebody's browser can have its own name lead to this server ("DNS rebinding"): to the browser the page and
the server are then one site, and its scripts may read all answers. Only the name gives it away. So every request is
asked, whoever it is from and whatever it is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from twistchat.core.addresses import parsed, words_of
from twistchat.errors import NotUnderstood
from twistchat.machine import Machine
from twistchat.wire.http import host_of


@dataclass(frozen=True)
class Hosts:
    """The hosts that this server answers for."""

    machine: Machine = field(default_factory=Machine)
    listed: frozenset[str] = frozenset()
    """In lower case."""

    def has(self, authority: str) -> bool:
        """Whether a request's `Host`, with its port or without, is one of them."""
        host = host_of(authority).removesuffix(".")
        if not host:
            return False
        if host in self.listed or host == "localhost" or host.endswith(".localhost"):  # RFC 6761 6.3
            return True
        at = parsed(host)
        if at is None:
            return self.machine.has_name(host)
        return at.is_loopback or self.machine.has_address(at)


def listed_hosts(text: str | None) -> frozenset[str]:
    """Read `--web-host`: names and addresses, with commas or blanks between.

    Raises:
        CannotStart: One of them is none.
    """
    return frozenset(map(_listed, words_of(text)))


def _listed(word: str) -> str:
    at = parsed(word)
    host = str(at) if at is not None else host_of(word).removesuffix(".")
    if not host or (at is None and ":" in word):
        raise NotUnderstood(f"--web-host {word}: this is no host. Give such as chat.example or 192.168.1.9.")
    return host
