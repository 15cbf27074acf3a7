"""What one batch brings to one room, each entry rendered once a format."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from twistchat.core.events import Told
from twistchat.core.member import Member
from twistchat.core.ports import Format
from twistchat.core.room import Group, Room


class RoomBatch:
    """The entries for one room. Each has its place in the whole batch, which is the log's order over all rooms.

    Formats that fold presence are told otherwise than those that do not.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.newcomers_are_apart = False
        """Whether those who came since the room was last told of presence have been singled out."""
        self._entries: dict[bool, list[Told]] = {True: [], False: []}
        self._places: dict[bool, list[int]] = {True: [], False: []}
        self._pieces: dict[Format[Any], list[bytes]] = {}

    def __bool__(self) -> bool:
        return bool(self._entries[True] or self._entries[False])

    def add(self, folds: bool, entry: Told, place: int) -> None:
        """Tell something to everyone whose format folds presence, or does not."""
        self._entries[folds].append(entry)
        self._places[folds].append(place)

    def tell(self, entry: Told, place: int) -> None:
        """Tell something to everyone."""
        entries, places = self._entries, self._places
        entries[True].append(entry)
        entries[False].append(entry)
        places[True].append(place)
        places[False].append(place)

    def tell_lines(self, lines: Sequence[Told], place: int) -> None:
        """Tell everyone what was said in a row, from a place on."""
        for folds in (True, False):
            self._entries[folds].extend(lines)
            self._places[folds].extend(range(place, place + len(lines)))

    def pieces(self, format: Format[Any]) -> list[bytes]:
        """The entries so far, each rendered once; empty where the format has nothing for one."""
        pieces = self._pieces.setdefault(format, [])
        entries = self._entries[format.folds_presence]
        if len(entries) > len(pieces):
            pieces.extend(map(format.event, entries[len(pieces) :]))
        return pieces

    def placed(self, format: Format[Any]) -> Iterator[tuple[int, bytes]]:
        """The pieces with their places."""
        return zip(self._places[format.folds_presence], self.pieces(format), strict=True)

    def since(self, member: Member, place: int) -> Iterator[tuple[int, bytes]]:
        """The pieces for one member from a place on, without what was before they came."""
        format = member.format_in(self.room.name)
        places, entries = self._places[format.folds_presence], self._entries[format.folds_presence]
        pieces = self.pieces(format)
        came = self.room.presence.since(member)
        for at in range(bisect_left(places, place), len(places)):
            number = entries[at].number
            if number is None or number > came:
                yield places[at], pieces[at]


def seen(pieces: list[bytes]) -> list[bytes]:
    """Pieces without those that are empty, as a format may have nothing for an event."""
    return [piece for piece in pieces if piece] if b"" in pieces else pieces


def others(members: Group, apart: AbstractSet[Member]) -> Iterable[Callable[[Any], None]]:
    """What sends to those of a group who are not apart; not the group's own, as whoever is let go leaves it."""
    if len(apart) > len(members):
        return [send for member, send in members.items() if member not in apart]
    rest = members.copy()
    for member in apart:
        rest.pop(member, None)
    return rest.values()


def merged(placed: Sequence[Iterable[tuple[int, bytes]]], but: Collection[int] = ()) -> list[bytes]:
    """Pieces of several rooms in the order of their places; what has the same place is the same announcement.

    Args:
        placed: Those of each room.
        but: Places to leave out.
    """
    if len(placed) == 1:
        return [piece for place, piece in placed[0] if place not in but]
    by_place: dict[int, bytes] = {}
    for each in placed:
        for place, piece in each:
            by_place.setdefault(place, piece)
    return [by_place[place] for place in sorted(by_place) if place not in but]
