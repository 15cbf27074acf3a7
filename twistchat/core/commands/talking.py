"""Commands that say something, to a room or to one person."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twistchat.core import names
from twistchat.core.command_table import Trace, command
from twistchat.core.commands.arguments import needed, other
from twistchat.core.desk import Desk
from twistchat.core.member import Member
from twistchat.core.person import Person
from twistchat.core.replies import notice
from twistchat.core.speaking import say_in, turn_to, whisper_afar, whisper_to
from twistchat.errors import NobodyCalled, NobodyToReplyTo


@command("/me ACTION", "says what you do: /me waves", aliases="action", trace=Trace.ACTED)
def _me(person: Person, argument: str) -> None:
    person.act(needed(argument, "/me ACTION"))


@command("/msg NAME TEXT", "sends a private message, which is not stored", aliases="w tell query whisper pm")
def _msg(person: Person, argument: str) -> Coroutine[Any, Any, None] | None:
    name, _, text = argument.partition(" ")
    usage = "/msg NAME TEXT"
    if name.startswith("#"):  # as in IRC, whose clients begin all names of rooms so
        _speak_in(person, names.checked_room(name, person.shared.limits.name_chars), needed(text.strip(), usage))
        return None
    said = text if text.strip() else ""
    try:
        recipient = other(person, needed(name, usage))
    except NobodyCalled:
        if not person.shared.elsewhere.has_servers:
            raise
        return _whisper_afar(person, name, needed(said, usage))
    _whisper(person, recipient, needed(said, usage))
    return None


def _speak_in(person: Person, room: str, text: str) -> None:
    """Say something in a room, and go on where one talks."""
    here = person.membership.current
    say_in(person, room, text)
    if here is not None:
        turn_to(person, here)


@command("/reply TEXT", "answers the last private message", aliases="r")
def _reply(person: Person, argument: str) -> Coroutine[Any, Any, None] | None:
    if isinstance(person.reply_to, str):
        return _whisper_afar(person, person.reply_to, needed(argument, "/reply TEXT"))
    if person.reply_to is None:
        raise NobodyToReplyTo
    if person.reply_to.is_gone:
        raise NobodyCalled(person.reply_to.shown_name)
    _whisper(person, person.reply_to, needed(argument, "/reply TEXT"))
    return None


_OPEN = "--open"
"""What lets everybody set a topic again that a moderator has set."""


def _whisper(person: Person, recipient: Member, text: str) -> None:
    whisper_to(person, recipient, text)
    _tell_away(person, recipient.shown_name, recipient.away)


async def _whisper_afar(person: Person, name: str, text: str) -> None:
    bearer = await whisper_afar(person, name, text)
    _tell_away(person, bearer.name, bearer.away)


def _tell_away(person: Person, name: str, away: str | None) -> None:
    """Say that whoever was told something is away, if they are."""
    if away is not None:
        person.tell(notice("is-away", "{name} is away: {reason}", name=name, reason=away))


@command("/topic [TEXT]", "shows this room's topic, or sets it")
def _topic(person: Person, argument: str) -> Coroutine[Any, Any, None] | None:
    if argument == _OPEN:
        return Desk(person).open_topic()
    if argument and person.rights.post(person.membership.here) is not None:
        return Desk(person).set_topic(argument)
    if argument:
        person.set_topic(argument)
    else:
        _tell_topic(person)
    return None


def _tell_topic(person: Person) -> None:
    room = person.shared.rooms[person.membership.here].record
    if room.topic:
        person.tell(notice("topic", "Topic of {room}: {topic}", room=room.name, topic=room.topic))
    else:
        person.tell(notice("no-topic", "{room} has no topic. /topic TEXT sets one.", room=room.name))


ROWS = (_me, _msg, _reply, _topic)
