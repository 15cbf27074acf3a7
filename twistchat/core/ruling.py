"""What the operators of a room decide: who may come in, who sets its topic, who else decides, and who has to go.

One thing at a time is decided on a room: each of these waits until what was before it is in the log. They give whether
anything changes. Their refusals, beside those that they name:
    NotInRoom: The person is not in the room.
    NobodysRoom: It is the lobby.
    NotOperator: They are none of its operators.
    Overloaded: Nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from twistchat.core.admittance import OPERATOR
from twistchat.core.events import (
    Admitted,
    Expelled,
    Invited,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    PutOut,
    Ruling,
    Sealed,
    TopicLocked,
)
from twistchat.core.member import Member
from twistchat.core.names import LOBBY
from twistchat.core.person import Person
from twistchat.core.room import Room
from twistchat.core.speaking import check_hears
from twistchat.core.terms import MOST_ADMITTED, MOST_KEY_CHARS, MOST_OPERATORS, room_mark
from twistchat.errors import (
    NobodysRoom,
    NotARoomKey,
    NotInRoom,
    NotOperator,
    NotThere,
    ThereAlready,
    TooManyOperators,
)


async def set_private(person: Person, room: str, on: bool) -> bool:
    """Have nobody see the room or come in who is not invited, or have everybody again.

    What was said in it before is shown to nobody any more once everybody may come in.
    """
    ruled = await _ruled(person, room)
    terms = ruled.record.terms
    if terms.is_private is on:
        return False
    rest = _staying(ruled) if on else _opening(room, terms.has_key)
    return _submit(person, ruled, PrivateSet(room, person.shown_name, "on" if on else "off"), *rest)


async def set_key(person: Person, room: str, key: str | None) -> bool:
    """Have the room's key let people in, or take it off with None.

    Raises:
        NotARoomKey: It is empty, too long or no one word.
    """
    if key is not None and (len(key) > MOST_KEY_CHARS or key.split() != [key]):
        raise NotARoomKey(MOST_KEY_CHARS)
    ruled = await _ruled(person, room)
    terms = ruled.record.terms
    if key is not None:
        return _submit(person, ruled, KeySet(room, person.shown_name, room_mark(room, key)), *_staying(ruled))
    if not terms.has_key:
        return False
    return _submit(person, ruled, KeyGone(room, person.shown_name), *_opening(room, terms.is_private))


async def lock_topic(person: Person, room: str, on: bool) -> bool:
    """Have operators alone set the topic, or everybody in the room."""
    ruled = await _ruled(person, room)
    if ruled.record.terms.locks_topic is on:
        return False
    return _submit(person, ruled, TopicLocked(room, person.shown_name, "on" if on else "off"))


async def make_operator(person: Person, room: str, other: Person) -> bool:
    """Let somebody who is in the room decide, too.

    Raises:
        NotThere: They are not in it.
        TooManyOperators: It has its most.
    """
    ruled = await _ruled(person, room, other)
    terms = ruled.record.terms
    if terms.is_operator(other.shown_name):
        return False
    if len(terms.operators) >= MOST_OPERATORS:
        raise TooManyOperators(MOST_OPERATORS)
    given = OperatorGiven(room, person.shown_name, other.shown_name)
    return _submit(person, ruled, given, *_standing(ruled, other, OPERATOR))


async def take_operator(person: Person, room: str, other: Person) -> bool:
    """Let somebody, perhaps oneself, decide no more.

    Raises:
        NotThere: They are not in the room.
    """
    ruled = await _ruled(person, room, other)
    if not ruled.record.terms.is_operator(other.shown_name):
        return False
    taken = OperatorTaken(room, person.shown_name, other.shown_name)
    return _submit(person, ruled, taken, *_standing(ruled, other, ""))


async def invite(person: Person, room: str, other: Person) -> bool:
    """Tell somebody of the room and let them come in; into a closed room its operators do that.

    Raises:
        ThereAlready: They are in it.
        IgnoresYou, Muted: They were not told.
    """
    ruled = await _settled(person, room)
    if ruled.record.terms.is_closed:
        _check_operator(person, ruled)
    if room in other.rooms:
        raise ThereAlready(other.shown_name, room)
    check_hears(other, person)
    person.rights.check_voice(room)
    is_new = other.identity.mark not in ruled.record.terms.admitted
    invited = Invited(room, person.shown_name, other.shown_name)
    return _submit(person, ruled, invited, *(_standing(ruled, other, "") if is_new else ()), guest=other)


async def put_out(person: Person, room: str, other: Person, reason: str = "") -> bool:
    """Put somebody out of the room; they may come again unless it is closed.

    Raises:
        NotThere: They are not in it.
        Muted, TextTooLong: The reason cannot be shown.
    """
    ruled = await _ruled(person, room, other)
    shown = person.checked_text(reason, room)
    other.leave(room, shown, partial(PutOut, by=person.shown_name))
    ruled.guests.pop(other, None)
    mark = other.identity.mark
    _submit(person, ruled, *([Expelled(room, other.shown_name, mark)] if mark in ruled.record.terms.admitted else []))
    await person.shared.pipeline.drained()
    return True


async def _settled(person: Person, name: str) -> Room:
    """A room that somebody is in, once what was decided on it is in the log, or was refused."""
    await person.shared.pipeline.drained()
    while name in person.rooms:
        room = person.shared.rooms[name]
        if not room.is_ruled:
            return room
        await person.shared.pipeline.drained()
    raise NotInRoom(name)


async def _ruled(person: Person, name: str, other: Person | None = None) -> Room:
    """The same of a room that they decide on, and where somebody else is."""
    room = await _settled(person, name)
    _check_operator(person, room)
    if other is not None and not (name in other.rooms and other.membership.will_be_in(name)):
        raise NotThere(other.shown_name, name)
    return room


def _check_operator(person: Person, room: Room) -> None:
    if room.name == LOBBY:
        raise NobodysRoom(LOBBY)
    terms = room.record.terms
    if not terms.is_operator(person.shown_name):
        raise NotOperator(room.name, sorted(terms.operators.values(), key=str.casefold) or ["-"])


def _submit(person: Person, room: Room, *rulings: Ruling, guest: Person | None = None) -> bool:
    pipeline = person.shared.pipeline
    pipeline.submit(person, person, *rulings, recipient=guest)
    room.ruled = pipeline.drained()
    return True


def _staying(room: Room) -> Iterator[Ruling]:
    """What lets those come back who are in a room, or invited, when it is closed: as far as they have keys."""
    terms = room.record.terms
    if not terms.is_closed:
        operators = [member for member in room if terms.is_operator(member.shown_name)]
        others = [member for member in (*room.guests, *room) if member not in operators]
        yield from _admitting(room.name, others[max(0, len(others) + len(operators) - MOST_ADMITTED) :], "")
        yield from _admitting(room.name, operators, OPERATOR)


def _standing(room: Room, other: Member, standing: str) -> Iterator[Ruling]:
    if room.record.terms.is_closed:
        yield from _admitting(room.name, [other], standing)


def _admitting(room: str, members: Iterable[Member], standing: str) -> Iterator[Ruling]:
    for member in members:
        if member.identity.mark and member.is_welcome and not member.is_gone:
            yield Admitted(room, member.shown_name, member.identity.mark, standing)


def _opening(room: str, stays_closed: bool) -> Iterator[Ruling]:
    """What comes with the end of one of the two things that close a room."""
    if not stays_closed:
        yield Sealed(room, None)
