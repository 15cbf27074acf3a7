"""Verbs that show something. They are listed in verbs.py."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from twistchat import __version__
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import MOST_LINES, Live, LogLines, Outcome, Table, abridged, moment, whom
from twistchat.admin.verb import verb
from twistchat.core import names
from twistchat.core.bans import parse_duration
from twistchat.core.commands.recall import lines
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


def _room(operator: Operator, room: str) -> str:
    return names.checked_room(room, operator.hub.limits.name_chars)


@verb("who [ROOM]", "lists the people, their addresses and how long they are here")
def who(operator: Operator, room: str = "") -> Outcome:
    wanted = _room(operator, room) if room else None
    if wanted is not None and wanted not in operator.hub.rooms:
        raise NoSuchRoom(wanted)
    muted = set(operator.moderation.silenced())
    people = [each for each in operator.hub.everyone if each.is_welcome and (wanted is None or wanted in each.rooms)]
    now = operator.hub.clock.seconds()
    rows = [
        (
            person.name,
            person.client.interface,
            person.client.address,
            [*person.rooms],
            timedelta(seconds=now - person.since),
            timedelta(seconds=now - person.active),
            "muted" if person in muted else "",
        )
        for person in sorted(people, key=lambda each: each.shown_name.casefold())
    ]
    columns = ("name", "by", "address", "rooms", "here", "idle", "note")
    return Table(columns, rows, "Nobody is here.")


@verb("rooms", "lists the open rooms and their topics")
def rooms(operator: Operator) -> Outcome:
    found = sorted(operator.hub.census, key=lambda record: (-len(record.people), record.name))
    rows = [(r.name, len(r.people), r.topic, _note(r.terms)) for r in found]
    return Table(("room", "people", "topic", "note"), rows, "No room is open.")


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
def stats(operator: Operator) -> Outcome:
    hub, recent = operator.hub, operator.journal.recent
    by = Counter(person.client.interface for person in hub.everyone)
    used = resource.getrusage(resource.RUSAGE_SELF)
    rows: list[tuple[str, object]] = [
        ("version", __version__),
        ("up", timedelta(seconds=hub.clock.seconds() - operator.administration.started)),
        ("people", len(hub.roster)),
        *((f"connections by {interface}", count) for interface, count in sorted(by.items())),
        ("rooms", len(hub.rooms)),
        ("lines waiting for the log", hub.pipeline.pending),
        ("acts in the audit", recent[-1].number if recent else 0),
        ("processor time", timedelta(seconds=used.ru_utime + used.ru_stime)),
        ("most memory, MiB", used.ru_maxrss // 1024),
    ]
    return Table(("what", "value"), rows)
