"""What one batch brings to one room, and how much of it those have got who are sent a stream of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from twistchat.core.events import Entry
from twistchat.core.ports import Format
from twistchat.core.room import Group, Room

if TYPE_CHECKING:
    from twistchat.core.session import Session


class Turn:
    """The entries for one room, each rendered once a format.

    Formats that fold presence are told otherwise than those that do not. Members of `room.alone` are given each piece
    as it comes, since theirs differ. Others who get something of their own are apart: they have a place in the
    entries, and catch up when it matters.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.newcomers_are_apart = False
        """Whether those who came since the room was last told of presence have been singled out."""
        self._entries: dict[bool, list[Entry]] = {True: [], False: []}
        self._pieces: dict[Format[Any], list[bytes]] = {}
        self._places: dict[Session, int] = {}

    def add(self, folds: bool, entries: Sequence[Entry]) -> None:
        """Tell something to everyone whose format folds presence, or does not."""
        self._entries[folds].extend(entries)

    def tell(self, entry: Entry) -> None:
        """Tell something to everyone."""
        self._entries[True].append(entry)
        self._entries[False].append(entry)

    def pieces(self, format: Format[Any]) -> list[bytes]:
        """The entries so far, each rendered once."""
        pieces = self._pieces.setdefault(format, [])
        entries = self._entries[format.folds_presence]
        if len(entries) > len(pieces):
            pieces.extend(map(format.event, entries[len(pieces) :]))
        return pieces

    def latest(self, session: Session, count: int) -> list[bytes]:
        """The last so many pieces, without what was before somebody's coming."""
        format = session.format_in(self.room)
        return self._since(session, format, len(self._entries[format.folds_presence]) - count)

    def catch_up(self, session: Session) -> list[bytes]:
        """What a member has not been given yet; they are apart from now on."""
        if session in self.room.alone or session not in self.room:
            return []
        place = self._places.get(session, 0)
        self.skip(session)
        return self._since(session, session.format_in(self.room), place)

    def skip(self, session: Session) -> None:
        """Note that a member has been given everything so far; they are apart from now on."""
        self._places[session] = len(self._entries[session.format_in(self.room).folds_presence])

    def forget(self, session: Session) -> None:
        """Note that somebody is no member any more."""
        self._places.pop(session, None)

    def others(self, members: Group) -> list[Callable[[Any], None]]:
        """What sends to those of a group who are not apart; a list, as whoever is let go leaves the room."""
        if not self._places:
            return list(members.values())
        return [send for session, send in members.items() if session not in self._places]

    def _since(self, session: Session, format: Format[Any], place: int) -> list[bytes]:
        pieces = self.pieces(format)[place:]
        came = self.room.presence.since(session)
        if not came:
            return pieces
        entries = self._entries[format.folds_presence][place:]
        return [piece for piece, entry in zip(pieces, entries, strict=True) if not 0 < entry.number <= came]
