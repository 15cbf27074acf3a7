"""Network namespaces of Linux: another machine, with a cable to this one and no way to anywhere else.

Needs root and iproute2's `ip`; a test that uses it is skipped elsewhere.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from contextlib import nullcontext
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


TROUBLE = _trouble()
needs_networks = pytest.mark.skipif(bool(TROUBLE), reason=TROUBLE)


class OtherMachine:
    """A machine of its own, whose only cable leads here; it has no default route.

    This end of the cable has two addresses: one of the network that the other machine is in, and one of a network that
    it only has a route to, as the peers behind a router are.
    """

    def __init__(self) -> None:
        number = secrets.randbelow(200) + 20  # tests may run beside each other
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

    def does(self, *words: str) -> None:
        """Change its adapters, addresses and routes."""
        with adapters.change() if "cable0" in words else nullcontext():  # whose other end is here
            ip("-n", self.name, *words)

    def inside(self, *command: str) -> tuple[str, ...]:
        """A command that runs there."""
        return ("ip", "netns", "exec", self.name, *command)

    @property
    def twistd(self) -> tuple[str, ...]:
        """The server's program, run there: its default ports are nobody else's."""
        return self.inside(*TWISTD)


def ip(*words: str) -> None:
    """Run iproute2's `ip`."""
    subprocess.run(["ip", *words], check=True, capture_output=True)
