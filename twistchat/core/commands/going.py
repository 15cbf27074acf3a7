"""Commands that change where somebody is, and under which name."""

from __future__ import annotations

from contextlib import suppress

from twistchat.core import names
from twistchat.core.claiming import name_and_code, rename
from twistchat.core.command_table import Trace, command
from twistchat.core.commands.arguments import needed, room_name
from twistchat.core.person import Person
from twistchat.core.replies import notice
from twistchat.errors import Muted, Voiceless


@command("/join ROOM [KEY]", "goes into a room, or turns to one that you are in", price=2.0, aliases="j")
async def _join(person: Person, argument: str) -> None:
    room, _, key = needed(argument, "/join ROOM [KEY]").partition(" ")
    name = names.checked_room(room, person.shared.limits.name_chars)
    await person.join(name, key.strip())
    if person.membership.current == name:
        person.tell(notice("turned", "You now talk in {room}.", room=name))


@command("/leave [ROOM]", "leaves this room, or another", aliases="part", is_parting=True)
def _leave(person: Person, argument: str) -> None:
    person.leave(room_name(person, argument))


@command("/nick NAME [CODE]", "changes your name", price=2.0, aliases="nickname")
async def _nick(person: Person, argument: str) -> None:
    person.rights.check_name_kept(person.membership.rooms_to_be)
    await rename(person, *name_and_code(needed(argument, "/nick NAME [CODE]")))


@command("/quit [REASON]", "says goodbye and leaves", aliases="exit q bye", trace=Trace.GOODBYE, is_parting=True)
async def _quit(person: Person, argument: str) -> None:
    if person.answering.tag is not None:  # a program's: its lines before this one are answered first, as is this one
        await person.shared.pipeline.drained()
    reason = ""
    with suppress(Muted, Voiceless):
        reason = person.checked_text(argument, *person.rooms)
    person.settle()
    person.end(reason)


ROWS = (_join, _leave, _nick, _quit)
