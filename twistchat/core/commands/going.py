"""Commands that change where somebody is, and under which name."""

from __future__ import annotations

from contextlib import suppress

from twistchat.core import names
from twistchat.core.command_table import Trace, command
from twistchat.core.commands.arguments import needed, room_name
from twistchat.core.replies import notice
from twistchat.core.session import Session
from twistchat.errors import Muted


@command("/join ROOM", "goes into a room, or turns to one that you are in", price=2.0, aliases="j")
async def _join(session: Session, argument: str) -> None:
    name = names.checked_room(needed(argument, "/join ROOM"), session.hub.limits.name_chars)
    await session.join(name)
    if session.current == name:
        session.tell(notice("turned", "You now talk in {room}.", room=name))


@command("/leave [ROOM]", "leaves this room, or another", aliases="part")
def _leave(session: Session, argument: str) -> None:
    session.leave(room_name(session, argument))


@command("/nick NAME", "changes your name", price=2.0, aliases="nickname")
def _nick(session: Session, argument: str) -> None:
    session.check_voice()  # a mute is by name, and must not be shaken off with it
    session.rename(needed(argument, "/nick NAME"))


@command("/quit [REASON]", "says goodbye and leaves", aliases="exit q bye", trace=Trace.GOODBYE)
def _quit(session: Session, argument: str) -> None:
    with suppress(Muted):
        session.end(session.checked_text(argument))
    session.end()


ROWS = (_join, _leave, _nick, _quit)
