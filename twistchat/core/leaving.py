"""What of the log may leave the chat, by a feed or a call.

Rule 1: what is said while a room is closed (private, or with a key) leaves by that alone which was made for that very
    room when it was closed already. A call or a feed that was made before goes on once the room is open to everybody.
Rule 2: what is sealed, as all that was said in a room before it was opened to everybody, leaves by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from twistchat.core.bans import Act
from twistchat.core.calling import MADE_FOR_PRIVATE
from twistchat.core.events import Entry
from twistchat.core.shared import SharedState
from twistchat.core.terms import Terms


async def terms_of(shared: SharedState[Any], room: str) -> Terms:
    """The terms of a room, whether anybody is in it or not.

    Raises:
        NotRead: They cannot be read.
    """
    record = shared.census.get(room)
    if record is not None and record.is_open:
        return record.terms
    terms = Terms()
    terms.recall(await shared.log.terms(room))
    return terms


async def leaving(shared: SharedState[Any], act: Act, entries: Iterable[Entry]) -> Sequence[Entry]:
    """Those of some entries that may leave by what an act has made.

    Raises:
        NotRead: That cannot be known now.
    """
    found = [*entries]
    rooms = {entry.event.room for entry in found if isinstance(entry.event.room, str)}
    terms = {room: await terms_of(shared, room) for room in rooms}
    return [entry for entry in found if _may_leave(act, entry, terms)]


def _may_leave(act: Act, entry: Entry, terms: dict[str, Terms]) -> bool:
    room = entry.event.room
    if not isinstance(room, str):
        return True
    of_room = terms[room]
    is_made_for_it = act.room == room and MADE_FOR_PRIVATE in act.also
    return entry.number > of_room.sealed and (is_made_for_it or not of_room.is_closed)
