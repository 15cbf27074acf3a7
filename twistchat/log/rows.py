"""Events as the log's files have them: a kind, a name and at most one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, NamedTuple

from twistchat.core.events import Entry, Event


class Kind(NamedTuple):
    """How one class of events is stored."""

    name: str
    make: type[Event]
    text: str | None
    """The attribute that is its text; None where there is none."""
    past: int
    """Whether people who join later are shown it. A number: sqlite3 looks for an adapter of each `bool` in vain."""


class EntryRow(NamedTuple):
    """An event as it is stored, beside its number and time."""

    room: str
    kind: str
    name: str
    text: str
    past: int


def _kind(event: type[Event]) -> Kind:
    _room, _name, *more = [field.name for field in fields(event)]
    assert len(more) <= 1, event
    return Kind(event.__name__.lower(), event, more[0] if more else None, int(event.past))


def _kinds_below(event: type[Event]) -> Iterator[type[Event]]:
    for kind in event.__subclasses__():
        yield kind
        yield from _kinds_below(kind)


_KINDS = {event: _kind(event) for event in _kinds_below(Event) if event.stored}
_BY_NAME = {kind.name: kind for kind in _KINDS.values()}

KIND_NAMES = frozenset(_BY_NAME)
"""The kinds of events that are stored. They stand in files: a class of events must not change its name."""


def text_of(event: Event) -> str:
    """What an event says: the text, the topic, the reason, the new name; or nothing."""
    kind = _KINDS[type(event)]
    text: str = "" if kind.text is None else getattr(event, kind.text)
    return text


def _rows_of(kind: Kind) -> Callable[[Any], tuple[str, str, str, str, int]]:
    """What makes rows of one kind; to look all of it up for each event would take thrice as long."""
    name, past = kind.name, kind.past
    if kind.text is None:
        return lambda event: (event.room, name, event.name, "", past)
    text = attrgetter(kind.text)
    return lambda event: (event.room, name, event.name, text(event), past)


ROW_OF = {event: _rows_of(kind) for event, kind in _KINDS.items()}
"""For each class of events what makes the values of its `EntryRow`, in a third of the time that a `EntryRow` takes."""


def row(event: Event) -> EntryRow:
    """An event as it is stored."""
    return EntryRow(*ROW_OF[type(event)](event))


def event(room: str, kind: str, name: str, text: str) -> Event:
    """The event that was stored.

    Raises:
        KeyError: No event is of that kind.
    """
    known = _BY_NAME[kind]
    return known.make(room, name) if known.text is None else known.make(room, name, **{known.text: text})


def entries(rows: Iterable[tuple[Any, ...]]) -> list[Entry]:
    """Rows of number, time, room, kind, name and text as entries; kinds that a newer version stored are left out."""
    return [Entry(number, time, event(*stored)) for number, time, *stored in rows if stored[1] in KIND_NAMES]
