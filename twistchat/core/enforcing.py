"""What acts do to those who are connected here, wherever they were decided."""

from __future__ import annotations

from twistchat.core.bans import Act
from twistchat.core.events import Removed
from twistchat.core.hub import Hub
from twistchat.core.person import Person
from twistchat.core.replies import Refused, notice
from twistchat.errors import Reason, Restricted


async def put_out(hub: Hub, found: list[Person], act: Act) -> None:
    """Put people out of the chat."""
    told = notice("kicked", "You were removed by the administrator.{reason}", reason=Reason(act.text or "-"))
    await hub.turn.each(found, lambda person: person.put_out(told, act.text))


async def put_all_out_of(hub: Hub, room: str, reason: str) -> list[Person]:
    """Put everybody here out of a room, and say whom."""
    found = [person for person in hub.everyone if person.membership.will_be_in(room)]
    await hub.turn.each(found, lambda person: _put_out_of(person, room, reason))
    return found


def _put_out_of(person: Person, room: str, reason: str) -> None:
    if person.membership.will_be_in(room):  # they may have left while others were put out
        person.leave(room, reason, Removed)


def refusal_of(person: Person) -> Restricted | None:
    """Why somebody may not talk; None where they may."""
    try:
        person.rights.check_voice()
    except Restricted as refusal:
        return refusal
    return None


def remind(person: Person) -> None:
    """Tell somebody that they may not talk, as far as that is so."""
    refusal = refusal_of(person) if person.name is not None else None
    if refusal is not None:
        person.tell(Refused(refusal))
