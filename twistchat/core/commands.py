"""The /commands: a table of rows. Every interface has them all, and /help is made from it.

A new command is one function with its row: `@command` names it, shows its use, explains it and sets its price.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twistchat.core import names
from twistchat.core.replies import notice
from twistchat.errors import (
    IgnoresYou,
    IgnoringTooMany,
    Muted,
    NobodyCalled,
    NobodyToReplyTo,
    NoSuchRoom,
    NotIgnored,
    Phrase,
    ThatIsYou,
    UnknownCommand,
    UnknownCommandNearest,
    WrongUse,
)

if TYPE_CHECKING:
    from twistchat.core.session import Session

Run = Callable[["Session", str], Coroutine[Any, Any, None] | None]

Words = Mapping[str, str]
"""What commands are called in other languages, and their English names."""

NO_WORDS: Words = MappingProxyType({})

MOST_IGNORED = 100

MOST_NAMED = 500
"""People named by /who: 50 KiB at most, so that an answer never overfills the backlog of who asks."""

MOST_ROOMS_LISTED = 50
"""Rooms listed by /rooms, the fullest first: with topics of the longest kind, 200 KiB."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table."""

    name: str
    usage: Phrase
    """As a person would type it, optional parts in brackets."""
    explanation: Phrase
    price: float
    """What it costs of the flood limit; a line costs 1."""
    run: Run
    """Called with what stands behind the command's name; a coroutine where it has to wait for the log."""


COMMANDS: dict[str, Command] = {}
_ALIASES = (
    {"nickname": "nick", "names": "who", "list": "rooms", "part": "leave", "exit": "quit", "action": "me"}
    | dict.fromkeys(("w", "tell", "query", "whisper", "pm"), "msg")
    | {"r": "reply", "j": "join", "h": "help", "?": "help", "q": "quit", "bye": "quit"}
)


def command(usage: str, explanation: str, price: float = 1.0) -> Callable[[Run], Run]:
    """Add a function to the table of commands, under the first word of its usage."""

    def add(run: Run) -> Run:
        name = usage.split()[0].removeprefix("/")
        COMMANDS[name] = Command(name, Phrase(usage), Phrase(explanation), price, run)
        return run

    return add


def split(line: str) -> tuple[str | None, str]:
    """Tell a command from what is said.

    Returns:
        The command's name without its slash and what stands behind it; or None and the text to say. Two slashes say
        a text that begins with one.
    """
    if not line.startswith("/"):
        return None, line
    if line.startswith("//"):
        return None, line[1:]
    word, _, rest = line[1:].partition(" ")
    return word.casefold(), rest.strip()


def _lookup(word: str, foreign: Words) -> Command | None:
    word = _ALIASES.get(word, word)
    return COMMANDS.get(word) or COMMANDS.get(foreign.get(word, word))


def price(word: str | None, foreign: Words = NO_WORDS) -> float:
    """What a line costs of the flood limit; also an unknown command costs 1."""
    found = None if word is None else _lookup(word, foreign)
    return 1.0 if found is None else found.price


def find(word: str, foreign: Words = NO_WORDS) -> Command:
    """The command of that name.

    Args:
        word: The name in lower case, without its slash.
        foreign: What commands are called in other languages, beside English, which always holds.

    Raises:
        UnknownCommand: There is none; the sentence names the nearest, if one is near.
    """
    found = _lookup(word, foreign)
    if found is not None:
        return found
    likeness = 0.6 if word.isascii() else 0.5  # one character of two, as most Chinese words have
    nearest = difflib.get_close_matches(word, [*COMMANDS, *_ALIASES, *foreign], 1, likeness)
    if nearest:
        raise UnknownCommandNearest(word, _ALIASES.get(nearest[0], nearest[0]))
    raise UnknownCommand(word)


def _needed(argument: str, usage: str) -> str:
    if not argument:
        raise WrongUse(usage)
    return argument


def _switch(argument: str, usage: str) -> bool:
    if argument.casefold() not in ("on", "off"):
        raise WrongUse(usage)
    return argument.casefold() == "on"


def _state(on: bool) -> Phrase:
    return Phrase("on") if on else Phrase("off")


def _other(session: Session, name: str) -> Session:
    found = session.hub.roster.find(name)
    if found is session:
        raise ThatIsYou
    return found


def _room_name(session: Session, argument: str) -> str:
    return names.checked_room(argument, session.hub.limits.name_chars) if argument else session.here


@command("/help [COMMAND]", "shows the commands, or explains one")
def _help(session: Session, argument: str) -> None:
    if argument:
        found = find(argument.removeprefix("/").casefold(), session.hub.words)
        session.tell(notice("help", "{usage}  {explanation}", usage=found.usage, explanation=found.explanation))
        return
    rows = [
        notice("help", "{usage:20}  {explanation}", usage=row.usage, explanation=row.explanation)
        for row in COMMANDS.values()
    ]
    session.tell(*rows, notice("help", "Anything else is said to the room; //text says text that begins with a slash."))


