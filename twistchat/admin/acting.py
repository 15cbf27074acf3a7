"""Verbs that do something: announcing, and keeping order. Rows of the table in verbs.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from twistchat.admin.desk import Desk
from twistchat.admin.tables import Answer, Done, clock_time, moment
from twistchat.admin.verbs import verb
from twistchat.core.addresses import is_loopback
from twistchat.core.bans import Act, parse_duration
from twistchat.core.moderation import shown_names
from twistchat.core.session import Session

HOUR = "1h"
"""How long things last unless it is said; what shall last for good must be said."""


def _ends(act: Act) -> str:
    return "for good" if act.until is None else f"until {clock_time(act.until)}"


def _facts(act: Act, found: Sequence[Session] = ()) -> dict[str, object]:
    until: datetime | None = moment(act.until)
    facts: dict[str, object] = {"act": act.number, "verb": act.verb, "subject": act.subject, "until": until}
    return {**facts, "people": shown_names(found)}


def _here(found: Sequence[Session]) -> str:
    return f" Here now: {', '.join(shown_names(found)) or 'somebody without a name'}." if found else ""


def _undo(act: Act) -> str:
    return f" undo {act.number} takes it back."


@verb("announce TEXT... [--sticky TIME]", "tells everyone in every room; with a time, also those who come within it")
async def announce(desk: Desk, text: str, sticky: str = "") -> Answer:
    seconds = parse_duration(sticky) if sticky else None
    act, entry = await desk.moderation.announce(desk.who, text, seconds)
    heard = len(desk.hub.roster)
    shown = f" Those who come are shown it {_ends(act)}.{_undo(act)}" if act.until else ""
    return Done(f"Announced to {heard} people.{shown}", {**_facts(act), "line": entry.number, "heard": heard})


@verb("say ROOM TEXT...", "tells everyone in one room")
async def say(desk: Desk, room: str, text: str) -> Answer:
    act, entry = await desk.moderation.say(desk.who, room, text)
    heard = len(desk.hub.rooms[act.subject]) if act.subject in desk.hub.rooms else 0
    return Done(f"Said to {heard} people in {act.subject}.", {**_facts(act), "line": entry.number, "heard": heard})


@verb("topic ROOM [TEXT...]", "sets a room's topic, or clears it")
async def topic(desk: Desk, room: str, text: str = "") -> Answer:
    act = await desk.moderation.set_topic(desk.who, room, text)
    return Done(f"The topic of {act.subject} is {act.text or 'empty'}.{_undo(act)}", _facts(act))


@verb("kick SUBJECT [REASON...]", "puts out a person, or all from an address or network; they may come back")
def kick(desk: Desk, subject: str, reason: str = "") -> Answer:
    act, found = desk.moderation.kick(desk.who, subject, reason)
    return Done(f"Put out: {', '.join(shown_names(found)) or 'somebody without a name'}.", _facts(act, found))


@verb(
    "ban SUBJECT [--for TIME] [REASON...]", "keeps out a name, 10.1.2.3 or 10.1.0.0/16; for an hour if no time is given"
)
def ban(desk: Desk, subject: str, duration: str = HOUR, reason: str = "") -> Answer:
    act, found = desk.moderation.ban(desk.who, subject, parse_duration(duration), reason)
    addresses = {session.client.address for session in found if session.name is not None}
    elsewhere = sorted(address for address in addresses if "/" not in act.subject and not is_loopback(address))
    hint = f" From {', '.join(elsewhere)}; banning a name leaves the address free." if elsewhere else ""
    return Done(f"{act.subject} is banned {_ends(act)}.{_here(found)}{hint}{_undo(act)}", _facts(act, found))


@verb("unban SUBJECT", "ends the bans of a name, an address or a network")
def unban(desk: Desk, subject: str) -> Answer:
    act = desk.moderation.lift("ban", desk.who, subject)
    return Done(f"{act.subject} is banned no more.{_undo(act)}", _facts(act))


@verb(
    "mute SUBJECT [--for TIME] [REASON...]",
    "lets a name, an address or a network read and not talk; for an hour likewise",
)
def mute(desk: Desk, subject: str, duration: str = HOUR, reason: str = "") -> Answer:
    act, found = desk.moderation.mute(desk.who, subject, parse_duration(duration), reason)
    return Done(f"{act.subject} is muted {_ends(act)}.{_here(found)}{_undo(act)}", _facts(act, found))


@verb("unmute SUBJECT", "lets a name, an address or a network talk again")
def unmute(desk: Desk, subject: str) -> Answer:
    act = desk.moderation.lift("mute", desk.who, subject)
    return Done(f"{act.subject} is muted no more.{_undo(act)}", _facts(act))


@verb("lock [--for TIME] [REASON...]", "lets nobody new in, and who is here stay; for an hour likewise")
def lock(desk: Desk, duration: str = HOUR, reason: str = "") -> Answer:
    act = desk.moderation.lock(desk.who, parse_duration(duration), reason)
    return Done(f"Nobody new is let in {_ends(act)}.{_undo(act)}", _facts(act))


@verb("unlock", "lets new people in again")
def unlock(desk: Desk) -> Answer:
    act = desk.moderation.lift("lock", desk.who)
    return Done(f"New people are let in.{_undo(act)}", _facts(act))


@verb("rename NAME NEW", "gives somebody another name")
def rename(desk: Desk, name: str, new: str) -> Answer:
    act = desk.moderation.rename(desk.who, name, new)
    return Done(f"{act.subject} is now called {act.text}.{_undo(act)}", {**_facts(act), "name": act.text})


@verb("close_room ROOM [REASON...]", "puts everybody out of a room, which ends it")
def close_room(desk: Desk, room: str, reason: str = "") -> Answer:
    act, found = desk.moderation.close_room(desk.who, room, reason)
    return Done(f"{act.subject} is closed.{_here(found)}", _facts(act, found))


@verb("undo NUMBER", "takes back an act, as far as it left something")
async def undo(desk: Desk, number: int) -> Answer:
    before = desk.office.journal.find(number)
    act = await desk.moderation.undo(desk.who, number)
    return Done(f"{before.verb} {number} is taken back.{_undo(act)}", {**_facts(act), "undone": number})
