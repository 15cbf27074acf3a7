"""Who comes to the web port, and from which page: real addresses behind proxies, hosts, origins, what loopback may.

Rule 1: a request is for a host of this machine's (`hosts.py`), whoever it is from and whatever it is for. What a listed
    proxy passes on is for whatever host that passes on.
Rule 2: where it says of which page it is, that is this very host's, port included, or one that `--web-origin` lists.
Rule 3: where the port is open to those near alone (`--open`), it is from one of them.
    Programs that have a token are asked by these two alone.
Rule 4: a WebSocket is opened by such a page. Who tells none is no browser, and has to be on this machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twistchat.core.addresses import Network, household, is_loopback, is_private, networks_of, parsed, words_of
from twistchat.errors import NotUnderstood
from twistchat.interfaces.web.hosts import Hosts, listed_hosts
from twistchat.interfaces.web.refusals import ELSEWHERE, FAR, OTHER_HOST, Refusal
from twistchat.machine import Machine
from twistchat.wire.http import Head, host_of, same_origin

MOST_AT_ONCE = 64
"""Connections from one address that are no members yet; a browser opens six."""

MOST_IN_ALL = 4096
"""The same from all addresses, listed proxies aside."""

_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


@dataclass(frozen=True)
class OriginPolicy:
    """What the operator says of the way to this server."""

    proxies: tuple[Network, ...] = ()
    """Networks whose word on real addresses is taken."""
    origins: frozenset[str] = frozenset()
    """Origins of pages that may talk here, beside the server's own."""
    hosts: Hosts = field(default_factory=Hosts)
    """Hosts that a request may be for."""
    admits: Callable[[str], bool] = lambda address: True
    """Whether anybody at an address may come."""

    def address(self, peer: str, head: Head) -> str:
        """The address that a request is really from: the last that no listed proxy has."""
        hops = [hop.strip() for hop in head.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        while hops and self.is_proxy(peer):
            peer = _bare(hops.pop())
        return peer

    def is_proxy(self, address: str) -> bool:
        """Whether it is one of the listed proxies; a Unix socket's peer is where any is listed."""
        at = parsed(address)
        return bool(self.proxies) if not address else at is not None and any(at in each for each in self.proxies)

    def is_at_home(self, peer: str, head: Head) -> bool:
        """Whether a request is from this very machine; one that some proxy passed on, which is not listed, is not."""
        if _is_forwarded(head) and not self.is_proxy(peer):
            return False
        return is_loopback(self.address(peer, head))

    def check(self, peer: str, head: Head) -> None:
        """Make sure that a request may be answered at all, by rules 1 to 3.

        Raises:
            Refusal: It may not.
        """
        self._check_near(peer, head)
        host = head.headers.get("host")
        if not self._passed_on(peer, head) and not self.hosts.has(host or ""):
            raise Refusal(OTHER_HOST, "Host", host)
        self._check_origin(head)

    def _check_near(self, peer: str, head: Head) -> None:
        address = self.address(peer, head)
        if not self.admits(address):
            raise Refusal(FAR, "address", address)

    def _check_origin(self, head: Head) -> None:
        host, origin = head.headers.get("host"), head.headers.get("origin")
        if origin is not None and origin.lower() not in self.origins and not same_origin(origin.lower(), host or ""):
            raise Refusal(ELSEWHERE, "Origin", origin)

    def is_near(self, peer: str, head: Head) -> bool:
        """Whether a request is from this machine or a private network; one that an unlisted proxy passed on is not."""
        if _is_forwarded(head) and not self.is_proxy(peer):
            return False
        address = self.address(peer, head)
        return is_loopback(address) or is_private(address)

    def check_program(self, peer: str, head: Head) -> None:
        """Make sure that a request of a program, which has a token, may be answered, by rules 2 and 3.

        Not by rule 1: what a page could do by a host's name that leads here it could do only with the token, and
        programs in containers know this machine by names of their own.

        Raises:
            Refusal: It may not.
        """
        self._check_near(peer, head)
        self._check_origin(head)

    def check_talk(self, peer: str, head: Head) -> None:
        """Make sure that a request that `check` has let pass may open a WebSocket, by rule 4.

        Raises:
            Refusal: It may not.
        """
        if "origin" not in head.headers and not self.is_at_home(peer, head):
            raise Refusal(ELSEWHERE, "Origin")

    def _passed_on(self, peer: str, head: Head) -> bool:
        """Whether a listed proxy passed it on. A proxy on this machine has to say so, as browsers are there, too."""
        return self.is_proxy(peer) and (not peer or not is_loopback(peer) or _is_forwarded(head))


def _is_forwarded(head: Head) -> bool:
    return any(name in head.headers for name in _FORWARDED)


def _bare(hop: str) -> str:
    """An address as proxies write it, without port and brackets; what is no address is kept as it is."""
    if parsed(hop) is not None:
        return hop
    bare = host_of(hop)
    return bare if parsed(bare) is not None else "unknown"


def origin_policy(
    proxies: str | None,
    origins: str | None,
    hosts: str | None = None,
    machine: Machine | None = None,
    admits: Callable[[str], bool] = lambda address: True,
) -> OriginPolicy:
    """Read `--web-proxy`, `--web-origin` and `--web-host`.

    Args:
        proxies: Addresses and networks.
        origins: Pages of other hosts.
        hosts: Names and addresses beside the machine's own.
        machine: This machine; without it there is loopback alone.
        admits: Whether anybody at an address may come.

    Raises:
        CannotStart: One of them cannot be read.
    """
    return OriginPolicy(
        networks_of("web-proxy", proxies, "127.0.0.1 or 10.0.0.0/8"),
        frozenset(_origin(word) for word in words_of(origins)),
        Hosts(machine or Machine(), listed_hosts(hosts)),
        admits,
    )


def _origin(word: str) -> str:
    try:
        parts = urlsplit(word.lower().removesuffix("/"))
        if parts.scheme in ("http", "https") and parts.hostname and not parts.path + parts.query:
            return f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        pass
    raise NotUnderstood(f"--web-origin {word}: this is no origin. Give such as https://chat.example.")


class Doorstep:
    """Counts connections that are no members yet, so that nobody can take them all; loopback and proxies are free."""

    def __init__(self, free: OriginPolicy) -> None:
        self._free = free
        self._open: Counter[str] = Counter()
        self._in_all = 0

    def admits(self, address: str) -> bool:
        """Count one more, if it may come; `leave` must then follow, once."""
        if self._is_free(address):
            return True
        key = household(address)
        if self._open[key] >= MOST_AT_ONCE or self._in_all >= MOST_IN_ALL:
            return False
        self._open[key] += 1
        self._in_all += 1
        return True

    def leave(self, address: str) -> None:
        """Take back one `admits`."""
        key = household(address)
        if not self._is_free(address):
            self._in_all -= 1
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    def _is_free(self, address: str) -> bool:
        return is_loopback(address) or self._free.is_proxy(address)
