"""What a chat is at one moment, in values that JSON has: from this another process goes on with it.

Rule 1: a portrait is made when nothing is on its way into the log, and no line waits for it.
Rule 2: people are named by their numbers, in the order in which they connected, those without a name included.
Rule 3: times of the clock for intervals are seconds that have gone by or are left; the time of day stays as it is.
Rule 4: what the log or the journal has is not in it.
Rule 5: fields may be added, with a default, at any time: what a newer version wrote beside those is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from twistchat import errors
from twistchat.core.names import EVERYWHERE, Place
from twistchat.core.queries import Older, Query
from twistchat.errors import ChatError

Values = dict[str, Any]
"""Values of JSON alone."""


@dataclass(frozen=True)
class Portrait:
    """Has values of JSON alone."""

    def written(self) -> Values:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """What was written, by this or by another version.

        Raises:
            TypeError: Something is missing.
        """
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True)
class IntakePortrait(Portrait):
    """The lines of one person that wait, and what they owe the flood limit."""

    bucket: Sequence[float | None]
    told: float
    """Seconds since they were told to slow down."""
    held: float
    """Seconds for which they are held back."""
    lines: Sequence[Sequence[Any]] = ()
    """What waits, each with its tag: see `heard_as`."""


@dataclass(frozen=True)
class SessionPortrait(Portrait):
    """One person and their session."""

    name: str | None
    intake: Values
    connected: float
    """Seconds since they connected, and since they did something."""
    idle: float
    key: str | None = None
    is_welcome: bool = False
    away: str | None = None
    description: str | None = None
    echo: bool = True
    echo_private: bool = True
    times: bool = False
    colours: bool | None = None
    past: int | None = None
    language: str | None = None
    ignored: Sequence[str] = ()
    """The names, as they were shown."""
    shown_since: int = 0
    shown_earlier: Sequence[int] = ()
    """The announcements that they were shown."""
    rooms: Sequence[str] = ()
    current: str | None = None
    posts: Sequence[int] = ()
    """The numbers of the acts that make them a moderator."""
    proofs: Sequence[str] = ()
    claimed: str | None = None
    wanted: str | None = None
    proven: Sequence[Sequence[Any]] = ()
    """The keys of names, and since when each was claimed."""
    reply_to: int | str | None = None
    """Whom /reply answers: somebody here, or the name of somebody at another server."""
    reply_to_gone: str | None = None
    """The name of whoever it would answer, where they are gone."""
    more: Values | None = None
    code: str | None = None
    wrong_codes: int = 0
    door: Sequence[bool] = (False, False, False, False)
    """At the door: whether they have one try, may give a code, were refused, and had sent more behind the name."""
    time_for_name: float | None = None
    """Seconds that are left to give one."""
    time_to_end: float | None = None
    """Seconds within which it is ended in order."""
    ways: Sequence[str] | None = None
    """What they will be known by when they come again."""


@dataclass(frozen=True)
class RoomPortrait(Portrait):
    """One room that is open, here or at another server."""

    name: str
    members: Sequence[int]
    people: Sequence[str]
    since: float = 0.0
    latest_line: float = 0.0
    operators: Sequence[str] = ()
    voiced: Sequence[str] = ()
    guests: Sequence[int] = ()


@dataclass(frozen=True)
class ChatPortrait(Portrait):
    """What is no single person's."""

    rooms: Sequence[Values]
    rooms_elsewhere: Sequence[Values] = ()
    """Those that are open at other servers alone."""
    admission: Sequence[Sequence[Any]] = ()
    stays: Sequence[Sequence[Any]] = ()
    room_stays: Sequence[Sequence[Any]] = ()
    tries: Values | None = None
    claim_desk: Values | None = None
    programs: Values | None = None


@dataclass(frozen=True)
class Departed:
    """Somebody who is gone, and to whom somebody else might still reply."""

    shown_name: str
    is_gone: bool = True


# --- lines that wait


def error_as(error: ChatError) -> Sequence[Any]:
    """Why a line could not be read."""
    return ["error", type(error).__name__, {name: value for name, value in vars(error).items()}]


def error_of(name: str, data: Mapping[str, Any]) -> ChatError:
    """What was written so.

    Raises:
        ValueError: There is no such refusal.
    """
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, ChatError)):
        raise ValueError(f"there is no refusal {name}")
    made: ChatError = kind(**data)
    return made


# --- where /more goes on


def place_as(place: Place) -> str | None:
    """A room's name; None for everywhere."""
    return None if place is EVERYWHERE else place


def place_of(written: str | None) -> Place:
    """The place that was written so."""
    return EVERYWHERE if written is None else written


def more_as(more: Query | Older | None) -> Values | None:
    """Where it goes on."""
    if more is None:
        return None
    if isinstance(more, Older):
        return {"room": more.room, "count": more.count, "before": more.before}
    return {
        "words": list(more.words),
        "rooms": [place_as(room) for room in more.rooms],
        "name": more.name,
        "since": more.since,
        "before": more.before,
        "after": [[place_as(room), number] for room, number in more.after.items()],
        "until": more.until,
    }


def more_of(written: Values | None) -> Query | Older | None:
    """The same, of what was written."""
    if written is None:
        return None
    if "room" in written:
        return Older(written["room"], written["count"], written["before"])
    return Query(
        tuple(written["words"]),
        tuple(place_of(room) for room in written["rooms"]),
        written["name"],
        written["since"],
        written["before"],
        {place_of(room): number for room, number in written["after"]},
        written["until"],
    )
