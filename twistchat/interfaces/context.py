"""What every interface is made with: the chat it leads into, and what it may need around itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from twistchat.admin.administration import Administration
from twistchat.core.hub import Hub
from twistchat.interfaces.seal import Seal, is_wanted
from twistchat.interfaces.sockets import SocketDialect
from twistchat.machine import Machine
from twistchat.reach import Reach
from twistchat.wire.language import Language

T = TypeVar("T")


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

    sockets: Sequence[Callable[[Context], SocketDialect]] = ()
    """Makes the dialects that are spoken by WebSocket beside the page's own."""

    parts: dict[str, Any] = field(default_factory=dict, compare=False)
    """What several interfaces have in common, by its name."""

    @cached_property
    def seal(self) -> Seal:
        """TLS with the server's own certificate, one for all interfaces that want it."""
        return Seal(self.state_dir, self.machine, self.language)

    def seal_of(self, interface: str, description: str) -> Seal | None:
        """What the connections of an interface are sealed with; None where that is not wanted.

        Args:
            interface: Its name.
            description: Where it listens.

        Raises:
            CannotStart: It is wanted, and cannot be.
        """
        return self.seal if is_wanted(interface, description, self.options) else None

    def shared(self, name: str, make: Callable[[Context], T]) -> T:
        """What several interfaces have in common, made for the first that asks."""
        if name not in self.parts:
            self.parts[name] = make(self)
        part: T = self.parts[name]
        return part
