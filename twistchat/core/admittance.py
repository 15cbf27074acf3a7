"""Coming into a room: whether somebody may, and what goes into the log as they do."""

from __future__ import annotations

from collections.abc import Iterator

from twistchat.core.events import Admitted, Joined, OperatorGiven, Stored
from twistchat.core.member import Member
from twistchat.core.pipeline import Pipeline
from twistchat.core.room import Room
from twistchat.core.rooms import Rooms
from twistchat.errors import RoomHasKey, RoomPrivate, WrongRoomKey

OPERATOR = "operator"
"""What an `Admitted` says of somebody who is an operator of the room."""


async def decided(rooms: Rooms, pipeline: Pipeline, name: str) -> Room:
    """The open room of a checked name, once nothing is on its way that decides who may come in.

    Raises:
        TooManyRooms: It cannot be opened.
    """
    room = await rooms.opened(name)
    while room.is_ruled:
        await pipeline.drained()
        room = await rooms.opened(name)
    return room


def coming(room: Room, member: Member, key: str, now: float) -> Iterator[Stored]:
    """What is to be stored as somebody comes into an open room.

    Args:
        room: The room.
        member: Whoever comes.
        key: The room's key, as they give it; empty where they give none.
        now: Seconds since 1970.

    Raises:
        RoomPrivate, RoomHasKey, WrongRoomKey, KeptOut, RoomIsFull: They may not.
    """
    terms, name = room.record.terms, member.shown_name
    mark = member.identity.mark if terms.is_closed or terms.admitted else ""
    is_empty = not room.record.people and not room.expected
    if is_empty and (terms.is_over(now, room.record.latest_line) or not terms.is_closed):
        yield from terms.ending(room.name)
        yield Joined(room.name, name)
        return
    if member not in room.guests:
        terms.check_free(room.name, name, len(room.record.people))
        if terms.is_closed and mark not in terms.admitted:
            _check_key(room, key)
    yield Joined(room.name, name)
    if terms.is_closed and mark and mark not in terms.admitted:
        yield Admitted(room.name, name, mark, OPERATOR if is_empty else "")
    if terms.admitted.get(mark) and not is_empty:
        yield OperatorGiven(room.name, None, name)


def _check_key(room: Room, key: str) -> None:
    terms = room.record.terms
    if not terms.has_key or (terms.is_private and not key):
        raise RoomPrivate(room.name)
    if not key:
        raise RoomHasKey(room.name)
    if not terms.fits(room.name, key):
        raise WrongRoomKey(room.name)
