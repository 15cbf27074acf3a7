"""What can happen in a room. An event is a fact: it has no sentence and no bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a room, to or by the person called `name`; an empty name is the administrator's."""

    room: str
    name: str

    stored: ClassVar[bool] = True
    """Whether the log keeps it."""

    past: ClassVar[bool] = True
    """Whether people who join later are shown it."""


@dataclass(frozen=True, slots=True)
class Said(Event):
    """Somebody said something."""

    text: str


@dataclass(frozen=True, slots=True)
class Acted(Event):
    """Somebody did something: `/me waves`."""

    text: str


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """Somebody remarked something that no program may answer, as IRC's NOTICE has it."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """Somebody came into the room."""

    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Left(Event):
    """Somebody left the room, perhaps giving a reason."""

    reason: str = ""
    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Gone(Left):
    """Somebody left the chat, and with it the room."""


@dataclass(frozen=True, slots=True)
class Removed(Left):
    """The administrator put somebody out of the room."""


@dataclass(frozen=True, slots=True)
class Turnover(Event):
    """How many came and went, told to people in place of each `Joined` and `Left`, which the log has."""

    joined: int
    left: int
    stored: ClassVar[bool] = False
    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Renamed(Event):
    """Somebody in the room changed their name; `name` is the old one. Who is in no room is told so alone."""

    new_name: str
    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class TopicSet(Event):
    """Somebody set the room's topic, or cleared it with an empty one."""

    topic: str


@dataclass(frozen=True, slots=True)
class Announced(Event):
    """The administrator said something in a room; or, where the room is empty, to everyone wherever they are.

    The log keeps the latter once, under no room, and counts it among the lines of every room.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Whispered(Event):
    """A private message; it belongs to no room and is not stored."""

    recipient: str
    text: str
    stored: ClassVar[bool] = False
    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class WhisperedNotice(Whispered):
    """A private message that no program may answer."""


@dataclass(frozen=True, slots=True)
class Signal(Event):
    """What those around somebody may be told of, and is no line: nothing of it is kept, and few formats show it."""

    text: str
    stored: ClassVar[bool] = False
    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Away(Signal):
    """Somebody is away, for a reason; or, with an empty text, is back."""


@dataclass(frozen=True, slots=True)
class Described(Signal):
    """Somebody says who they are, as IRC's real name has it."""


@dataclass(frozen=True, slots=True)
class Tagged(Signal):
    """Tags without a line, such as that somebody is typing: to the room, or to one person where it names none."""

    recipient: str = ""


class Entry(NamedTuple):
    """An event as it was committed."""

    number: int
    """Grows by the log's order and is never used twice; 0 for events that are not stored."""

    time: float
    """Seconds since 1970, UTC."""

    event: Event

    beside: str = ""
    """What stands beside a line as it happens, for formats that show it; it is not stored."""
