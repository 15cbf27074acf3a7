"""Who can come, and whether that is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from twistchat.doctor.finding import Finding, look, ok
from twistchat.doctor.ports import PortPlace
from twistchat.reach import Host


def reach(
    places: Sequence[PortPlace], near_only: Collection[str], hosts: Sequence[Host], has_proxy: bool
) -> Iterator[Finding]:
    """Say who can join.

    Args:
        places: The ports by which people come.
        near_only: Interfaces by which only who is near may come in.
        hosts: By which hosts others reach this machine, the best first.
        has_proxy: Whether a proxy before the page is believed about addresses.
    """
    opened = [place for place in places if not place.is_local and place.port]
    if not opened:
        yield look("only this machine can join", "`--open` lets in the private networks that it is on")
        return
    beyond = [place.option for place in opened if place.option not in near_only]
    if not hosts:
        yield look("this machine has no address but loopback, so nobody else can come", "plug it in; `ip addr`")
    elif not beyond:
        yield ok(f"whoever is on this machine's own private networks can join, by {hosts[0].name}")
    elif any(host.kind == "public" or (host.kind == "ipv6" and host.at.is_global) for host in hosts):
        yield look(
            f"everyone on the internet who can reach this machine can join, by {', '.join(beyond)}",
            f"`--open` in place of {' and '.join(f'--{option}' for option in beyond)} keeps it to private networks",
        )
    else:
        yield ok(f"everyone who can reach this machine can join, by {hosts[0].name}")
    page = next((place for place in opened if place.option == "web"), None)
    if has_proxy and page is not None:
        yield look(
            "a proxy stands before the page (--web-proxy), and the page's port is open beside it",
            f"--web tcp:{page.port}:interface=127.0.0.1, if the proxy is on this machine",
        )
