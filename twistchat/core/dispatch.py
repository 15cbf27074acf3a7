"""One delivery for each batch, and what follows it: rooms that close, coming and going that is told a moment later."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from twistchat.core.census import Census
from twistchat.core.clocks import Clock, cancel
from twistchat.core.delivery import Delivery
from twistchat.core.events import Told
from twistchat.core.ignoring import Ignoring
from twistchat.core.member import Member
from twistchat.core.names import Place
from twistchat.core.presence import LULL_SECONDS, MOST_NEWCOMERS, MOST_UNTOLD
from twistchat.core.room import Room
from twistchat.core.rooms import Rooms
from twistchat.core.submission import Delivered
from twistchat.core.telling import tell_everyone, tell_newcomers


class Dispatch:
    """Delivers to all who are connected here."""

    def __init__(
        self,
        rooms: Rooms,
        census: Census,
        everyone: Collection[Member],
        ignoring: Ignoring[Member],
        standing: Callable[[], Sequence[Told]],
        clock: Clock,
    ) -> None:
        """Deliver nothing yet.

        Args:
            rooms: The rooms that are open here.
            census: What the log says of rooms.
            everyone: All who are connected here; it changes as they come and go.
            ignoring: Who ignores whom.
            standing: Tells the announcements that whoever comes now is shown.
            clock: What says when presence is told.
        """
        self._rooms = rooms
        self._census = census
        self._everyone = everyone
        self._ignoring = ignoring
        self._standing = standing
        self._clock = clock

    def deliver(self, batch: Sequence[Delivered]) -> None:
        """Deliver a batch."""
        touched: dict[Place | None, int] = {}
        for told, submission in batch:
            place = told.event.room
            touched[place] = touched.get(place, 0) + (submission is not None)
        for place, count in touched.items():
            if count:
                self._rooms.expect(place, -count)
        try:
            Delivery(self._rooms, self._census, self._everyone, self._ignoring, self._standing()).deliver(batch)
        finally:
            self._rooms.close_empty(touched)
        for place in touched:
            if isinstance(place, str) and place in self._rooms:
                self._see_to_presence(self._rooms[place])

    def _see_to_presence(self, room: Room) -> None:
        presence = room.presence
        if not presence:
            presence.all_told()
            return
        if len(presence.newcomers) >= MOST_NEWCOMERS:
            self._tell(room)
            return
        if len(presence.untold) >= MOST_UNTOLD:
            tell_newcomers(room)
        if presence.due is None:
            presence.due = self._clock.callLater(presence.seconds_held(len(room)), self._tell, room)
        if presence.is_rush(len(room)):
            cancel(presence.lull)
            presence.lull = self._clock.callLater(LULL_SECONDS, self._tell, room)

    def _tell(self, room: Room) -> None:
        presence = room.presence
        cancel(presence.due)
        cancel(presence.lull)
        presence.due = presence.lull = None
        if self._rooms.get(room.name) is room:
            tell_everyone(room)
