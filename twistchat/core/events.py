"""What can happen. An event is a fact: it has no sentence and no bytes.

Rule 1: an event's class says what the log keeps (`Stored`), and what it has a room and a person for; where it has none,
    its room or its name is None. Nothing is empty that is not meant to be read as text.
Rule 2: what the log has of an event is an `Entry`, which has a number; what people are told besides is an `Aside`.
Rule 3: an event's kind stands in files and goes to programs, so it never changes; the class may be called otherwise.
"""

from __future__ import annotations

from dataclasses import Field, dataclass
from typing import Any, ClassVar, NamedTuple

from twistchat.core.names import Place


class Event:
    """Something that happened."""

    __slots__ = ()

    kind: ClassVar[str]
    """What files and programs call it."""

    past: ClassVar[bool] = True
    """Whether people who join later are shown it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    room: Place | None
    """Where it happened; None where that is in no room, as with a private message."""

    name: str | None
    """Who did it, or to whom it was done; None for the administrator, and where it is no one person."""


class Stored(Event):
    """An event that the log keeps."""

    __slots__ = ()

    room: Place


@dataclass(frozen=True, slots=True)
class InRoom(Stored):
    """Something that happened in a room, to or by the person called `name`."""

    room: str
    name: str


@dataclass(frozen=True, slots=True)
class Said(InRoom):
    """Somebody said something."""

    kind: ClassVar[str] = "said"
    text: str


@dataclass(frozen=True, slots=True)
class Hooked(Said):
    """A program said something by a hook, whose name nobody here can have."""

    kind: ClassVar[str] = "hooked"


@dataclass(frozen=True, slots=True)
class Relayed(Hooked):
    """A hook said what another chat called out; no third chat is told of it, so that no line goes round."""

    kind: ClassVar[str] = "relayed"


@dataclass(frozen=True, slots=True)
class Acted(InRoom):
    """Somebody did something: `/me waves`."""

    kind: ClassVar[str] = "acted"
    text: str


@dataclass(frozen=True, slots=True)
class Noticed(InRoom):
    """Somebody remarked something that no program may answer, as IRC's NOTICE has it."""

    kind: ClassVar[str] = "noticed"
    text: str


@dataclass(frozen=True, slots=True)
class Joined(InRoom):
    """Somebody came into the room."""

    kind: ClassVar[str] = "joined"
    past: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Left(InRoom):
    """Somebody left the room, perhaps giving a reason."""

    kind: ClassVar[str] = "left"
    past: ClassVar[bool] = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gone(Left):
    """Somebody left the chat, and with it the room."""

    kind: ClassVar[str] = "gone"


@dataclass(frozen=True, slots=True)
class Removed(Left):
    """The administrator, or a moderator of the room, put somebody out of it."""

    kind: ClassVar[str] = "removed"


@dataclass(frozen=True, slots=True)
class PutOut(Left):
    """An operator of the room put somebody out of it."""

    kind: ClassVar[str] = "putout"
    by: str = ""


@dataclass(frozen=True, slots=True)
class Renamed(InRoom):
    """Somebody in the room changed their name; `name` is the old one."""

    kind: ClassVar[str] = "renamed"
    past: ClassVar[bool] = False
    new_name: str


@dataclass(frozen=True, slots=True)
class TopicSet(Stored):
    """Somebody set the room's topic, or cleared it with an empty one."""

    kind: ClassVar[str] = "topicset"
    room: str
    name: str | None
    """None for the administrator."""
    topic: str


@dataclass(frozen=True, slots=True)
class Announced(Stored):
    """The administrator said something, in a room or EVERYWHERE: to everyone, in whatever rooms they are.

    The log keeps the latter once, and counts it among the lines of every room.
    """

    kind: ClassVar[str] = "announced"
    name = None
    room: Place
    text: str


@dataclass(frozen=True, slots=True)
class Ruling(Stored):
    """Something about a room's terms, which `twistchat.core.terms` follows: who may come in, and who decides on it."""

    past: ClassVar[bool] = False
    is_told: ClassVar[bool] = True
    """Whether the people in the room are told of it."""
    room: str
    name: str | None
    """None for the administrator, and for the room itself."""


@dataclass(frozen=True, slots=True)
class PrivateSet(Ruling):
    """The room is private from now on, or no longer."""

    kind: ClassVar[str] = "private"
    state: str
    """`on` or `off`."""


