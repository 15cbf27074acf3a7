"""Network namespaces of Linux: another machine, with a cable to this one and no way to anywhere else.

Needs root and iproute2's `ip`; a test that uses it is skipped elsewhere.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Self

import pytest
from support import adapters
from support.server import TWISTD


def _trouble() -> str:
    """Why there are no namespaces here; empty where there are."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "needs root and iproute2's `ip`, for a network namespace"
    name = f"tc-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if tried.returncode == 0:
        subprocess.run(["ip", "netns", "del", name], check=True)
    return "" if tried.returncode == 0 else f"no network namespace can be made here: {tried.stderr.strip()}"


_LOCK = Path(tempfile.gettempdir()) / f"twistchat-tests-network-{os.getuid()}-"

TROUBLE = _trouble()
needs_networks = pytest.mark.skipif(bool(TROUBLE), reason=TROUBLE)


class OtherMachine:
    """A machine of its own, whose only cable leads here; it has no default route.

    This end of the cable has two addresses: one of the network that the other machine is in, and one of a network that
    it only has a route to, as the peers behind a router are.
    """

    def __init__(self) -> None:
        number, self._reserved = _reserved_number()
        self.name = f"tc-{number}-{os.getpid()}"
        self.cable = f"tc{number}x{os.getpid() % 10000}"
        self.there = f"10.213.{number}.1"
        self.near = f"10.213.{number}.2"
        self.far = f"10.214.{number}.2"
        self.far_there = f"10.214.{number}.1"

    def __enter__(self) -> Self:
        with adapters.change():
            self._plug_in()
        return self

    def _plug_in(self) -> None:
        ip("netns", "add", self.name)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "cable0", "netns", self.name)
        # Or an address of IPv6 would come a second or two later, and browsers break off what they load then.
        ip("link", "set", self.cable, "addrgenmode", "none")
        for address in (f"{self.near}/24", f"{self.far}/24"):
            ip("addr", "add", address, "dev", self.cable)
        ip("link", "set", self.cable, "up")
        self.does("link", "set", "lo", "up")
        self.does("addr", "add", f"{self.there}/24", "dev", "cable0")
        self.does("link", "set", "cable0", "up")
        self.does("route", "add", self.far, "dev", "cable0")

    def __exit__(self, *_: object) -> None:
        with adapters.change():
            ip("link", "del", self.cable)  # now: with its namespace it would go some time later
        ip("netns", "del", self.name)
        os.close(self._reserved)

    def does(self, *words: str) -> None:
        """Change its adapters, addresses and routes."""
        with adapters.change() if "cable0" in words else nullcontext():  # whose other end is here
            ip("-n", self.name, *words)

    def does_all(self, *lines: str) -> None:
        """Change much of it by one process, a line each; nothing at the cable."""
        ip("-n", self.name, "-batch", "-", stdin="\n".join(lines))

    def inside(self, *command: str) -> tuple[str, ...]:
        """A command that runs there."""
        return ("ip", "netns", "exec", self.name, *command)

    @property
    def twistd(self) -> tuple[str, ...]:
        """The server's program, run there: its default ports are nobody else's."""
        return self.inside(*TWISTD)


_numbers = count(secrets.randbelow(200))
"""One after another, so that a browser never meets another machine where it has met one."""


def _reserved_number() -> tuple[int, int]:
    """A number that no other test on this machine has, in whichever process, and what has to be closed after it.

    A test that was killed may have left its cable, which leads to nobody.
    """
    while True:
        number = next(_numbers) % 200 + 20
        if any(name.startswith(f"tc{number}x") for _, name in socket.if_nameindex()):
            continue
        file = os.open(f"{_LOCK}{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return number, file
        except BlockingIOError:
            os.close(file)


def ip(*words: str, stdin: str = "") -> None:
    """Run iproute2's `ip`."""
    subprocess.run(["ip", *words], check=True, capture_output=True, input=stdin, text=True)
