"""Whether each port can be had."""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from twistchat.doctor.finding import Finding, ok, wrong
from twistchat.interfaces.descriptions import whats_wrong, words_of
from twistchat.interfaces.listening import with_defaults
from twistchat.interfaces.rehearsal import try_to_bind, try_to_listen
from twistchat.interfaces.udp.service import parse_description

PROC = Path("/proc")
_LISTENS = {"tcp": "0A", "udp": "07"}
"""The states of a socket that listens (include/net/tcp_states.h); UDP has TCP_CLOSE there."""


class PortPlace(NamedTuple):
    """A port, as an option has it."""

    option: str
    description: str
    port: int = 0
    interface: str = ""
    """The address; empty for all of IPv4."""

    @property
    def is_udp(self) -> bool:
        """Whether datagrams come there."""
        return self.option == "udp"

    @property
    def is_local(self) -> bool:
        """Whether only this machine comes there."""
        return self.interface in ("localhost", "::1") or self.interface.startswith("127.")

    @property
    def shown(self) -> str:
        """As people read it."""
        host = self.interface or "every address"
        return f"port {self.port} at {host}"


def place_of(option: str, description: str) -> PortPlace:
    """Where an option's description leads.

    Raises:
        ValueError: That cannot be read; the text says why.
    """
    if option == "udp":
        return PortPlace(option, description, *parse_description(description))
    why = whats_wrong(description)
    if why is not None:
        raise ValueError(why)
    kind, words = words_of(with_defaults(description).removeprefix("haproxy:"))
    named = dict(word.split("=", 1) for word in words if "=" in word)
    bare = next((word for word in words if "=" not in word), "0")
    if kind not in ("tcp", "tcp6", "ssl"):
        return PortPlace(option, description)
    port = named.get("port", bare)
    return PortPlace(option, description, int(port), named.get("interface", "::" if kind == "tcp6" else ""))


def port(option: str, description: str, server: int | None, proc: Path = PROC) -> Finding:
    """Whether one of them can be had, or the server has it already.

    Args:
        option: The interface's.
        description: What it is set to.
        server: The process that runs on the state folder.
        proc: Where Linux tells of processes and sockets.
    """
    try:
        place = place_of(option, description)
    except ValueError as error:
        return wrong(f"--{option} {description}: {error}", f"give --{option} another place, or off")
    try:
        if place.port:
            try_to_bind(place.port, place.interface, socket.SOCK_DGRAM if place.is_udp else socket.SOCK_STREAM)
        else:
            try_to_listen(with_defaults(description)) if not place.is_udp else None
    except OSError as error:
        return _cannot(place, error, server, proc)
    except Exception as error:  # a host name that is none, such as one with an empty label
        return wrong(f"--{option} {description}: {error}", f"give --{option} another place, or off")
    return ok(f"{option}: {place.shown} is free" if place.port else f"{option}: {description} can be had")


def _cannot(place: PortPlace, error: OSError, server: int | None, proc: Path) -> Finding:
    begun = f"--{place.option} {place.description}: "
    if error.errno == errno.EADDRINUSE:
        owner = owner_of(place.port, "udp" if place.is_udp else "tcp", proc)
        if owner is not None and owner.pid == server:
            return ok(f"{place.option}: {place.shown} is this server's (process {server})")
        whose = "another program" if owner is None else f"{owner.name!r}, process {owner.pid}"
        another = f"--{place.option} {place.description.replace(str(place.port), str(place.port + 1000), 1)}"
        stop = "" if owner is None else f", or `kill {owner.pid}`"
        return wrong(f"{begun}{whose} has {place.shown}", f"{another}{stop}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return wrong(
            f"{begun}only root may have a port below 1024",
            f"setcap cap_net_bind_service=+ep {Path(sys.executable).resolve()}, or a .socket unit of systemd, "
            f"or --{place.option} {place.description.replace(str(place.port), str(place.port + 7000), 1)}",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return wrong(f"{begun}{place.interface} is no address of this machine", "`ip addr` shows those that are")
    return wrong(f"{begun}{error.strerror or error}", f"give --{place.option} another place, or off")


class Owner(NamedTuple):
    """A process that has a port."""

    pid: int
    name: str


def owner_of(port: int, kind: str, proc: Path = PROC) -> Owner | None:
    """Which process has a port; None where that cannot be seen, as of other people's processes unless one is root.

    Args:
        port: Its number.
        kind: `tcp` or `udp`.
        proc: Where Linux tells of it (proc_net(5)).
    """
    inodes = {f"socket:[{inode}]" for inode in _inodes(port, kind, proc)}
    for folder in proc.glob("[0-9]*"):
        with suppress(OSError):  # it ended a moment ago, or is somebody else's
            if any(os.readlink(file) in inodes for file in (folder / "fd").iterdir()):
                name = (folder / "comm").read_text("utf-8", "replace").strip()
                return Owner(int(folder.name), name)
    return None


def _inodes(port: int, kind: str, proc: Path) -> Iterator[str]:
    for table in (kind, f"{kind}6"):
        with suppress(OSError):
            for line in (proc / "net" / table).read_text("ascii").splitlines()[1:]:
                words = line.split()
                if re.fullmatch(f"[0-9A-F]+:{port:04X}", words[1]) and words[3] == _LISTENS[kind]:
                    yield words[9]
