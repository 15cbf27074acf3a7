"""Machines and networks of their own, by Linux's network namespaces: nothing of them can be seen from outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import TracebackType
from typing import Self

import pytest


def _why_not() -> str:
    """Why there can be none; empty where there can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "needs Linux and iproute2's `ip` (Debian: iproute2)"
    if os.geteuid() != 0:
        return "needs root's rights, for network namespaces"
    name = f"twistchat-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return f"network namespaces cannot be made here: {made.stderr.strip()}" if made.returncode else ""


WHY_NOT = _why_not()
needs_networks = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


class Networks:
    """Switches, and machines with cables to them, while the `with` block lasts."""

    def __init__(self, name: str) -> None:
        """Prepare.

        Args:
            name: Tells these from those of other tests that run at the same time; a few letters.
        """
        self._name = f"{name}{os.getpid()}"
        self._spaces: list[str] = []
        self._cables = 0

    def __enter__(self) -> Self:
        self._space = self._add("switches")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", space], capture_output=True)

    def switch(self, name: str) -> None:
        """Set up a switch; it has no address."""
        _ip("-n", self._space, "link", "add", "name", f"sw-{name}", "type", "bridge")
        _ip("-n", self._space, "link", "set", "dev", f"sw-{name}", "up")

    def machine(self, name: str, *plugs: str, is_isolated: bool = False) -> tuple[str, ...]:
        """Set up a machine that has no route but to its networks.

        Args:
            name: What it is called here.
            plugs: `SWITCH=ADDRESS/LENGTH` for each cable.
            is_isolated: Whether its cables are isolated, as a wireless network's guests are: they reach only what is
                not.

        Returns:
            The words before a command that is to run on it.
        """
        space = self._add(name)
        _ip("-n", space, "link", "set", "lo", "up")
        for plug in plugs:
            switch, _, address = plug.partition("=")
            self._cables += 1
            near, far = f"e{self._cables}", f"p{self._cables}"
            _ip("-n", space, "link", "add", "name", near, "type", "veth", "peer", "name", far, "netns", self._space)
            _ip("-n", self._space, "link", "set", "dev", far, "master", f"sw-{switch}", "up")
            if is_isolated:
                subprocess.run(["bridge", "-n", self._space, "link", "set", "dev", far, "isolated", "on"], check=True)
            _ip("-n", space, "addr", "add", address, "brd", "+", "dev", near)
            _ip("-n", space, "link", "set", "dev", near, "up")
        return ("ip", "netns", "exec", space)

    def _add(self, name: str) -> str:
        space = f"{self._name}-{name}"
        _ip("netns", "add", space)
        self._spaces.append(space)
        return space


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
