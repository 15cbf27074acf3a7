"""Who is in which room, as far as the client has heard: for the status line and for completing names."""

from __future__ import annotations

from collections.abc import Iterable

from twistchat.core.events import Event, Joined, Left, Renamed, Ruling

MOST_NAMES = 5000
"""Names kept of a room; a server that goes on inventing people fills no memory."""


class People:
    """The people of each room."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, None]] = {}

    def are(self, room: str, names: Iterable[str]) -> None:
        """Note who is in a room."""
        self._rooms[room] = dict.fromkeys(list(names)[:MOST_NAMES])

    def heard(self, event: Event) -> None:
        """Learn from what happens."""
        if not isinstance(event.room, str) or isinstance(event, Ruling):  # one may be invited from outside
            return
        names = self._rooms.setdefault(event.room, {})
        match event:
            case Left(name=name):
                names.pop(name, None)
            case Renamed(name=name, new_name=new_name):
                names.pop(name, None)
                names[new_name] = None
            case Joined(name=name):
                names[name] = None
        while len(names) > MOST_NAMES:
            del names[next(iter(names))]

    def of(self, room: str) -> list[str]:
        """The people of a room."""
        return sorted(self._rooms.get(room, {}), key=str.casefold)

    def all(self) -> list[str]:
        """Everybody, once each."""
        return sorted({name for names in self._rooms.values() for name in names}, key=str.casefold)