@command("/who [ROOM]", "lists the people in this room, or in another")
def _who(session: Session, argument: str) -> None:
    name = _room_name(session, argument)
    room = session.hub.rooms.get(name)
    if room is None:
        raise NoSuchRoom(name)
    people = sorted((member.shown_name for member in room), key=str.casefold)
    session.tell(
        notice("who", "In {room} ({count}): {people}", room=name, count=len(people), people=people[:MOST_NAMED])
    )
    _tell_of_more(session, len(people) - MOST_NAMED)


@command("/rooms", "lists the open rooms")
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


@command("/join ROOM", "goes into a room, or turns to one that you are in", price=2.0)
async def _join(session: Session, argument: str) -> None:
    name = names.checked_room(_needed(argument, "/join ROOM"), session.hub.limits.name_chars)
    await session.join(name)
    if session.current == name:
        session.tell(notice("turned", "You now talk in {room}.", room=name))


@command("/leave [ROOM]", "leaves this room, or another")
def _leave(session: Session, argument: str) -> None:
    session.leave(_room_name(session, argument))


@command("/nick NAME", "changes your name", price=2.0)
def _nick(session: Session, argument: str) -> None:
    session.check_voice()  # a mute is by name, and must not be shaken off with it
    session.rename(_needed(argument, "/nick NAME"))


@command("/me ACTION", "says what you do: /me waves")
def _me(session: Session, argument: str) -> None:
    session.act(_needed(argument, "/me ACTION"))


@command("/msg NAME TEXT", "sends a private message, which is not stored")
def _msg(session: Session, argument: str) -> None:
    name, _, text = argument.partition(" ")
    usage = "/msg NAME TEXT"
    recipient = _other(session, _needed(name, usage))
    _whisper(session, recipient, _needed(text.strip(), usage))


@command("/reply TEXT", "answers the last private message")
def _reply(session: Session, argument: str) -> None:
    if session.reply_to is None:
        raise NobodyToReplyTo
    if session.reply_to.is_gone:
        raise NobodyCalled(session.reply_to.shown_name)
    _whisper(session, session.reply_to, _needed(argument, "/reply TEXT"))


def _whisper(session: Session, recipient: Session, text: str) -> None:
    if recipient.view.ignores(session.shown_name):
        raise IgnoresYou(recipient.shown_name)
    session.whisper(recipient, text)


@command("/topic [TEXT]", "shows this room's topic, or sets it")
def _topic(session: Session, argument: str) -> None:
    if argument:
        session.set_topic(argument)
        return
    room = session.hub.rooms[session.here]
    if room.topic:
        session.tell(notice("topic", "Topic of {room}: {topic}", room=room.name, topic=room.topic))
    else:
        session.tell(notice("no-topic", "{room} has no topic. /topic TEXT sets one.", room=room.name))


@command("/ignore [NAME]", "hides what somebody says, or lists whom you ignore")
def _ignore(session: Session, argument: str) -> None:
    if not argument:
        people = sorted(session.view.ignored.values()) or ["-"]
        session.tell(notice("ignored", "You ignore: {people}", people=people))
        return
    other = _other(session, argument)
    if len(session.view.ignored) >= MOST_IGNORED:
        raise IgnoringTooMany(MOST_IGNORED)
    session.view.ignored[names.key(other.shown_name)] = other.shown_name
    session.place_again()
    session.tell(notice("ignoring", "You ignore {name} now. /unignore {name} ends it.", name=other.shown_name))


@command("/unignore NAME", "shows again what somebody says")
def _unignore(session: Session, argument: str) -> None:
    shown = session.view.ignored.pop(names.key(_needed(argument, "/unignore NAME")), None)
    if shown is None:
        raise NotIgnored(argument)
    session.place_again()
    session.tell(notice("unignored", "You hear {name} again.", name=shown))


@command("/whois NAME", "shows by what somebody is here, since when, and how long silent")
def _whois(session: Session, argument: str) -> None:
    other = session.hub.roster.find(_needed(argument, "/whois NAME"))
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


@command("/echo on|off", "shows you your own lines, or not")
def _echo(session: Session, argument: str) -> None:
    session.view.echo = _switch(argument, "/echo on|off")
    session.place_again()
    session.tell(notice("echo", "Your own lines are shown: {state}", state=_state(session.view.echo)))


@command("/time on|off", "puts the time before each line, or not")
def _time(session: Session, argument: str) -> None:
    session.view.stamp(_switch(argument, "/time on|off"))
    session.place_again()
    session.tell(notice("time", "Times are shown: {state}", state=_state(session.view.times)))


@command("/lang [CODE]", "changes the language that you are spoken to in, or lists those there are")
def _lang(session: Session, argument: str) -> None:
    if not argument:
        languages = session.view.format.languages
        session.tell(notice("languages", "You can be spoken to in: {languages}. /lang CODE.", languages=languages))
        return
    session.view.speak_in(argument)
    session.place_again()
    session.tell(notice("language", "You are spoken to in English from now on."))


@command("/ping", "answers at once, so that you see that the connection is alive")
def _ping(session: Session, argument: str) -> None:
    session.tell(notice("pong", "pong {token}", token=argument) if argument else notice("pong", "pong"))


@command("/quit [REASON]", "says goodbye and leaves")
def _quit(session: Session, argument: str) -> None:
    with suppress(Muted):
        session.end(session.checked_text(argument))
    session.end()
