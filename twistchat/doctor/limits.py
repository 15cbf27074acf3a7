"""What the machine allows."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

from twistchat.doctor.finding import Finding, look, ok, wrong
from twistchat.interfaces.descriptors import MOST, RESERVED
from twistchat.interfaces.listening import BACKLOG

SYSCTL = Path("/proc/sys/net/core")

PEOPLE = 1000
"""For whom there should be room."""

BURST_BYTES = 4 << 20
"""What a socket for datagrams should hold while the server is at something else: 300 members' datagrams of a second."""


def files(soft: int, hard: int) -> Finding:
    """Whether the process may open enough files.

    Args:
        soft: Its limit now.
        hard: What it may raise that to, as a server does at start.
    """
    most = MOST if hard == resource.RLIM_INFINITY else hard
    people = most - RESERVED
    found = f"{most} files may be open, for about {max(0, people)} people"
    advice = f"ulimit -Hn {PEOPLE + RESERVED} in a shell of root's, or LimitNOFILE=65536 in the unit of systemd"
    if people <= 0:
        return wrong(f"{found}; {RESERVED} are the server's own (ulimit -n is {soft})", advice)
    return look(found, advice) if people < PEOPLE else ok(found)


def backlog(folder: Path = SYSCTL) -> Finding:
    """Whether many may come at once.

    Args:
        folder: Where Linux has its settings (socket(7), listen(2)).
    """
    most = _number(folder / "somaxconn")
    if most is not None and most < BACKLOG:
        return look(
            f"{most} may wait to be let in; of more, some wait a second", f"sysctl -w net.core.somaxconn={BACKLOG}"
        )
    return ok("many may come at once")


def bursts(folder: Path = SYSCTL) -> Finding:
    """Whether many datagrams may come at once.

    Args:
        folder: Where Linux has its settings.
    """
    most = _number(folder / "rmem_max")
    if most is not None and most < BURST_BYTES:
        return look(
            f"datagrams of a burst beyond {most // 1024} KiB are lost before the server sees them",
            f"sysctl -w net.core.rmem_max={BURST_BYTES} net.core.rmem_default={BURST_BYTES}",
        )
    return ok("bursts of datagrams have room")


def limits(soft: int, hard: int, has_udp: bool, folder: Path = SYSCTL) -> Iterator[Finding]:
    """All of them.

    Args:
        soft: Of open files, now.
        hard: What that may be raised to.
        has_udp: Whether datagrams are taken.
        folder: Where Linux has its settings.
    """
    yield files(soft, hard)
    yield backlog(folder)
    if has_udp:
        yield bursts(folder)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
