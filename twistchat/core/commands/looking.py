"""Commands that look around: who is here, and what can be done."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from twistchat.core.census import RoomRecord
from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed, room_name
from twistchat.core.person import Person
from twistchat.core.place import Way
from twistchat.core.replies import Notice, notice
from twistchat.core.shared import SharedState
from twistchat.errors import NobodyCalled, NoSuchRoom, Phrase

MOST_NAMED = 500
"""People named by /who: 50 KiB at most, so that an answer never overfills the backlog of who asks."""

MOST_WAYS = 100
"""Addresses shown by /where: three ways in to each of 33; 15 KiB at most."""

MOST_ROOMS_LISTED = 50
"""Rooms listed by /rooms, the fullest first: with topics of the longest kind, 200 KiB."""


def facts_about(shared: SharedState[Person], name: str) -> dict[str, Any]:
    """What is told of somebody who is here: times in seconds, and all their rooms.

    Raises:
        NobodyCalled: Nobody here has that name.
    """
    found, now = shared.roster.find(name), shared.clock.seconds()
    times = {"here": now - found.since, "idle": now - found.active}
    said = {"away": found.away, "description": found.description}
    return {"name": found.shown_name, "interface": found.client.interface, **times, **said, "rooms": [*found.rooms]}


WHO_IS_AWAY = "who is away"
"""What other servers are asked: `names`; they answer with `away`, those of them who are there and away."""

MOST_ASKED_OF = 1000
"""People of one such question."""


def who_is_away(shared: SharedState[Person], asked: Sequence[object]) -> dict[str, list[str]]:
    """Who of some names' bearers, as far as they are here, is away."""
    away = []
    for name in asked[:MOST_ASKED_OF]:
        with suppress(NobodyCalled):
            if (found := shared.roster.find(str(name))).away is not None:
                away.append(found.shown_name)
    return {"away": away}


@command("/help [COMMAND]", "shows the commands, or explains one", aliases="h ?")
def _help(person: Person, argument: str) -> None:
    table = person.shared.commands
    if argument:
        found = table.find(argument.removeprefix("/").casefold())
        person.tell(notice("help", "{usage}  {explanation}", usage=found.usage, explanation=found.explanation))
        return
    rows = [row for row in table if not row.is_for_moderators or person.rights.moderated]
    told = [notice("help", "{usage:20}  {explanation}", usage=row.usage, explanation=row.explanation) for row in rows]
    person.tell(*told, notice("help", "Anything else is said to the room; //text says text that begins with a slash."))


@command("/who [ROOM]", "lists the people in this room, or in another", aliases="names")
def _who(person: Person, argument: str) -> None:
    name = room_name(person, argument)
    record = person.shared.census.find(name, person.rooms)
    if record is None:
        raise NoSuchRoom(name)
    people = sorted(record.people.values(), key=str.casefold)
    sentence = "In {room} ({count}): {people}"
    told = people[:MOST_NAMED]
    person.tell(notice("who", sentence, room=name, count=len(people), people=told, **_privacy(record)))
    _tell_of_more(person, len(people) - MOST_NAMED)


@command("/rooms", "lists the open rooms", aliases="list")
def _rooms(person: Person, _argument: str) -> None:
    rooms = sorted(person.shared.census.visible(person.rooms), key=lambda record: (-len(record.people), record.name))
    person.tell(*map(_listed, rooms[:MOST_ROOMS_LISTED]))
    _tell_of_more(person, len(rooms) - MOST_ROOMS_LISTED)


def _listed(record: RoomRecord) -> Notice:
    data: dict[str, object] = {"room": record.name, "count": len(record.people)}
    if record.topic:
        return notice("room", "{room} ({count}): {topic}", **data, topic=record.topic, **_privacy(record))
    return notice("room", "{room} ({count})", **data, **_privacy(record))


def _privacy(record: RoomRecord) -> dict[str, bool]:
    """What programs are told beside of a private room."""
    return {"private": True} if record.terms.is_private else {}


def _tell_of_more(person: Person, count: int) -> None:
    if count > 0:
        person.tell(notice("more", "... and {count} more.", count=count))


@command("/whois NAME", "shows by what somebody is here, since when, and how long silent")
def _whois(person: Person, argument: str) -> Coroutine[Any, Any, None] | None:
    name = needed(argument, "/whois NAME")
    try:
        _tell_who(person, facts_about(person.shared, name))
    except NobodyCalled:
        if not person.shared.elsewhere.has_servers:
            raise
        return _whois_elsewhere(person, name)
    return None


async def _whois_elsewhere(person: Person, name: str) -> None:
    _tell_who(person, await person.shared.elsewhere.ask(name, "whois"))


def _tell_who(person: Person, facts: Mapping[str, Any]) -> None:
    here, idle = (timedelta(seconds=facts[name]) for name in ("here", "idle"))
    rooms = [room for room in facts["rooms"] if person.shared.census.find(room, person.rooms)] or ["-"]
    data = {"name": facts["name"], "interface": facts["interface"], "here": here, "idle": idle, "rooms": rooms}
    if person.shared.rules.claims.find(facts["name"]) is None:
        person.tell(notice("whois", "{name}: by {interface}, here for {here}, idle for {idle}, in {rooms}", **data))
    else:
        sentence = "{name} (claimed): by {interface}, here for {here}, idle for {idle}, in {rooms}"
        person.tell(notice("whois", sentence, **data, claimed=True))


@command("/ping", "answers at once, so that you see that the connection is alive", counts_as_activity=False)
def _ping(person: Person, argument: str) -> None:
    person.tell(notice("pong", "pong {token}", token=argument) if argument else notice("pong", "pong"))


@command("/where", "shows the addresses by which others join", price=2.0)
async def _where(person: Person, _argument: str) -> None:
    place = person.shared.place
    await place.look_around()
    if place.name is not None:
        person.tell(notice("where-name", "This is {name}.", name=place.name))
    if place.fingerprint is not None:
        sentence = "The SHA-256 of its certificate is {fingerprint}."
        person.tell(notice("where-fingerprint", sentence, fingerprint=place.fingerprint))
    ways = place.ways()
    if ways:
        person.tell(*map(_shown_way, ways[:MOST_WAYS]))
        _tell_of_more(person, len(ways) - MOST_WAYS)
    elif place.is_open:
        person.tell(notice("no-address", "The server's machine has no address now by which others could reach it."))
    else:
        person.tell(notice("not-open", "Only those on the server's own machine can join; --open lets others in."))


def _shown_way(way: Way) -> Notice:
    how = way.typed or Phrase("in a browser")
    return notice("way", "{url}  ({how})", url=way.url, how=how, interface=way.interface, kind=way.kind)


ROWS = (_help, _who, _rooms, _whois, _where, _ping)
