"""Verbs that show something. They are listed in verbs.py."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import MOST_LINES, Live, LogLines, Outcome, Table, abridged, moment, whom
from twistchat.admin.servers import (
    figures_of,
    figures_of_all,
    people_here,
    people_table,
    servers_of_rooms,
    shown_figures,
    who_is_anywhere,
)
from twistchat.admin.verb import verb
from twistchat.core import names
from twistchat.core.commands.recall import lines
from twistchat.core.durations import parse_duration
from twistchat.core.events import (
    Entry,
)
from twistchat.core.modes import (
    ModeratedSet,
    SecretSet,
)
from twistchat.core.names import EVERYWHERE
from twistchat.core.queries import Query
from twistchat.core.terms import Terms
from twistchat.core.text import clean
from twistchat.errors import NoSuchRoom, WrongUse
from twistchat.wire.language import ENGLISH
from twistchat.wire.line import LineFormat
from twistchat.zone import MachineZone

_ROOMS = ("room", "people", "topic", "note")
_NO_ROOM = "No room is open."


def _room(operator: Operator, room: str) -> str:
    return names.checked_room(room, operator.hub.limits.name_chars)


@verb("who [ROOM]", "lists the people, their addresses and how long they are here")
def who(operator: Operator, room: str = "") -> Outcome | Coroutine[Any, Any, Outcome]:
    wanted = _room(operator, room) if room else None
    if wanted is not None and operator.hub.census.get(wanted) is None:
        raise NoSuchRoom(wanted)
    if operator.hub.elsewhere.has_servers:
        return who_is_anywhere(operator, wanted)
    return people_table(people_here(operator.administration, wanted))


@verb("rooms", "lists the open rooms and their topics")
def rooms(operator: Operator) -> Outcome | Coroutine[Any, Any, Outcome]:
    if operator.hub.elsewhere.has_servers:
        return _rooms_of_all(operator)
    return Table(_ROOMS, _rooms(operator), _NO_ROOM)


async def _rooms_of_all(operator: Operator) -> Outcome:
    at = await servers_of_rooms(operator)
    return Table((*_ROOMS, "servers"), [(*row, at.get(str(row[0]), [])) for row in _rooms(operator)], _NO_ROOM)


def _rooms(operator: Operator) -> list[tuple[object, ...]]:
    found = sorted(operator.hub.census, key=lambda record: (-len(record.people), record.name))
    return [(r.name, len(r.people), r.topic, _note(r.terms)) for r in found]


def _note(terms: Terms) -> list[str]:
    notes = {
        "private": terms.is_private,
        "secret": terms.has(SecretSet),
        "key": terms.has_key,
        f"limit {terms.limit}": terms.limit is not None,
        "moderated": terms.has(ModeratedSet),
        "open to outside": terms.hears_outside,
        "topic locked": terms.locks_topic,
    }
    return [note for note, holds in notes.items() if holds]


@verb("bans", "lists the bans, mutes, locks and standing announcements that are in force")
def bans(operator: Operator) -> Outcome:
    lasting = ("ban", "mute", "lock", "announce")
    acts = [act for verb in lasting for act in operator.hub.rules.in_force(verb, operator.now)]
    rows = [(a.number, a.verb, whom(a), moment(a.until) or "for good", a.text, abridged(a.who)) for a in acts]
    return Table(("act", "verb", "subject", "until", "reason", "by"), rows, "Nothing is in force.")


@verb("where", "lists the addresses by which others join, the best first")
async def where(operator: Operator) -> Outcome:
    place = operator.hub.place
    await place.look_around()
    rows = [(way.url, way.interface, way.kind, way.typed or "in a browser") for way in place.ways()]
    closed = "Nobody beyond this machine can join. Start the server with --open to let others in."
    nothing = "This machine has no address now by which others could join." if place.is_open else closed
    return Table(("address", "by", "kind", "how"), rows, nothing)


# --- what is and was said


def _shown(is_labelled: bool) -> Callable[[Entry], str]:
    format = LineFormat(replace(ENGLISH, zone=MachineZone()), labels=is_labelled, stamps=True)
    return lambda entry: format.event(entry).decode().rstrip("\r\n")


@verb("tail [ROOM]", "shows what happens in a room, or everywhere, as it happens")
def tail(operator: Operator, room: str = "") -> Outcome:
    only = _room(operator, room) if room else ""
    wanted = {only, EVERYWHERE} if only else None

    def watch(take: Callable[[Entry], None]) -> Callable[[], None]:
        def watcher(entries: Sequence[Entry]) -> None:
            for entry in entries:
                if wanted is None or entry.event.room in wanted:
                    take(entry)

        return operator.hub.pipeline.watch(watcher)

    return Live(watch, _shown(is_labelled=wanted is None), "" if only in operator.hub.rooms else only)


@verb("history [ROOM] [--count NUMBER]", "shows what was said last in a room")
async def history(operator: Operator, room: str = names.LOBBY, count: int = 20) -> Outcome:
    found = await lines(operator.hub.log, _room(operator, room), max(1, min(count, MOST_LINES)), None)
    return LogLines(found, _shown(is_labelled=False))


@verb("search WORDS... [--room ROOM] [--since TIME]", "finds lines with all of these words, newest last")
async def search(operator: Operator, words: str, room: str = "", since: str = "") -> Outcome:
    wanted = tuple(clean(words).split())
    if not wanted:
        raise WrongUse(search.usage)
    seconds = parse_duration(since) if since else None
    where = (_room(operator, room),) if room else (*operator.hub.rooms, EVERYWHERE)
    query = Query(wanted, where, since=None if seconds is None else operator.now - seconds)
    found = await operator.hub.log.search(query)
    return LogLines([*found.entries][::-1], _shown(is_labelled=True))


# --- the server


@verb("stats", "shows how much there is of everything")
def stats(operator: Operator) -> Outcome | Coroutine[Any, Any, Outcome]:
    if operator.hub.elsewhere.has_servers:
        return figures_of_all(operator)
    return Table(("what", "value"), shown_figures(figures_of(operator.administration)))
