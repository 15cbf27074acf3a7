"""Events as the log's files have them: a kind, a room, a name and at most one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from twistchat.core.events import Admitted, Entry, InRoom, PutOut, Stored
from twistchat.wire.flat import STORED, STORED_MADE_BY, flat_name, flat_room, more_of


class EntryRow(NamedTuple):
    """An event as it is stored, beside its number and time."""

    room: str
    kind: str
    name: str
    text: str
    past: int
    """A number: sqlite3 looks for an adapter of each `bool` in vain."""


_IN_WORDS: Mapping[type[Stored], Sequence[str]] = {PutOut: ("by", "reason"), Admitted: ("mark", "standing")}
"""What events have that have two values, which are one text in a row; the first is one word."""


def _text_of(event: type[Stored]) -> Callable[[Any], str] | None:
    more = more_of(event)
    if len(more) > 1:
        assert event in _IN_WORDS, event
        values = attrgetter(*_IN_WORDS[event])
        return lambda event: " ".join(filter(None, values(event)))
    return attrgetter(more[0]) if more else None


_TEXT_OF = {event: _text_of(event) for event in STORED}
"""For each class of events what gives its text; None where there is none."""

KIND_NAMES = frozenset(STORED_MADE_BY)
"""The kinds of events that are stored."""


def text_of(event: Stored) -> str:
    """What an event says: the text, the topic, the reason, the new name; or nothing."""
    text = _TEXT_OF[type(event)]
    return "" if text is None else text(event)


def _rows_of(kind: type[Stored]) -> Callable[[Any], tuple[str, str, str, str, int]]:
    """What makes rows of one kind; to look all of it up for each event would take thrice as long."""
    name, past, text = kind.kind, int(kind.past), _TEXT_OF[kind]
    if not issubclass(kind, InRoom):
        if text is None:
            return lambda event: (event.room, name, flat_name(event.name), "", past)
        return lambda event: (flat_room(event.room), name, flat_name(event.name), text(event), past)
    if text is None:
        return lambda event: (event.room, name, event.name, "", past)
    return lambda event: (event.room, name, event.name, text(event), past)


ROW_OF = {event: _rows_of(event) for event in STORED}
"""For each class of events what makes the values of its `EntryRow`, in a third of the time that a `EntryRow` takes."""


def row(event: Stored) -> EntryRow:
    """An event as it is stored."""
    return EntryRow(*ROW_OF[type(event)](event))


def event(room: str, kind: str, name: str, text: str) -> Stored:
    """The event that was stored.

    Raises:
        KeyError: No event is of that kind.
    """
    return STORED_MADE_BY[kind](room, name, text)


def entries(rows: Iterable[tuple[Any, ...]]) -> list[Entry]:
    """Rows of number, time, room, kind, name and text as entries; kinds that a newer version stored are left out."""
    return [Entry(number, time, event(*stored)) for number, time, *stored in rows if stored[1] in KIND_NAMES]
