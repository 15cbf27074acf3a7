"""CHATHISTORY: the past of a room, asked for by a line or a time; and MARKREAD: up to when it was read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from twisted.internet.defer import Deferred

from twistchat.core.events import Entry, TopicSet
from twistchat.core.intake import Doing
from twistchat.core.names import LOBBY
from twistchat.core.ports import Log
from twistchat.errors import ChatError, NotRead
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_HISTORY
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import CHANNEL, channel, stamp
from twistchat.wire.irc_lines import IrcLine

BEYOND = 2**63 - 1
"""Above every number."""

_TIME = re.compile(r"timestamp=([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:\.[0-9]{1,6})?)Z")
_MSGID = re.compile(r"msgid=([0-9]{1,18})")

_MILLISECOND, _HALF_A_MICROSECOND = 1e-3, 5e-7


class _Wrong(Exception):
    """A CHATHISTORY that cannot be answered, with its code and its sentence."""


class _Place(NamedTuple):
    """A place between lines: the numbers of what is up to it, and from it on."""

    before: int
    """What is before it is below this number."""
    after: int
    """What is after it is above this number."""


@irc_command("CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS target place [place] limit", price=0.5)
async def _chathistory(member: IrcMember, line: IrcLine) -> None:
    asked = line.params[0].upper() if line.params else ""
    try:
        if asked == "TARGETS":
            await _targets(member, line)
        elif asked in _ASKED:
            await _lines(member, line, asked)
        else:
            raise _Wrong("INVALID_PARAMS", "There is no such subcommand.")
    except _Wrong as wrong:
        code, text = wrong.args
        context = [asked] if asked else []
        if code == "INVALID_TARGET":
            context.append(word(line.params[1]))
        member.fail("CHATHISTORY", code, *context, text=text)
    except NotRead as error:
        member.fail("CHATHISTORY", "MESSAGE_ERROR", asked, text=member.format.say(error))


async def _lines(member: IrcMember, line: IrcLine, asked: str) -> None:
    places = _ASKED[asked]
    if len(line.params) < 3 + places:
        raise _Wrong("INVALID_PARAMS", "Something is missing: a target, a place, a limit.")
    room = _readable(member, line.params[1])
    limit = _limit(line.params[2 + places])
    found = await _found(member, room, asked, line.params[2 : 2 + places], limit)
    if "draft/event-playback" not in member.caps:
        found = [entry for entry in found if not isinstance(entry.event, TopicSet)]
    member.send(b"".join(member.format.history(room, found, member.next_batch("h"))))


def _readable(member: IrcMember, target: str) -> str:
    """The room that a target names, if its past may be read: one's own, and the lobby, which everybody enters."""
    try:
        room = member.room(target) if target.startswith(CHANNEL) else ""
    except ChatError:
        room = ""
    if not room or (room != LOBBY and room not in member.person.rooms):
        raise _Wrong("INVALID_TARGET", "You are not in that room; private messages are not stored.")
    return room


def _limit(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not int(text):
        raise _Wrong("INVALID_PARAMS", "The limit is a number above 0.")
    return min(int(text), MOST_HISTORY)


async def _place(member: IrcMember, text: str) -> _Place:
    log = member.person.shared.log
    if found := _MSGID.fullmatch(text):
        return _Place(int(found[1]), int(found[1]))
    time = _time(text)
    if time is None:
        raise _Wrong("INVALID_MSGREFTYPE" if "=" in text else "INVALID_PARAMS", "A place is msgid= or timestamp=.")
    before = await log.first_since(time - _HALF_A_MICROSECOND)
    after = await log.first_since(time + _MILLISECOND - _HALF_A_MICROSECOND)
    return _Place(before, after - 1)


def _time(text: str) -> float | None:
    """The time that a place gives, in seconds since 1970."""
    found = _TIME.fullmatch(text)
    try:
        return None if found is None else datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


async def _found(member: IrcMember, room: str, asked: str, places: Sequence[str], limit: int) -> Sequence[Entry]:
    census = member.person.shared.census
    past = _Past(member.person.shared.log, room, census.sealed(room))
    return census.shown(await _sought(member, past, asked, places, limit))


class _Past(NamedTuple):
    """What was said in a room, as far as anybody is shown it."""

    log: Log
    room: str
    sealed: int

    def between(self, after: int, before: int, limit: int, newest: bool) -> Deferred[Sequence[Entry]]:
        return self.log.between(self.room, max(after, self.sealed), before, limit, newest)


async def _sought(member: IrcMember, past: _Past, asked: str, places: Sequence[str], limit: int) -> Sequence[Entry]:
    if asked == "LATEST" and places[0] == "*":
        return await past.between(0, BEYOND, limit, True)
    first = await _place(member, places[0])
    match asked:
        case "LATEST":
            return await past.between(first.after, BEYOND, limit, True)
        case "BEFORE":
            return await past.between(0, first.before, limit, True)
        case "AFTER":
            return await past.between(first.after, BEYOND, limit, False)
        case "AROUND":
            before = await past.between(0, first.before, limit // 2, True)
            after = await past.between(first.before - 1, BEYOND, limit - len(before), False)
            return [*before, *after]
    second = await _place(member, places[1])
    if second.before < first.before:
        return await past.between(second.after, first.before, limit, True)
    return await past.between(first.after, second.before, limit, False)


_ASKED = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2}
"""How many places each names."""


async def _targets(member: IrcMember, line: IrcLine) -> None:
    """Tell in which of one's rooms something was said, and when it was last."""
    times = [_time(text) for text in line.params[1:3]]
    if len(line.params) < 4 or None in times:
        raise _Wrong("INVALID_PARAMS", "Two times and a limit are needed: timestamp=2026-03-01T12:00:00.000Z.")
    earliest, latest = sorted(time for time in times if time is not None)
    last = [(room, await _found(member, room, "LATEST", ["*"], 1)) for room in list(member.person.rooms)]
    found = sorted((entries[0].time, room) for room, entries in last if entries)
    server, batch = member.network.server, member.next_batch("t")
    tag = f"@batch={batch} " if "batch" in member.caps else ""
    shown = [(time, room) for time, room in found if earliest < time < latest][: _limit(line.params[3])]
    lines = [f"{tag}:{server} CHATHISTORY TARGETS {channel(room)} {stamp(time)}" for time, room in shown]
    if tag:
        lines = [f":{server} BATCH +{batch} draft/chathistory-targets", *lines, f":{server} BATCH -{batch}"]
    member.tell(*lines)


# --- up to when something was read
@irc_command("MARKREAD target [timestamp=time]", price=0.2, counts_as_activity=False)
def _markread(member: IrcMember, line: IrcLine) -> Doing | None:
    if not line.params or not line.params[0]:
        member.fail("MARKREAD", "NEED_MORE_PARAMS", text="Whose mark is missing: MARKREAD #room.")
        return None
    target = member.shown_room(line.params[0])
    if len(line.params) > 1:
        time = _time(line.params[1])
        if time is None or not member.find_marks().set(target, f"timestamp={stamp(time)}", member):
            text = "That is no time, or there are too many marks. Give one such as timestamp=2026-03-01T12:00:00.000Z."
            member.fail("MARKREAD", "INVALID_PARAMS", word(target), text=text)
            return None
    member.tell(f":{member.network.server} MARKREAD {member.mark(word(target))}")
    return None


ROWS = (_chathistory, _markread)
