"""Verbs that do something: announcing, and keeping order. They are listed in verbs.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from twistchat.admin.nearest import nearest_name
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, clock_time, moment
from twistchat.admin.verb import verb
from twistchat.core.addresses import is_loopback
from twistchat.core.bans import Act
from twistchat.core.durations import parse_duration, time_and_reason
from twistchat.core.hub import Hub
from twistchat.core.identity import is_key_mark
from twistchat.core.moderation import shown_names
from twistchat.core.names import key
from twistchat.core.person import Person
from twistchat.core.text import counted


def _ends(act: Act) -> str:
    return "for good" if act.until is None else f"until {clock_time(act.until)}"


def _time_and_reason(duration: str, reason: str) -> tuple[float | None, str]:
    """For how long, in seconds or for good, and why; `ban bob 2h spam` is meant as `ban bob --for 2h spam` is."""
    return (parse_duration(duration), reason) if duration else time_and_reason(reason)


def _reason(act: Act) -> str:
    """What whoever is meant is told; it may have been meant otherwise, as the room in `lock lobby`."""
    return f" Reason: {act.text}." if act.text else ""


def _everybody(hub: Hub) -> int:
    """How many people there are, at whatever server."""
    if not hub.elsewhere.has_servers:
        return len(hub.roster)
    here = {key(person.name) for person in hub.roster if person.name is not None}
    return len(here.union(*(record.people for record in hub.census)))


def _facts(act: Act, found: Sequence[Person] = ()) -> dict[str, object]:
    until: datetime | None = moment(act.until)
    facts: dict[str, object] = {"act": act.number, "verb": act.verb, "subject": act.subject, "until": until}
    return {**facts, "also": list(act.also), "people": shown_names(found)}


def _met(operator: Operator, act: Act, found: Sequence[Person], what: str, all: bool) -> Sentence:
    """Who here is meant; a name that nobody has may be one that was mistyped."""
    facts = _facts(act, found)
    if found:
        return Sentence(f"{_with(act) if all else ''}{_here(found)}", facts)
    far = operator.hub.elsewhere.name_of(act.subject)
    if far is not None:
        return Sentence(f"{_with(act) if all else ''} At another server now: {far}.", {**facts, "people": [far]})
    nobody, meant = "Nobody here is called", None
    if is_key_mark(act.subject):
        nobody = "Nobody here has the key"
    elif _has_network(act):
        nobody = "Nobody here comes from"
    else:
        meant = nearest_name(operator.hub, act.subject)
    perhaps = "" if meant is None else f" Did you mean {meant}?"
    how = f"by that name {'and the keys that prove it' if act.also else 'alone'}" if all else "all the same"
    return Sentence(f" {nobody} {act.subject}; {what} {how}.{perhaps}", {**facts, "nearest": meant})


def _with(act: Act) -> str:
    """By what beside the name somebody is meant; what is missing there they have not, or share."""
    kinds = dict.fromkeys("their key" if is_key_mark(text) else text for text in act.also)
    return f" With the name: {' and '.join(kinds)}." if kinds else " There is nothing else to know them by."


def _has_network(act: Act) -> bool:
    return any("/" in text and not is_key_mark(text) for text in (act.subject, *act.also))


def _here(found: Sequence[Person]) -> str:
    return f" Here now: {', '.join(shown_names(found)) or 'somebody without a name'}." if found else ""


@verb("announce TEXT... [--sticky TIME]", "tells everyone in every room; with a time, also those who come within it")
async def announce(operator: Operator, text: str, sticky: str = "") -> Outcome:
    seconds = parse_duration(sticky) if sticky else None
    act, entry = await operator.moderation.announce(operator.who, text, seconds)
    heard = _everybody(operator.hub)
    facts = {**_facts(act), "line": entry.number, "heard": heard}
    whom = counted(heard, "person", "people")
    if act.until is None:
        return Sentence(f"Announced to {whom}.", facts)
    return Sentence(f"Announced to {whom}. Those who come are shown it {_ends(act)}.", facts, act.number)


@verb("say ROOM TEXT...", "tells everyone in one room")
async def say(operator: Operator, room: str, text: str) -> Outcome:
    act, entry = await operator.moderation.say(operator.who, room, text)
    heard = len(record.people) if (record := operator.hub.census.get(act.subject)) is not None else 0
    facts = {**_facts(act), "line": entry.number, "heard": heard}
    return Sentence(f"Said to {counted(heard, 'person', 'people')} in {act.subject}.", facts)


@verb("topic ROOM [TEXT...]", "sets a room's topic, or clears it")
async def topic(operator: Operator, room: str, text: str = "") -> Outcome:
    act = await operator.moderation.set_topic(operator.who, room, text)
    return Sentence(f"The topic of {act.subject} is {act.text or 'empty'}.", _facts(act), act.number)


@verb(
    "kick SUBJECT [REASON...]",
    "removes a person, or all from an address or network; they may come back",
)
async def kick(operator: Operator, subject: str, reason: str = "") -> Outcome:
    far = operator.hub.elsewhere.name_of(subject)
    act, found = await operator.moderation.kick(operator.who, subject, reason)
    unnamed = "somebody without a name" if found else f"whoever comes from {act.subject} at other servers"
    whom = ", ".join(shown_names(found)) or far or unnamed
    return Sentence(f"Removed: {whom}.", _facts(act, found))


@verb(
    "ban SUBJECT [--for TIME] [REASON...] [--all]",
    "keeps out a name, 10.1.2.3 or 10.1.0.0/16, for an hour; all: address and key too",
)
async def ban(operator: Operator, subject: str, duration: str = "", reason: str = "", all: bool = False) -> Outcome:
    act, found = await operator.moderation.ban(operator.who, subject, *_time_and_reason(duration, reason), all)
    addresses = {person.client.address for person in found if person.name is not None}
    elsewhere = sorted(address for address in addresses if not _has_network(act) and not is_loopback(address))
    hint = f" From {', '.join(elsewhere)}; banning a name leaves the address free." if elsewhere else ""
    met = _met(operator, act, found, "banned", all)
    return Sentence(f"{act.subject} is banned {_ends(act)}.{_reason(act)}{met.sentence}{hint}", met.facts, act.number)


@verb("unban SUBJECT", "ends the bans of a name, an address or a network")
async def unban(operator: Operator, subject: str) -> Outcome:
    act = await operator.moderation.lift("ban", operator.who, subject)
    return Sentence(f"{act.subject} is banned no more.", _facts(act), act.number)


@verb(
    "mute SUBJECT [--for TIME] [REASON...] [--all]",
    "lets a name, address or network read and not talk; hour and all as with ban",
)
async def mute(operator: Operator, subject: str, duration: str = "", reason: str = "", all: bool = False) -> Outcome:
    act, found = await operator.moderation.mute(operator.who, subject, *_time_and_reason(duration, reason), all)
    met = _met(operator, act, found, "muted", all)
    return Sentence(f"{act.subject} is muted {_ends(act)}.{_reason(act)}{met.sentence}", met.facts, act.number)


@verb("unmute SUBJECT", "lets a name, an address or a network talk again")
async def unmute(operator: Operator, subject: str) -> Outcome:
    act = await operator.moderation.lift("mute", operator.who, subject)
    return Sentence(f"{act.subject} is muted no more.", _facts(act), act.number)


@verb(
    "lock [--for TIME] [REASON...]",
    "lets nobody new in for an hour; who was here within the hour may come back",
)
async def lock(operator: Operator, duration: str = "", reason: str = "") -> Outcome:
    act = await operator.moderation.lock(operator.who, *_time_and_reason(duration, reason))
    return Sentence(f"Nobody new is let in {_ends(act)}.{_reason(act)}", _facts(act), act.number)


@verb("unlock", "lets new people in again")
async def unlock(operator: Operator) -> Outcome:
    act = await operator.moderation.lift("lock", operator.who)
    return Sentence("New people are let in.", _facts(act), act.number)


@verb("rename NAME NEW", "gives somebody another name")
async def rename(operator: Operator, name: str, new: str) -> Outcome:
    act = await operator.moderation.rename(operator.who, name, new)
    return Sentence(f"{act.subject} is now called {act.text}.", {**_facts(act), "name": act.text}, act.number)


@verb("close_room ROOM [REASON...]", "removes everybody from a room, which ends it")
async def close_room(operator: Operator, room: str, reason: str = "") -> Outcome:
    act, found = await operator.moderation.close_room(operator.who, room, reason)
    return Sentence(f"{act.subject} is closed.{_here(found)}", _facts(act, found))


@verb("undo NUMBER", "takes back an act, as far as it left something")
async def undo(operator: Operator, number: int) -> Outcome:
    before = operator.journal.find(number)
    act = await operator.moderation.undo(operator.who, number)
    return Sentence(f"{before.verb} {number} is taken back.", {**_facts(act), "undone": number}, act.number)
