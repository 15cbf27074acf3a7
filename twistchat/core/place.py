"""Where the server is: what it is called, by which addresses others reach it, and whom it lets in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twistchat.core.text import clean

NAME_BYTES = 48
"""The most that a server's name has, in UTF-8: an answer of 64 bytes has room for it and for two ports behind it."""


def checked_name(name: str) -> str:
    """Make sure that the server may be called so, and return its name as it will be shown.

    Args:
        name: What the operator wrote, such as `Room 12`; spaces within are fine.

    Raises:
        ValueError: It is empty, too long, or has something in it that nobody sees; the text says so.
    """
    shown = clean(name)
    if shown != name.strip(" "):
        raise ValueError("a name has no control characters and nothing else in it that nobody can see")
    if not shown:
        raise ValueError("a name has something to be seen in it, such as Room 12")
    if len(shown.encode()) > NAME_BYTES:
        raise ValueError(f"a name has {NAME_BYTES} bytes at most: as many letters, or 16 Chinese characters")
    return shown


@dataclass(frozen=True, slots=True)
class Way:
    """One address by which others reach the chat."""

    interface: str
    """By what they then are here, such as `web`."""
    kind: str
    """What stands in it: `private`, `public`, `local-name`, `ipv6`, `virtual` or `link-local`."""
    url: str
    typed: str = ""
    """What a person types in a terminal instead, such as `nc 192.168.1.7 7976`; empty where a browser opens the URL."""


class Whereabouts:
    """What the core knows of where it is. This one is called nothing and leads nowhere, and everybody may come."""

    name: str | None = None
    """What the operator calls the server."""

    fingerprint: str | None = None
    """The SHA-256 of the certificate that it has made itself, for people to compare; None where it has none."""

    @property
    def is_open(self) -> bool:
        """Whether it listens to anybody beyond this machine."""
        return False

    def ways(self) -> Sequence[Way]:
        """Every address by which others reach it now, the best first."""
        return ()

    async def look_around(self) -> None:
        """Find out what `ways` cannot without waiting; takes less than a second."""

    def admits(self, interface: str, address: str) -> bool:
        """Whether somebody at that address may come in by that interface."""
        return True


NOWHERE = Whereabouts()