@dataclass(frozen=True, slots=True)
class KeySet(Ruling):
    """The room has a key from now on; `mark` tells it again and does not tell it."""

    kind: ClassVar[str] = "keyset"
    mark: str = ""


@dataclass(frozen=True, slots=True)
class KeyGone(Ruling):
    """The room has no key any more."""

    kind: ClassVar[str] = "keygone"


@dataclass(frozen=True, slots=True)
class TopicLocked(Ruling):
    """Only operators set the topic from now on, or everybody in the room again."""

    kind: ClassVar[str] = "topiclock"
    state: str
    """`on` or `off`."""


@dataclass(frozen=True, slots=True)
class OperatorGiven(Ruling):
    """Somebody in the room is one of its operators now."""

    kind: ClassVar[str] = "opgiven"
    recipient: str


@dataclass(frozen=True, slots=True)
class OperatorTaken(Ruling):
    """Somebody in the room is none of its operators any more."""

    kind: ClassVar[str] = "optaken"
    recipient: str


@dataclass(frozen=True, slots=True)
class Invited(Ruling):
    """Somebody who is not in the room was invited into it."""

    kind: ClassVar[str] = "invited"
    recipient: str


@dataclass(frozen=True, slots=True)
class Admitted(Ruling):
    """Whoever has the key of that mark may come into the room, closed as it is: `name` has it now."""

    kind: ClassVar[str] = "admitted"
    is_told: ClassVar[bool] = False
    mark: str = ""
    standing: str = ""
    """`operator` where they are one again once they are in; else empty."""


@dataclass(frozen=True, slots=True)
class Expelled(Ruling):
    """Whoever has the key of that mark may not come in by it any more."""

    kind: ClassVar[str] = "expelled"
    is_told: ClassVar[bool] = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Sealed(Ruling):
    """What was said in the room before this is shown to nobody any more, and who was admitted is so no longer."""

    kind: ClassVar[str] = "sealed"
    is_told: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class AnnouncedBy(InRoom):
    """A moderator said something to the whole room."""

    kind: ClassVar[str] = "announced"
    text: str


@dataclass(frozen=True, slots=True)
class Turnover(Event):
    """How many came and went, told to people in place of each `Joined` and `Left`, which the log has."""

    kind: ClassVar[str] = "turnover"
    past: ClassVar[bool] = False
    name = None
    room: str
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class RenamedAlone(Event):
    """Somebody who is in no room changed their name, and is told so alone."""

    kind: ClassVar[str] = "renamed"
    past: ClassVar[bool] = False
    room = None
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class Whispered(Event):
    """A private message."""

    kind: ClassVar[str] = "whispered"
    past: ClassVar[bool] = False
    room = None
    name: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class WhisperedNotice(Whispered):
    """A private message that no program may answer."""

    kind: ClassVar[str] = "whispered"


@dataclass(frozen=True, slots=True)
class Signal(Event):
    """What those around somebody may be told of, and is no line: nothing of it is kept, and few formats show it."""

    past: ClassVar[bool] = False
    room: str | None
    """None for who is in no room, and where it is for one person."""
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Away(Signal):
    """Somebody is away, for a reason; or, with an empty text, is back."""

    kind: ClassVar[str] = "away"


@dataclass(frozen=True, slots=True)
class Described(Signal):
    """Somebody says who they are, as IRC's real name has it."""

    kind: ClassVar[str] = "described"


@dataclass(frozen=True, slots=True)
class Tagged(Signal):
    """Tags without a line, such as that somebody is typing: to the room, or to one person."""

    kind: ClassVar[str] = "tagged"
    recipient: str | None = None


class Entry(NamedTuple):
    """An event as it was committed."""

    number: int
    """Grows by the log's order and is never used twice."""

    time: float
    """Seconds since 1970, UTC."""

    event: Stored

    beside: str | None = None
    """What stands beside a line as it happens, for formats that show it; it is not stored."""


class Aside(NamedTuple):
    """An event that somebody is told of and that has no place in the log, as far as is known: no entry of it."""

    number: None
    time: float
    event: Event

    beside: str | None = None
    """What stands beside a line as it happens, for formats that show it; it is not stored."""


Told = Entry | Aside
"""What a format renders."""
