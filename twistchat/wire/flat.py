"""Events as files and programs have them: each with a kind, a room, a name and texts, empty where there is none.

Only here do a room and a name that an event has not become empty, and empty ones nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

from twistchat.core.events import (
    Acted,
    Admitted,
    Announced,
    AnnouncedBy,
    Event,
    Expelled,
    Gone,
    Invited,
    Joined,
    KeyGone,
    KeySet,
    Left,
    Noticed,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    PutOut,
    Removed,
    Renamed,
    RenamedAlone,
    Ruling,
    Said,
    Sealed,
    Stored,
    TopicLocked,
    TopicSet,
    Turnover,
    Whispered,
    WhisperedNotice,
)
from twistchat.core.modes import (
    Barred,
    LimitSet,
    MasksSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    Unbarred,
    VoiceGiven,
    VoiceTaken,
)
from twistchat.core.names import EVERYWHERE, Place

RULINGS: tuple[type[Ruling], ...] = (
    PrivateSet,
    KeySet,
    KeyGone,
    TopicLocked,
    SecretSet,
    ModeratedSet,
    OutsideSet,
    LimitSet,
    OperatorGiven,
    OperatorTaken,
    VoiceGiven,
    VoiceTaken,
    Barred,
    Unbarred,
    MasksSet,
    Invited,
    Admitted,
    Expelled,
    Sealed,
)
"""The classes of events about who decides what in a room."""

STORED: tuple[type[Stored], ...] = (
    *(Said, Acted, Noticed, Joined, Left, Gone, Removed, PutOut, Renamed, TopicSet, Announced, AnnouncedBy),
    *RULINGS,
)
"""The classes of events that the log keeps."""

EVENTS: tuple[type[Event], ...] = (*STORED, RenamedAlone, Whispered, WhisperedNotice, Turnover)
"""All classes of events but signals, which are neither stored nor told to programs."""


def flat_room(place: Place | None) -> str:
    """A place as the name of a room; empty for everywhere, and for none."""
    return place if isinstance(place, str) else ""


def flat_name(name: str | None) -> str:
    """Who did something; empty for the administrator, and where it is no one person."""
    return name or ""


def place(room: str) -> Place:
    """Where something is said that has a place."""
    return room or EVERYWHERE


def more_of(event: type[Event]) -> list[str]:
    """What events of a class have beside a room and a name, in its order."""
    return [field.name for field in fields(event) if field.name not in ("room", "name")]


def _joined(room: str, name: str, _text: str = "") -> Joined:
    return Joined(room, name)


def _topic_set(room: str, name: str, topic: str) -> TopicSet:
    return TopicSet(room, name or None, topic)


def _ruled(kind: type[Ruling]) -> Callable[..., Stored]:
    return lambda room, name, *more: kind(room, name or None, *more)


def _in_words(make: Callable[..., Stored]) -> Callable[..., Stored]:
    """What makes an event that has two values, of which the first is one word, of both in one text."""

    def made(room: str, name: str, text: str) -> Stored:
        first, _, rest = text.partition(" ")
        return make(room, name, first, rest)

    return made


def _put_out(room: str, name: str, by: str, reason: str) -> PutOut:
    return PutOut(room, name, reason, by)


def _announced(room: str, name: str, text: str) -> Stored:
    return AnnouncedBy(room, name, text) if room and name else Announced(place(room), text)


def _renamed(room: str, name: str, new_name: str) -> Event:
    return Renamed(room, name, new_name) if room else RenamedAlone(name, new_name)


def _whispered(_room: str, name: str, recipient: str, text: str) -> Whispered:
    return Whispered(name, recipient, text)


_RULED = {event.kind: _ruled(event) for event in RULINGS}

STORED_MADE_BY: Mapping[str, Callable[..., Stored]] = {
    **{event.kind: event for event in STORED},
    **_RULED,
    KeyGone.kind: lambda room, name, _text="": KeyGone(room, name or None),
    Sealed.kind: lambda room, name, _text="": Sealed(room, name or None),
    Admitted.kind: _in_words(_RULED[Admitted.kind]),
    PutOut.kind: _in_words(_put_out),
    Joined.kind: _joined,
    Announced.kind: _announced,
    TopicSet.kind: _topic_set,
}
"""For each kind that the log keeps what makes an event of it, of its room, its name and what more there is."""

MADE_BY: Mapping[str, Callable[..., Event]] = {
    **{event.kind: event for event in EVENTS},
    **STORED_MADE_BY,
    Admitted.kind: _RULED[Admitted.kind],
    PutOut.kind: PutOut,
    Renamed.kind: _renamed,
    Whispered.kind: _whispered,
}
"""The same for all kinds that programs are told of."""
