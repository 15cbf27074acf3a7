"""What the cluster needs of the chat that is connected here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from twistchat.core.events import Entry


class ConnectedChat(Protocol):
    """The chat."""

    async def begin(self, memberships: Iterable[tuple[str, str]]) -> None:
        """Know who is in which room elsewhere, as this server starts."""
        ...

    async def cut(self, number: int, count: int) -> None:
        """Tell people that so many entries behind a number were seen only here, and are in the log no more."""
        ...

    async def begin_again(self, memberships: Iterable[tuple[str, str]]) -> None:
        """Know who is in which room, here and elsewhere, once what the others have was read."""
        ...

    def memberships(self) -> list[tuple[str, str]]:
        """Who of those connected here is in which room."""
        ...

    def settled(self) -> Deferred[None]:
        """Wait until all that was submitted so far is in the log, or was refused."""
        ...

    def displace(self, keys: frozenset[str]) -> None:
        """End the stay of whoever has names of these keys, which are somebody else's now."""
        ...

    def lasting_acts(self) -> dict[int, bytes]:
        """The acts that last, and those that end some, as a server that starts later needs them."""
        ...

    def learn_acts(self, lines: Sequence[bytes]) -> None:
        """Have such acts in force."""
        ...

    def enact(self, number: int, time: float, act: str, is_own: bool) -> None:
        """Have an act of an administrator in force, at its place in the log."""
        ...

    def heard(self, message: dict[str, Any]) -> None:
        """Take what another server says to this one."""
        ...

    def announced(self, entries: Sequence[Entry]) -> None:
        """Note what was brought of another server."""
        ...
