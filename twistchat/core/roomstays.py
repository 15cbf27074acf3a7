"""Who was in which room until a while ago: a room's lock keeps out those who are new there, as a lock of the chat does.

The rules are those of `twistchat.core.stays`, for each room. Who is in it now needs no record: they need not come.
"""

from __future__ import annotations

from math import inf

from twistchat.core.identity import Identity
from twistchat.core.stays import MOST_REMEMBERED, ways_of


class RoomStays:
    """The stays in rooms that have ended."""

    def __init__(self) -> None:
        self._ended: dict[tuple[str, str], float] = {}
        """By room and way, in the order of their ends."""

    def __len__(self) -> int:
        return len(self._ended)

    def knows(self, room: str, identity: Identity, since: float) -> bool:
        """Whether somebody went from a room at that time or later who is known in one of the ways as this one."""
        return any(self._ended.get((room, way), -inf) >= since for way in ways_of(identity))

    def end(self, room: str, identity: Identity, now: float) -> None:
        """Note that somebody goes from a room by themselves, in seconds since 1970."""
        for way in sorted(ways_of(identity)):
            self._ended.pop((room, way), None)
            self._ended[room, way] = now
            if len(self._ended) > MOST_REMEMBERED:
                self._forget_one()

    def end_removed(self, room: str, identity: Identity) -> None:
        """Note that somebody is removed from a room: they are new when they come again."""
        for way in ways_of(identity):
            self._ended.pop((room, way), None)

    def drop(self, before: float) -> None:
        """Forget who went before a time, in seconds since 1970."""
        while self._ended and next(iter(self._ended.values())) < before:
            self._forget_one()

    def _forget_one(self) -> None:
        del self._ended[next(iter(self._ended))]
