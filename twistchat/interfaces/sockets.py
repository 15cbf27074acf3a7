"""Dialects that are spoken by WebSocket beside the page's own: an interface offers one, the web port has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from twistchat.core.intake import Deed
from twistchat.core.session import Session
from twistchat.wire.packing import Written


class DialectLink(Protocol):
    """The connection, as a dialect sees it."""

    format: Any

    def write(self, frame: bytes) -> None:
        """Send lines; where the connection has messages, each as one."""
        ...

    def gather(self, on: bool) -> None:
        """Give all that the core sends to the member, or only again what a connection cannot send as it is."""
        ...

    def speak(self, format: Any) -> None:
        """Go on in another dialect."""
        ...

    def hang_up(self) -> None:
        """End the connection, whose session is closed, once what is queued for it is out."""
        ...


class Speaker(Protocol):
    """One member's side of a dialect."""

    def send(self, frame: bytes) -> None:
        """The core's hook."""
        ...

    def begin(self, session: Session) -> None:
        """Have a new session."""
        ...

    def state(self) -> Written:
        """What another process needs to go on."""
        ...

    def revive(self, state: Written) -> None:
        """Be where a state was written down, the link's format included; nothing is sent and there is no session."""
        ...

    def have(self, session: Session) -> None:
        """Have the session that is back."""
        ...

    def resume(self) -> None:
        """Go on from there, as all are back who were there."""
        ...

    def deed(self, came: bytes) -> Deed | None:
        """What a line is to bring that waited in another process."""
        ...

    def take(self, message: bytes) -> None:
        """Take a message, which is a line."""
        ...

    def ended(self) -> None:
        """Note that the connection is gone."""
        ...


class Common(Protocol):
    """What all who speak a dialect have in common."""

    def state(self) -> Written:
        """What another process needs to go on."""
        ...

    def revive(self, state: Written) -> None:
        """Be where a state was written down. Idempotent."""
        ...


class SocketDialect(NamedTuple):
    """What an interface offers at the web port."""

    interface: str
    path: str
    """Below the page's."""
    subprotocols: tuple[str, ...]
    """Who offers one of them is spoken to so at the page's own path, too."""
    binary: str
    """That of them in which messages are binary."""
    format: Any
    """What is spoken at first."""
    speaker: Callable[[DialectLink], Speaker]
    common: Common
