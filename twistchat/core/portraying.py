"""A person's own part of a portrait: written down in one process, put in place in another.

What is the session's, such as the lines that wait, is `twistchat.core.session`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twistchat.core.person import Person
from twistchat.core.portrait import Departed, SessionPortrait, Values, more_as, more_of


def person_as(person: Person, numbers: Mapping[Any, int], now: float) -> Values:
    """A person's fields of a `SessionPortrait`.

    Args:
        person: Whose.
        numbers: Of all who are connected.
        now: By the clock for intervals.
    """
    preferences, ownership = person.preferences, person.ownership
    since, earlier = person.announcements.portrait()
    return {
        "name": person.name,
        "connected": now - person.since,
        "idle": now - person.active,
        "key": person.key,
        "is_welcome": person.is_welcome,
        "away": person.away,
        "description": person.description,
        "echo": preferences.echo,
        "echo_private": preferences.echo_private,
        "times": preferences.times,
        "colours": preferences.colours,
        "past": preferences.past,
        "language": preferences.language,
        "ignored": [*preferences.ignored.values()],
        "shown_since": since,
        "shown_earlier": earlier,
        "rooms": [*person.rooms],
        "current": person.membership.current,
        "posts": person.rights.posts,
        "proofs": [*ownership.shown],
        "claimed": ownership.claimed,
        "wanted": ownership.wanted,
        "proven": ownership.proven,
        "more": more_as(person.more),
        **_reply_to_as(person.reply_to, numbers),
    }


def _reply_to_as(reply_to: Any, numbers: Mapping[Any, int]) -> Values:
    if reply_to is None or isinstance(reply_to, str):
        return {"reply_to": reply_to}
    number = numbers.get(reply_to)
    return {"reply_to_gone": reply_to.shown_name} if number is None else {"reply_to": number}


def put_in_place(person: Person, portrait: SessionPortrait, now: float) -> None:
    """Have a new person be whom a portrait shows, but for whom they are with: see `meet`."""
    person.name, person.key, person.is_welcome = portrait.name, portrait.key, portrait.is_welcome
    person.away, person.description = portrait.away, portrait.description
    person.since, person.active = now - portrait.connected, now - portrait.idle
    person.more = more_of(portrait.more)
    _prefer(person, portrait)
    person.announcements.revive(portrait.shown_since, portrait.shown_earlier)
    person.ownership.shown[:] = portrait.proofs
    person.ownership.claimed = portrait.claimed
    person.ownership.revive(portrait.wanted, portrait.proven)
    person.rights.revive([*portrait.posts])
    if person.name is not None:
        person.shared.roster.resume(person.name, person)


def _prefer(person: Person, portrait: SessionPortrait) -> None:
    preferences = person.preferences
    preferences.echo, preferences.echo_private = portrait.echo, portrait.echo_private
    preferences.times, preferences.colours = portrait.times, portrait.colours
    preferences.past, preferences.language = portrait.past, portrait.language
    preferences.speak(person.client.format)
    for name in portrait.ignored:
        person.shared.ignoring.begin(person, name)


def meet(person: Person, portrait: SessionPortrait, everyone: Sequence[Person]) -> None:
    """Know again whom a portrait says, now that all are back who were there; the person's rooms are open.

    Args:
        person: Who was put in place.
        portrait: Of them.
        everyone: By their numbers.
    """
    person.membership.rooms.update(dict.fromkeys(portrait.rooms))
    person.membership.current = portrait.current
    to: Any = portrait.reply_to
    if portrait.reply_to_gone is not None:
        to = Departed(portrait.reply_to_gone)
    person.reply_to = everyone[to] if isinstance(to, int) else to
