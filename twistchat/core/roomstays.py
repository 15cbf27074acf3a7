"""Who was in which room until a while ago: a room's lock keeps out those who are new there, as a lock of the chat does.

The rules are those of `twistchat.core.stays`, for each room. Who is in it now needs no record: they need not come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from twistchat.core.identity import Identity
from twistchat.core.stays import Ended, ways_of


class RoomStays:
    """The stays in rooms that have ended."""

    def __init__(self) -> None:
        self._ended: Ended[tuple[str, str]] = Ended()
        """By room and way."""

    def __len__(self) -> int:
        return len(self._ended)

    def portrait(self) -> Sequence[Sequence[Any]]:
        """What another process needs to go on."""
        return [[room, way, at] for (room, way), at in self._ended.portrait()]

    def revive(self, portrait: Sequence[Sequence[Any]]) -> None:
        """Be where a portrait was made."""
        self._ended.revive(((room, way), at) for room, way, at in portrait)

    def knows(self, room: str, identity: Identity, since: float) -> bool:
        """Whether somebody went from a room at that time or later who is known in one of the ways as this one."""
        return any(self._ended.knows(way, since) for way in _ways_in(room, identity))

    def end(self, room: str, identity: Identity, now: float) -> None:
        """Note that somebody goes from a room by themselves, in seconds since 1970."""
        self._ended.add(_ways_in(room, identity), now)

    def end_removed(self, room: str, identity: Identity) -> None:
        """Note that somebody is removed from a room: they are new when they come again."""
        self._ended.remove(_ways_in(room, identity))

    def drop(self, before: float) -> None:
        """Forget who went before a time, in seconds since 1970."""
        self._ended.drop(before)


def _ways_in(room: str, identity: Identity) -> Iterator[tuple[str, str]]:
    return ((room, way) for way in sorted(ways_of(identity)))
