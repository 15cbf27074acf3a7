"""Machines with cables to switches, all in network namespaces of Linux: nothing of them can be seen from outside."""

from __future__ import annotations

import os
import subprocess
from types import TracebackType
from typing import Self

from support.networks import ip


class Switches:
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
        ip("-n", self._space, "link", "add", "name", f"sw-{name}", "type", "bridge")
        ip("-n", self._space, "link", "set", "dev", f"sw-{name}", "up")

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
        ip("-n", space, "link", "set", "lo", "up")
        for plug in plugs:
            switch, _, address = plug.partition("=")
            self._cables += 1
            near, far = f"e{self._cables}", f"p{self._cables}"
            ip("-n", space, "link", "add", "name", near, "type", "veth", "peer", "name", far, "netns", self._space)
            ip("-n", self._space, "link", "set", "dev", far, "master", f"sw-{switch}", "up")
            if is_isolated:
                subprocess.run(["bridge", "-n", self._space, "link", "set", "dev", far, "isolated", "on"], check=True)
            ip("-n", space, "addr", "add", address, "brd", "+", "dev", near)
            ip("-n", space, "link", "set", "dev", near, "up")
        return ("ip", "netns", "exec", space)

    def _add(self, name: str) -> str:
        space = f"{self._name}-{name}"
        ip("netns", "add", space)
        self._spaces.append(space)
        return space
