"""What every interface is made with: the chat it leads into, and what it may need around itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from twistchat.admin.administration import Administration
from twistchat.core.hub import Hub
from twistchat.interfaces.seal import Seal
from twistchat.machine import Machine
from twistchat.reach import Reach
from twistchat.wire.language import Language


@dataclass(frozen=True)
class Context:
    """One object for all interfaces of a server."""

    hub: Hub
    language: Language
    """What people are spoken to in."""

    reactor: Any
    state_dir: Path
    """The folder for what is kept between runs; it exists, and only its owner can read it."""

    administration: Administration
    """What administrators work with."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """The whole command line and configuration, by name: an interface's row may have brought options of its own."""

    machine: Machine = field(default_factory=Machine)
    """What this machine is called, and which networks it is in."""

    reach: Reach = field(default_factory=Reach)
    """By which addresses others reach this server, and whom it lets in."""

    @cached_property
    def seal(self) -> Seal:
        """TLS with the server's own certificate, one for all interfaces that want it."""
        return Seal(self.state_dir, self.machine, self.language)
