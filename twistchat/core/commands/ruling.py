"""Commands by which the operators of a room decide on it; `twistchat.core.terms` says what follows."""

from __future__ import annotations

from twistchat.core import ruling
from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed, other, switched_on
from twistchat.core.desk import Desk
from twistchat.core.names import LOBBY
from twistchat.core.person import Person
from twistchat.core.replies import notice


def _tell(person: Person, has_changed: bool) -> None:
    if not has_changed:
        person.tell(notice("unchanged", "That is so already; nothing has changed."))


@command("/private on|off", "hides this room from all who are not invited, or opens it", price=5.0)
async def _private(person: Person, argument: str) -> None:
    on = switched_on(needed(argument, "/private on|off"), "/private on|off")
    _tell(person, await ruling.set_private(person, person.membership.here, on))


@command("/key WORD|off", "has /join ROOM WORD let people into this room, or not", price=5.0)
async def _key(person: Person, argument: str) -> None:
    word = needed(argument, "/key WORD|off")
    is_off = word.casefold() == "off"
    _tell(person, await ruling.set_key(person, person.membership.here, None if is_off else word))


@command("/invite NAME", "invites somebody into this room", price=3.0)
async def _invite(person: Person, argument: str) -> None:
    guest = other(person, needed(argument, "/invite NAME"))
    await ruling.invite(person, person.membership.here, guest)


@command("/op NAME", "lets somebody decide on this room, as you do", price=2.0)
async def _op(person: Person, argument: str) -> None:
    found = other(person, needed(argument, "/op NAME"))
    _tell(person, await ruling.make_operator(person, person.membership.here, found))


@command("/deop NAME", "lets somebody, or yourself, decide on this room no more", price=2.0)
async def _deop(person: Person, argument: str) -> None:
    found = person.shared.roster.find(needed(argument, "/deop NAME"))
    _tell(person, await ruling.take_operator(person, person.membership.here, found))


@command("/topiclock on|off", "lets only operators set this room's topic, or everybody", price=2.0)
async def _topiclock(person: Person, argument: str) -> None:
    on = switched_on(needed(argument, "/topiclock on|off"), "/topiclock on|off")
    _tell(person, await ruling.lock_topic(person, person.membership.here, on))


@command("/kick NAME [REASON]", "puts somebody out of this room", price=2.0, is_parting=True)
async def _kick(person: Person, argument: str) -> None:
    name, _, reason = needed(argument, "/kick NAME [REASON]").partition(" ")
    here = person.membership.here
    if here == LOBBY or person.rights.post(here) is not None:  # a moderator's word is in the audit
        await Desk(person).kick(name, reason.strip())
        return
    found = other(person, name)
    await ruling.put_out(person, here, found, reason.strip())


ROWS = (_private, _key, _invite, _op, _deop, _topiclock, _kick)
