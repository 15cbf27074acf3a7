"""What is decided about one person and a room: that they may come into it, and that they have to go.

One thing at a time is decided on a room: each of these waits until what was before it is in the log. Their refusals,
beside those that they name:
    NotInRoom: Whoever decides is not in the room.
    NobodysRoom: It is the lobby.
    NotOperator: They are none of its operators.
    Overloaded: Nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from twistchat.core import names
from twistchat.core.admittance import OPERATOR
from twistchat.core.deciding import Deciding, admitting, check_operator, check_there, settled, submit
from twistchat.core.events import Admitted, Expelled, Invited, PutOut, Ruling
from twistchat.core.person import Person
from twistchat.core.room import Room
from twistchat.core.shared import SharedState
from twistchat.core.speaking import check_hears
from twistchat.errors import IgnoresYou, NobodyCalled, NotStored, Overloaded, ThatIsYou, ThereAlready

PUT_OUT = "put out"
"""What is asked of other servers: to have somebody leave a room."""

GUEST = "guest"
"""What is asked of them: by what key somebody there is known who is to be invited, and whether they want to hear it."""


async def invite_called(person: Person, room: str, name: str) -> None:
    """Invite whoever has a name, at whatever server, as `invite` does.

    Raises:
        NobodyCalled, ThatIsYou: There is nobody else of that name.
        NotKnownWhether: The server that they are at did not answer.
    """
    try:
        other = person.shared.roster.find(name)
    except NobodyCalled:
        await _invite_from_afar(person, room, name)
        return
    if other is person:
        raise ThatIsYou
    await invite(person, room, other)


async def invite(person: Person, room: str, other: Person) -> None:
    """Tell somebody of the room and let them come in; into a closed room its operators do that.

    Raises:
        ThereAlready: They are in it.
        IgnoresYou, Muted: They were not told.
    """
    ruled = await settled(person, room)
    _check_may_invite(person, ruled, other.shown_name)
    if room in other.rooms:
        raise ThereAlready(other.shown_name, room)
    check_hears(other, person)
    submit(person, ruled, *_inviting(person, ruled, other.shown_name, other.identity.mark), guest=other)


async def _invite_from_afar(person: Person, room: str, name: str) -> None:
    """Invite somebody who is at another server; that server tells them, and lets them in, once it is in the log."""
    guest = await person.shared.elsewhere.ask(name, GUEST, {"by": person.shown_name})
    shown, mark = str(guest["name"]), str(guest["mark"])
    ruled = await settled(person, room)
    _check_may_invite(person, ruled, shown)
    if names.key(shown) in ruled.record.people:
        raise ThereAlready(shown, room)
    if guest["ignores"]:
        raise IgnoresYou(shown)
    submit(person, ruled, *_inviting(person, ruled, shown, mark))


def guest_from_afar(shared: SharedState[Person], name: str, by: str) -> dict[str, object]:
    """What another server, at which somebody wants to invite a person who is here, has to know of them.

    Raises:
        NobodyCalled: They are not here.
    """
    guest = shared.roster.find(name)
    return {"name": guest.shown_name, "mark": guest.identity.mark, "ignores": guest.preferences.ignores(by)}


def _check_may_invite(person: Person, room: Room, name: str) -> None:
    terms = room.record.terms
    if terms.is_closed or terms.limit is not None or terms.keeps_out(name):
        check_operator(person, room)


def _inviting(person: Person, room: Room, name: str, mark: str) -> Iterator[Ruling]:
    person.rights.check_voice(room.name)
    terms = room.record.terms
    yield Invited(room.name, person.shown_name, name)
    if terms.is_closed and mark and mark not in terms.admitted:
        yield Admitted(room.name, name, mark, "")


def admit_who_is_here(shared: SharedState[Person], closed: Ruling) -> None:
    """Let those come back who are in a room by this server, as an operator of it at another has closed it.

    That server lets its own, as keys are known where people are connected.
    """
    room = shared.rooms.get(str(closed.room))
    if room is None or not room.record.terms.is_closed:
        return
    terms = room.record.terms
    for member in [each for each in (*room.guests, *room) if each.identity.mark not in terms.admitted]:
        standing = OPERATOR if terms.is_operator(member.shown_name) else ""
        for admitted in admitting(room.name, [member], standing):
            shared.pipeline.proclaim(admitted).addErrback(lambda failure: failure.trap(NotStored, Overloaded))


async def put_out(person: Person, room: str, name: str, reason: str = "") -> None:
    """Put somebody, by whatever server, out of the room; they may come again unless it is closed, or keeps them out.

    Raises:
        NobodyCalled, NotThere: They are not in it.
        NotKnownWhether: The server that they are at did not answer.
        Muted, TextTooLong: The reason cannot be shown.
    """
    deciding = await Deciding.on(person, room)
    other = deciding.named(name)
    shown = person.checked_text(reason, room)
    if not isinstance(other, Person):
        asked = {"room": room, "by": person.shown_name, "reason": shown}
        await person.shared.elsewhere.ask(other.shown_name, PUT_OUT, asked)
        return
    check_there(other, room)
    expelled = leaves(other, room, person.shown_name, shown)
    submit(person, deciding.room, *expelled)
    await person.shared.pipeline.drained()


def leaves(other: Person, room: str, by: str, reason: str) -> list[Expelled]:
    """Have somebody leave a room because an operator of it wants that.

    Returns:
        What is to be decided beside: that they are let in no more, where the room is closed.
    """
    ruled, mark = other.shared.rooms[room], other.identity.mark
    other.leave(room, reason, partial(PutOut, by=by))
    ruled.guests.pop(other, None)
    return [Expelled(room, other.shown_name, mark)] if mark in ruled.record.terms.admitted else []


async def put_out_from_afar(shared: SharedState[Person], name: str, room: str, by: str, reason: str) -> str:
    """Put somebody who is here out of a room, as an operator of it at another server wants it.

    Returns:
        Their name.

    Raises:
        NobodyCalled, NotThere: They are not in it.
    """
    other = shared.roster.find(name)
    check_there(other, room)
    for expelled in leaves(other, room, by, reason):
        shared.pipeline.submit(other, other, expelled)
    await shared.pipeline.drained()
    return other.shown_name
