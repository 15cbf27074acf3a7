"""Commands that look back, answered by the log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from operator import attrgetter

from twistchat.core import names
from twistchat.core.command_table import command
from twistchat.core.events import Entry
from twistchat.core.limits import parse_span
from twistchat.core.names import EVERYWHERE, LOBBY
from twistchat.core.ports import Log
from twistchat.core.queries import PAGE, Query
from twistchat.core.replies import Past, notice
from twistchat.core.session import Session
from twistchat.errors import NothingMore, NotInRoom, WrongUse

MOST_LINES = 100
"""Lines of one answer, and of what a person is told to have missed."""

MOST_CHARACTERS = 30_000
"""Characters of one answer: 120 KiB at most, so that it fits into a slow reader's backlog of 256 KiB."""

_HISTORY = "/history [N] [before NUMBER]"
_SEARCH = "/search WORDS [from:NAME] [since:2d] [in:ROOM]"

_HISTORY_ARGUMENT = re.compile(r"(?:(?P<count>[0-9]{1,9})(?!\S))?\s*(?:before\s+#?(?P<before>[0-9]{1,18}))?")
_PIECE = re.compile(r'"([^"]*)"|(\S+)')


async def lines(log: Log, room: str, count: int, before: int | None) -> Sequence[Entry]:
    """The newest lines of a room, oldest first, with what was announced to everyone among them."""
    found = [*await log.history(room, count, before), *await log.history(EVERYWHERE, count, before)]
    return sorted(found, key=attrgetter("number"))[-count:]


async def _log(session: Session) -> Log:
    """The log, once what the asker said a moment ago is in it."""
    await session.hub.drained()
    return session.hub.log


@command(_HISTORY, "shows what was said earlier, or before the line of that number", price=3.0)
async def _history(session: Session, argument: str) -> None:
    match = _HISTORY_ARGUMENT.fullmatch(argument.casefold())
    if match is None:
        raise WrongUse(_HISTORY)
    room = session.here
    count = max(1, min(int(match["count"] or PAGE), MOST_LINES))
    before = int(match["before"]) if match["before"] else None
    entries = _fitting(await lines(await _log(session), room, count, before))
    if not entries:
        session.tell(notice("no-history", "Nothing older is stored of {room}.", room=room))
        return
    hint = notice(
        "older", "/history {count} before {number} shows what is older.", count=count, number=entries[0].number
    )
    session.tell(Past(room, entries, numbered=True), hint)


@command("/missed", "shows what was said here while you were away", price=3.0)
async def _missed(session: Session, _argument: str) -> None:
    room = session.here
    missed = await (await _log(session)).missed(room, session.shown_name, MOST_LINES)
    if missed is None:
        session.tell(notice("never-left", "Nothing is known of an earlier stay in {room}. Try /history.", room=room))
        return
    entries = _fitting(missed.entries)
    if not entries:
        session.tell(notice("nothing-missed", "You missed nothing in {room}.", room=room))
        return
    older = missed.older + len(missed.entries) - len(entries)
    if older:
        sentence = "{count} older lines are in /history: type /history before {number}"
        session.tell(notice("missed-older", sentence, count=older, number=entries[0].number))
    session.tell(Past(room, entries, numbered=True))


@command(_SEARCH, "finds lines with these words or parts of words, newest first", price=5.0)
async def _search(session: Session, argument: str) -> None:
    await _show(session, _query(session, argument))


@command("/more", "goes on with the last search", price=5.0)
async def _more(session: Session, _argument: str) -> None:
    query, session.more = session.more, None
    rooms = () if query is None else _readable(session, query.rooms)
    if query is None or not rooms:
        raise NothingMore
    await _show(session, replace(query, rooms=rooms))


async def _show(session: Session, query: Query) -> None:
    entries, before = await (await _log(session)).search(query)
    session.more = None if before is None else replace(query, before=before)
    if entries:
        rooms = [room for room in query.rooms if room != EVERYWHERE]
        session.tell(Past("" if len(rooms) > 1 else rooms[0], entries, numbered=True))
    if before is None:
        is_first = not entries and query.before is None
        session.tell(notice("found-all", "Nothing was found." if is_first else "Nothing else was found."))
    elif len(entries) < PAGE:
        session.tell(notice("found-so-far", "Searched back to line {number}; /more goes on.", number=before))
    else:
        session.tell(notice("found-more", "/more shows older ones."))


def _query(session: Session, argument: str) -> Query:
    """Read what somebody searches for; whatever is no filter is a word, as they typed it."""
    words: list[str] = []
    filters: dict[str, str] = {}
    for quoted, plain in _PIECE.findall(argument):
        key, colon, value = plain.partition(":")
        if colon and value and key.casefold() in ("from", "since", "in"):
            filters[key.casefold()] = value
        elif quoted or plain:
            words.append(quoted or plain)
    if not words and "from" not in filters:
        raise WrongUse(_SEARCH)
    return Query(tuple(words), _rooms(session, filters.get("in")), filters.get("from"), _since(session, filters))


def _since(session: Session, filters: dict[str, str]) -> float | None:
    if "since" not in filters:
        return None
    try:
        return session.hub.clock.seconds() - parse_span(filters["since"])
    except ValueError:
        raise WrongUse(_SEARCH) from None


def _rooms(session: Session, named: str | None) -> tuple[str, ...]:
    """The rooms to search.

    Raises:
        NotInRoom: A room is named that the person may not read.
    """
    if named is None:
        return _readable(session, (LOBBY, *session.rooms, EVERYWHERE))
    room = names.checked_room(named, session.hub.limits.name_chars)
    if not _readable(session, (room,)):
        raise NotInRoom(room)
    return (room,)


def _readable(session: Session, rooms: Sequence[str]) -> tuple[str, ...]:
    """Those rooms that the person may read: the ones they are in, and the lobby, which everybody enters."""
    return tuple(room for room in dict.fromkeys(rooms) if room in (LOBBY, EVERYWHERE) or room in session.rooms)


def _fitting(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The newest of some entries that fit into one answer, and at least one."""
    room = MOST_CHARACTERS

    def fits(entry: Entry) -> bool:
        nonlocal room
        fitted, room = room, room - len(str(entry.event))
        return fitted == MOST_CHARACTERS or room >= 0

    return [*takewhile(fits, reversed(entries))][::-1]


ROWS = (_history, _missed, _search, _more)
