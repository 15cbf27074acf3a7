"""The rooms that are open here: somebody who is connected here is in them, or on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from twistchat.core import masks
from twistchat.core.census import Census, RoomRecord
from twistchat.core.limits import Limits
from twistchat.core.member import Member
from twistchat.core.modes import Barred
from twistchat.core.names import LOBBY, Place
from twistchat.core.portrait import RoomPortrait
from twistchat.core.ports import Log
from twistchat.core.room import Guests, Room, portrait_of, with_guest
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
        self._guests: WeakKeyDictionary[RoomRecord, Guests] = WeakKeyDictionary()
        """Who is here and was invited into rooms of other servers, as long as these are not open here."""

    def __getitem__(self, name: str) -> Room:
        return self._open[name]

    def if_open(self, name: str) -> Room | None:
        """The room of that name, which each line asks for: a third of the time that `get` takes."""
        return self._open.get(name)

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
                record = self._census.opened(name, [*last, *latest], terms)
                self._open[name] = room = Room(record)
                room.guests = self._guests.pop(record, {})
        return self._open[name]

    # --- handed to another process

    def elsewhere(self, numbers: Mapping[Any, int]) -> list[RoomPortrait]:
        """What another process needs to go on with the rooms that are open at other servers alone.

        Args:
            numbers: Of all who are connected.
        """
        return [
            portrait_of(record, (), self._guests.get(record, {}), numbers)
            for record in self._census
            if not record.is_open
        ]

    async def know_elsewhere(self, portrait: RoomPortrait) -> None:
        """Know a room of other servers as it was when that was made."""
        latest, terms = await self._log.latest(portrait.name, 1), await self._log.terms(portrait.name)
        self._census.found(portrait.name, portrait.people, latest, terms)
        record = self._census.get(portrait.name)
        assert record is not None, "it was just found"
        record.revive(portrait)

    def invite_again(self, portrait: RoomPortrait, everyone: Sequence[Member]) -> None:
        """Let those into a room of other servers again who were invited, after all have come back."""
        record = self._census.get(portrait.name)
        if record is not None and portrait.guests:
            self._guests[record] = dict.fromkeys(everyone[number] for number in portrait.guests)

    # ---

    def invite(self, name: str, member: Member) -> None:
        """Let somebody here into a room that is open at any server, closed as it may be, as long as it is open."""
        room, record = self._open.get(name), self._census.get(name)
        if room is not None:
            room.invite(member)
        elif record is not None:
            self._guests[record] = with_guest(self._guests.get(record, {}), member)

    def keep_out(self, event: Barred) -> None:
        """Take back the invitations of those who are kept out of a room from now on."""
        room, record = self._open.get(event.room), self._census.get(event.room)
        guests = room.guests if room is not None else self._guests.get(record, {}) if record is not None else {}
        for guest in [guest for guest in guests if masks.is_like(guest.shown_name, event.recipient)]:
            del guests[guest]

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
                if room.guests and room.record.people:
                    self._guests[room.record] = room.guests
