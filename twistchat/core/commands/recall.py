"""Commands that look back, answered by the log."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from itertools import takewhile
from operator import attrgetter
from typing import TypeVar

from twistchat.core import names
from twistchat.core.command_table import command
from twistchat.core.dates import Stretch, parse_date
from twistchat.core.events import Entry
from twistchat.core.names import EVERYWHERE, LOBBY, Place
from twistchat.core.person import Person
from twistchat.core.ports import Log
from twistchat.core.queries import PAGE, Older, Query
from twistchat.core.replies import Past, notice
from twistchat.errors import NotADate, NothingMore, NotInRoom, WrongUse

T = TypeVar("T")

MOST_LINES = 100
"""Lines of one answer, and of what a person is told to have missed."""

_HISTORY = "/history [N] [before NUMBER|DATE]"
_SEARCH = "/search WORDS [from:NAME] [in:ROOM] [since:2d] [before:DATE] [after:DATE] [on:DATE]"

_HISTORY_ARGUMENT = re.compile(
    r"(?:(?P<count>[0-9]{1,9})(?!\S))?\s*(?:before\s+(?:#?(?P<before>[0-9]{1,18})|(?P<time>\S+)))?"
)
_DATES = ("since", "on", "before", "after")
_FILTERS = ("from", "in", *_DATES)
_PIECE = re.compile(r'"([^"]*)"|(\S+)')
_FILTER = re.compile("([a-z]+)[:\uff1a](.+)", re.IGNORECASE)
"""With either colon, as a Chinese keyboard types the wide one."""


async def lines(log: Log, room: str, count: int, before: int | None) -> Sequence[Entry]:
    """The newest lines of a room, oldest first, with what was announced to everyone among them."""
    found = [*await log.history(room, count, before), *await log.history(EVERYWHERE, count, before)]
    return sorted(found, key=attrgetter("number"))[-count:]


async def _log(person: Person) -> Log:
    """The log, once what the asker said a moment ago is in it."""
    await person.shared.pipeline.drained()
    return person.shared.log


async def _in_time(person: Person, asked: Awaitable[T]) -> T:
    """What the log answers, once the turn has time for it: its threads may answer many at once."""
    answer = await asked
    await person.shared.turn.time()
    return answer


@command(_HISTORY, "shows what was said earlier, or before the line of that number or that day", price=3.0)
async def _history(person: Person, argument: str) -> None:
    match = _HISTORY_ARGUMENT.fullmatch(argument.casefold())
    if match is None:
        raise WrongUse(_HISTORY)
    room = person.membership.here
    count = max(1, min(int(match["count"] or PAGE), MOST_LINES))
    log = await _log(person)
    before = int(match["before"]) if match["before"] else None
    if match["time"]:
        before = await log.first_since(_date(person, match["time"]).begins)
    await _show_older(person, Older(room, count, before))


async def _show_older(person: Person, wanted: Older) -> None:
    room, count = wanted.room, wanted.count
    found = await _in_time(person, lines(await _log(person), room, count, wanted.before))
    _check_readable(person, room)
    entries = _fitting(person, person.shared.census.shown(found))
    person.more = replace(wanted, before=entries[0].number) if entries else None
    if not entries:
        person.tell(notice("no-history", "Nothing older is stored of {room}.", room=room))
        return
    hint = notice(
        "older", "/history {count} before {number} shows what is older.", count=count, number=entries[0].number
    )
    person.tell(Past(room, entries, numbered=True), hint)


@command("/missed", "shows what was said here while you were away", price=3.0)
async def _missed(person: Person, _argument: str) -> None:
    room = person.membership.here
    sealed = person.shared.census.sealed(room)
    missed = await _in_time(person, (await _log(person)).missed(room, person.shown_name, MOST_LINES, sealed))
    _check_readable(person, room)
    if missed is None:
        person.tell(notice("never-left", "Nothing is known of an earlier stay in {room}. Try /history.", room=room))
        return
    entries = _fitting(person, missed.entries)
    if not entries:
        person.tell(notice("nothing-missed", "You missed nothing in {room}.", room=room))
        return
    older = missed.older + len(missed.entries) - len(entries)
    if older:
        sentence = "Older lines: {count}. /history before {number} shows them."
        person.tell(notice("missed-older", sentence, count=older, number=entries[0].number))
    person.tell(Past(room, entries, numbered=True))


@command(_SEARCH, "finds lines with these words or parts of words, newest first", price=5.0)
async def _search(person: Person, argument: str) -> None:
    await _show(person, _query(person, argument))


@command("/more", "goes on with the last /search or /history", price=5.0)
async def _more(person: Person, _argument: str) -> None:
    query, person.more = person.more, None
    if isinstance(query, Older):
        if query.room not in person.rooms:
            raise NothingMore
        await _show_older(person, query)
        return
    if query is None:
        raise NothingMore
    await _show(person, query)


async def _show(person: Person, query: Query) -> None:
    log = await _log(person)
    rooms = _readable(person, query.rooms)
    if not rooms:
        raise NothingMore
    query = replace(query, rooms=rooms, after=_sealed(person, rooms))
    found, before = await _in_time(person, log.search(query))
    readable = _readable(person, rooms)  # they may have been put out of one meanwhile
    entries = _fitting(person, [entry for entry in found[::-1] if entry.event.room in readable])[::-1]
    if entries and entries[-1] is not found[-1]:
        before = entries[-1].number
    person.more = None if before is None else replace(query, before=before)
    if entries:
        named = [room for room in query.rooms if room is not EVERYWHERE]
        person.tell(Past(None if len(named) > 1 else named[0], entries, numbered=True))
    if before is None:
        is_first = not entries and query.before is None
        nothing = notice("found-nothing", "Nothing was found.")
        person.tell(nothing if is_first else notice("found-all", "Nothing else was found."))
    elif len(found) < PAGE and len(entries) == len(found):
        person.tell(notice("found-so-far", "Searched back to line {number}; /more goes on.", number=before))
    else:
        person.tell(notice("found-more", "/more shows older ones."))


def _query(person: Person, argument: str) -> Query:
    """Read what somebody searches for; whatever is no filter is a word, as they typed it."""
    words: list[str] = []
    filters: dict[str, str] = {}
    for quoted, plain in _PIECE.findall(argument):
        filtered = _FILTER.fullmatch(plain)
        if filtered is not None and filtered[1].casefold() in _FILTERS:
            filters[filtered[1].casefold()] = filtered[2]
        elif quoted or plain:
            words.append(quoted or plain)
    if not words and "from" not in filters:
        raise WrongUse(_SEARCH)
    begins, ends = _time(person, filters)
    return Query(tuple(words), _rooms(person, filters.get("in")), filters.get("from"), begins, until=ends)


def _time(person: Person, filters: dict[str, str]) -> tuple[float | None, float | None]:
    """From when on, and until when; the day itself is in it by `since` and `on`, not by `before` and `after`."""
    dates = {key: _date(person, value) for key, value in filters.items() if key in _DATES}
    earliest = [dates[key].begins for key in ("since", "on") if key in dates]
    earliest += [dates[key].ends for key in ("after",) if key in dates]
    latest = [dates[key].ends for key in ("on",) if key in dates]
    latest += [dates[key].begins for key in ("before",) if key in dates]
    return max(earliest, default=None), min(latest, default=None)


def _date(person: Person, written: str) -> Stretch:
    try:
        return parse_date(written, person.shared.wall(), person.shared.zone)
    except ValueError:
        raise NotADate(written) from None


def _rooms(person: Person, named: str | None) -> tuple[Place, ...]:
    """The rooms to search.

    Raises:
        NotInRoom: A room is named that the person may not read.
    """
    if named is None:
        return _readable(person, (LOBBY, *person.rooms, EVERYWHERE))
    room = names.checked_room(named, person.shared.limits.name_chars)
    _check_readable(person, room)
    return (room,)


def _check_readable(person: Person, room: str) -> None:
    """Make sure that the person may read a room, now that an answer is there.

    Raises:
        NotInRoom: They may not.
    """
    if not _readable(person, (room,)):
        raise NotInRoom(room)


def _readable(person: Person, rooms: Sequence[Place]) -> tuple[Place, ...]:
    """Those rooms that the person may read: the ones they are in, and the lobby, which everybody enters."""
    return tuple(room for room in dict.fromkeys(rooms) if room in (LOBBY, EVERYWHERE) or room in person.rooms)


def _sealed(person: Person, rooms: Sequence[Place]) -> dict[Place, int]:
    """Up to where the past of those rooms is shown to nobody, as far as there is such a place."""
    return {room: number for room in rooms if (number := person.shared.census.sealed(room))}


def _fitting(person: Person, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The newest of some entries, oldest first, that fit into one answer to that person, and at least one."""
    room = most = person.preferences.format.past_bytes

    def fits(entry: Entry) -> bool:
        nonlocal room
        fitted, room = room, room - len(str(entry.event).encode())
        return fitted == most or room >= 0

    return [*takewhile(fits, reversed(entries))][::-1]


ROWS = (_history, _missed, _search, _more)
