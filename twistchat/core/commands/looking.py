"""Commands that look around: who is here, and what can be done."""

from __future__ import annotations

from datetime import timedelta

from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed, room_name
from twistchat.core.replies import notice
from twistchat.core.session import Session
from twistchat.errors import NoSuchRoom

MOST_NAMED = 500
"""People named by /who: 50 KiB at most, so that an answer never overfills the backlog of who asks."""

MOST_ROOMS_LISTED = 50
"""Rooms listed by /rooms, the fullest first: with topics of the longest kind, 200 KiB."""


@command("/help [COMMAND]", "shows the commands, or explains one", aliases="h ?")
def _help(session: Session, argument: str) -> None:
    table = session.hub.commands
    if argument:
        found = table.find(argument.removeprefix("/").casefold())
        session.tell(notice("help", "{usage}  {explanation}", usage=found.usage, explanation=found.explanation))
        return
    rows = [notice("help", "{usage:20}  {explanation}", usage=row.usage, explanation=row.explanation) for row in table]
    session.tell(*rows, notice("help", "Anything else is said to the room; //text says text that begins with a slash."))


@command("/who [ROOM]", "lists the people in this room, or in another", aliases="names")
def _who(session: Session, argument: str) -> None:
    name = room_name(session, argument)
    room = session.hub.rooms.get(name)
    if room is None:
        raise NoSuchRoom(name)
    people = sorted((member.shown_name for member in room), key=str.casefold)
    session.tell(
        notice("who", "In {room} ({count}): {people}", room=name, count=len(people), people=people[:MOST_NAMED])
    )
    _tell_of_more(session, len(people) - MOST_NAMED)


@command("/rooms", "lists the open rooms", aliases="list")
def _rooms(session: Session, _argument: str) -> None:
    rooms = sorted(session.hub.rooms.values(), key=lambda room: (-len(room), room.name))
    session.tell(
        *(
            notice("room", "{room} ({count}): {topic}", room=room.name, count=len(room), topic=room.topic)
            if room.topic
            else notice("room", "{room} ({count})", room=room.name, count=len(room))
            for room in rooms[:MOST_ROOMS_LISTED]
        )
    )
    _tell_of_more(session, len(rooms) - MOST_ROOMS_LISTED)


def _tell_of_more(session: Session, count: int) -> None:
    if count > 0:
        session.tell(notice("more", "... and {count} more.", count=count))


@command("/whois NAME", "shows by what somebody is here, since when, and how long silent")
def _whois(session: Session, argument: str) -> None:
    other = session.hub.roster.find(needed(argument, "/whois NAME"))
    now = session.hub.clock.seconds()
    session.tell(
        notice(
            "whois",
            "{name}: by {interface}, here for {here}, idle for {idle}, in {rooms}",
            name=other.shown_name,
            interface=other.client.interface,
            here=timedelta(seconds=now - other.since),
            idle=timedelta(seconds=now - other.active),
            rooms=list(other.rooms) or ["-"],
        )
    )


@command("/ping", "answers at once, so that you see that the connection is alive", counts_as_activity=False)
def _ping(session: Session, argument: str) -> None:
    session.tell(notice("pong", "pong {token}", token=argument) if argument else notice("pong", "pong"))


ROWS = (_help, _who, _rooms, _whois, _ping)
