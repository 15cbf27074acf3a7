"""The rooms that are open here: somebody who is connected here is in them, or on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from twistchat.core.census import Census
from twistchat.core.limits import Limits
from twistchat.core.names import LOBBY, Place
from twistchat.core.ports import Log
from twistchat.core.room import Room
from twistchat.errors import NoSuchRoom, TooManyRooms


class Rooms(Mapping[str, Room]):
    """Open rooms by their names."""

    def __init__(self, log: Log, census: Census, limits: Callable[[], Limits]) -> None:
        """Open none yet.

        Args:
            log: Has their latest lines.
            census: Is told which of them are open.
            limits: Tells the limits in force.
        """
        self._log = log
        self._census = census
        self._limits = limits
        self._open: dict[str, Room] = {}

    def __getitem__(self, name: str) -> Room:
        return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    async def opened(self, name: str) -> Room:
        """The open room of that checked name; it is opened, with its latest lines, if nobody is in it.

        Raises:
            TooManyRooms: No further room can be opened.
        """
        if name not in self._open:
            self._check_room_for_one_more()
            asked = None if name == LOBBY else self._log.terms(name)
            latest = await self._log.latest(name, self._limits().history or 0)
            terms = () if asked is None else await asked
            last = await self._log.history(name, 1) if terms else ()
            if name not in self._open:
                self._check_room_for_one_more()
                self._open[name] = Room(self._census.opened(name, [*last, *latest], terms))
        return self._open[name]

    def check_open(self, name: str) -> None:
        """Make sure that a room is open.

        Raises:
            NoSuchRoom: It is not.
        """
        if name not in self._open:
            raise NoSuchRoom(name)

    def _check_room_for_one_more(self) -> None:
        if len(self._open) >= self._limits().rooms:
            raise TooManyRooms(self._limits().rooms)

    def expect(self, place: Place | None, count: int) -> None:
        """Note that so many events of a room are on their way, so that it stays open; they are taken off likewise.

        Args:
            place: Where they happen; of what does not happen in a room there is nothing to note.
            count: How many more, or fewer.
        """
        if isinstance(place, str):
            self._open[place].expected += count

    def close_empty(self, places: Iterable[Place | None]) -> None:
        """Close those of these rooms that nobody here is in or on the way to; the lobby stays open."""
        for name in places:
            room = self._open.get(name) if isinstance(name, str) and name != LOBBY else None
            if room is not None and not len(room) and not room.expected:
                del self._open[room.name]
                self._census.closed(room.name)
