"""What is decided about one person and a room: that they may come into it, and that they have to go.

One thing at a time is decided on a room: each of these waits until what was before it is in the log. Their refusals,
beside those that they name:
    NotInRoom: Whoever decides is not in the room.
    NobodysRoom: It is the lobby.
    NotOperator: They are none of its operators.
    Overloaded: Nothing has changed.
"""

from __future__ import annotations

from functools import partial

from twistchat.core.deciding import admitting, check_operator, check_there, settled, submit
from twistchat.core.events import Expelled, Invited, PutOut
from twistchat.core.person import Person
from twistchat.core.speaking import check_hears
from twistchat.errors import ThereAlready


async def invite(person: Person, room: str, other: Person) -> None:
    """Tell somebody of the room and let them come in; into a closed room its operators do that.

    Raises:
        ThereAlready: They are in it.
        IgnoresYou, Muted: They were not told.
    """
    ruled = await settled(person, room)
    terms = ruled.record.terms
    if terms.is_closed or terms.limit is not None or terms.keeps_out(other.shown_name):
        check_operator(person, ruled)
    if room in other.rooms:
        raise ThereAlready(other.shown_name, room)
    check_hears(other, person)
    person.rights.check_voice(room)
    is_new = terms.is_closed and other.identity.mark not in terms.admitted
    invited = Invited(room, person.shown_name, other.shown_name)
    submit(person, ruled, invited, *(admitting(room, [other], "") if is_new else ()), guest=other)


async def put_out(person: Person, room: str, other: Person, reason: str = "") -> None:
    """Put somebody out of the room; they may come again unless it is closed, or keeps them out.

    Raises:
        NotThere: They are not in it.
        Muted, TextTooLong: The reason cannot be shown.
    """
    ruled = await settled(person, room)
    check_operator(person, ruled)
    check_there(other, room)
    shown = person.checked_text(reason, room)
    other.leave(room, shown, partial(PutOut, by=person.shown_name))
    ruled.guests.pop(other, None)
    mark = other.identity.mark
    submit(person, ruled, *([Expelled(room, other.shown_name, mark)] if mark in ruled.record.terms.admitted else []))
    await person.shared.pipeline.drained()
