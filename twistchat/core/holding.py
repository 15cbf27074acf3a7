"""What holds in a room by its moderators' acts, as people are told of it, whoever begins or ends it.

Rule 1: all moderators of a room are told what begins and what ends to hold there, by the administrator too: the buttons
    of their pages go by it.
Rule 2: whoever is muted, or may talk again, is told so; to somebody whom another mute holds for, nothing is promised.
Rule 3: moderators are told of people whom a mute of another name holds for: it goes by key and address, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from twistchat.core.bans import Act, subjects_of
from twistchat.core.replies import Notice, Refused, notice
from twistchat.core.shared import SharedState
from twistchat.core.subjects import is_same_subject
from twistchat.errors import Phrase, Restricted

MOST_MUTES_SHOWN = 100
"""Mutes that a moderator who comes is told of, and people whom those of others' names hold for."""

ADMINISTRATOR = Phrase("The administrator")

_VERBS = ("lock", "topic", "mute")


def in_force(shared: SharedState[Any], *rooms: str) -> list[Act]:
    """The moderators' acts that hold in some rooms; without any, in all."""
    acts = [act for verb in _VERBS for act in shared.rules.in_force(verb, shared.wall()) if act.room]
    return [act for act in acts if not rooms or act.room in rooms]


def shown_in(shared: SharedState[Any], room: str) -> Iterator[Notice]:
    """What a moderator who comes is told of what holds in their room."""
    yield from map(begun, in_force(shared, room)[-MOST_MUTES_SHOWN:])
    muted = [told for person in people(shared, room) if (told := muted_too(person, room)) is not None]
    yield from muted[:MOST_MUTES_SHOWN]


def people(shared: SharedState[Any], room: str) -> list[Any]:
    """Who is in a room and does not moderate it."""
    here = [each for each in shared.roster if each.membership.will_be_in(room)]
    return [each for each in here if each.rights.post(room) is None]


# --- what moderators are told


def begun(act: Act) -> Notice:
    """What the moderators of a room are told of an act that lasts."""
    data = {"by": act.who, "room": act.room, "until": act.ends}
    if act.verb == "lock":
        return notice("room-locked", "{by} locked {room} until {until}: nobody new can join. /unlock ends it.", **data)
    if act.verb == "topic":
        sentence = "{by} set the topic of {room}; it stays until {until}. /topic --open lets everybody set it again."
        return notice("topic-held", sentence, **data)
    if act.subject:
        sentence = "{by} muted {name} in {room} until {until}. /unmute {name} ends it."
        return notice("room-muted", sentence, **data, name=act.subject)
    sentence = "{by} muted everybody in {room} until {until}. /unmute --all ends it."
    return notice("room-all-muted", sentence, **data)


def ended(act: Act, by: str, name: str = "") -> Notice:
    """What they are told when an act holds no more.

    Args:
        act: The act.
        by: Who ended it.
        name: Whom a mute held for, if not whom it was about.
    """
    data = {"by": by, "room": act.room}
    if act.verb == "lock":
        return notice("room-unlocked", "{by} unlocked {room}.", **data)
    if act.verb == "topic":
        return notice("topic-open", "{by} lets everybody set the topic of {room} again.", **data)
    if act.subject:
        return notice("room-unmuted", "{by} let {name} talk in {room} again.", **data, name=name or act.subject)
    return notice("room-all-unmuted", "{by} let everybody in {room} talk again.", **data)


def muted_too(person: Any, room: str) -> Notice | None:
    """What they are told of somebody whom the mute of another name holds for."""
    act = person.rights.muted_as(room)
    if act is None:
        return None
    sentence = (
        "{name} is muted in {room} until {until}, as {other} is: the key or address is one. /unmute {name} ends both."
    )
    return notice("room-muted-too", sentence, name=person.shown_name, room=room, until=act.ends, other=act.subject)


def tell_moderators(shared: SharedState[Any], room: str, *told: Notice) -> None:
    """Tell all moderators of a room."""
    for person in shared.roster if told else ():
        if person.rights.post(room) is not None:
            person.tell(*told)


def tell_of_coming(person: Any, room: str) -> None:
    """Tell the moderators of a room where somebody comes whom the mute of another name holds for."""
    tell_moderators(person.shared, room, *filter(None, [muted_too(person, room)]))


# --- what those are told for whom it holds


def remind(person: Any, room: str) -> bool:
    """Tell somebody that they may not talk in a room, as far as that is so; false where they may."""
    try:
        person.rights.check_voice(room)
    except Restricted as refusal:
        person.tell(Refused(refusal))
        return True
    return False


def encourage(person: Any, room: str) -> None:
    """Tell somebody for whom a mute holds no more that they may talk again, unless another does."""
    if not remind(person, room):
        person.tell(notice("voice", "You may talk in {room} again.", room=room))


# --- for whom it holds


def muted_by(shared: SharedState[Any], mutes: Iterable[Act], room: str) -> list[Any]:
    """Who is in a room and was muted by one of some acts."""
    return muted_among(people(shared, room), mutes)


def muted_among(people: Iterable[Any], mutes: Iterable[Act]) -> list[Any]:
    """Which of some people were muted by one of some acts."""
    acts = [*mutes]
    return [each for each in people if any(_holds_for(act, each) for act in acts)]


def unmuted(shared: SharedState[Any], mutes: Iterable[Act], by: str, *also: str) -> Iterator[Notice]:
    """What moderators are told of mutes about somebody that hold no more: each name once that none holds for now.

    Args:
        shared: The chat.
        mutes: The acts, of one room.
        by: Who ended them.
        also: Further names that these held for.
    """
    acts = [*mutes]
    said: list[str] = []
    for name in (*also, *(act.subject for act in acts)):
        still = (act for act in in_force(shared, acts[0].room) if act.verb == "mute")
        if not any(is_same_subject(name, one) for one in (*said, *(act.subject for act in still))):
            said.append(name)
            yield ended(acts[0], by, name)


async def tell_of_change(shared: SharedState[Any], before: Iterable[Act], by: str = ADMINISTRATOR) -> None:
    """Tell of moderators' acts that an administrator, or somebody at another server, has ended or put in force.

    What another act of its kind has replaced did not end.

    Args:
        shared: The chat.
        before: What was in force before.
        by: Who has.
    """
    held = {act.number: act for act in before}
    now = {act.number: act for act in in_force(shared)}
    begins = {(now[number].verb, now[number].room, now[number].subject) for number in now.keys() - held.keys()}
    for act in (now[number] for number in now.keys() - held.keys()):
        tell_moderators(shared, act.room, begun(act))
        if act.verb == "mute":
            await shared.turn.each(muted_by(shared, [act], act.room), partial(_remind_in, act.room))
    for act in (held[number] for number in held.keys() - now.keys()):
        if (act.verb, act.room, act.subject) not in begins:
            await _tell_of_end(shared, act, by)


async def _tell_of_end(shared: SharedState[Any], act: Act, by: str) -> None:
    if act.is_over(shared.wall()):
        return
    here = muted_by(shared, [act], act.room) if act.verb == "mute" else []
    if act.verb == "mute" and act.subject:
        names = [each.shown_name for each in here]
        tell_moderators(shared, act.room, *unmuted(shared, [act], by, *names))
    else:
        tell_moderators(shared, act.room, ended(act, by))
    await shared.turn.each(here, lambda each: encourage(each, act.room))


def _remind_in(room: str, person: Any) -> None:
    remind(person, room)


def _holds_for(act: Act, person: Any) -> bool:
    return not act.subject or any(subject.covers(person.identity) for subject in subjects_of(act))
