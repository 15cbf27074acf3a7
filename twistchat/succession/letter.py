"""What the old process writes to the new one. See docs/architecture.md for who does what when.

Rule 1: a format number changes when a meaning does, and a version reads its own and the one before. Fields may be added
    with a default at any time.
Rule 2: descriptors are named by their places among those that come with the letter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twistchat.core.portrait import ChatPortrait, Portrait, SessionPortrait, Values

FORMAT = 1
OLDEST = 1
"""Formats that this version reads."""

READY, TAKEN, GO, GONE_ON = "READY", "TAKEN", "GO", "GONE-ON"
"""Words between the processes; `refusing.NO` is the fifth. Versions before GONE-ON end the talk in its place."""


class CannotRead(Exception):
    """A letter that this version does not understand."""


def ready() -> str:
    """What a new process says that could take over."""
    return f"{READY} {OLDEST}-{FORMAT}"


def reads(word: str) -> bool:
    """Whether what a new process said is that it could read this version's letters."""
    said, _, formats = word.partition(" ")
    oldest, _, newest = formats.partition("-")
    numbers = oldest.isdecimal() and newest.isdecimal()
    return said == READY and numbers and int(oldest) <= FORMAT <= int(newest)


@dataclass(frozen=True)
class CarriedPort(Portrait):
    """The port of one interface."""

    state: Values
    descriptor: int
    family: int


@dataclass(frozen=True)
class CarriedSession(Portrait):
    """Somebody who is connected."""

    portrait: Values
    interface: str
    """Which service has the connection back; empty where they have to come again."""
    way: str = ""
    """By what people are here who come by it, and from where they come."""
    address: str = ""
    state: Values | None = None
    descriptor: int | None = None
    family: int = 0

    @property
    def session(self) -> SessionPortrait:
        """The core's part."""
        return SessionPortrait.read(self.portrait)


@dataclass(frozen=True)
class Letter(Portrait):
    """All of it."""

    version: str
    chat: Values
    ports: Mapping[str, Values]
    sessions: Sequence[Values]
    lock: int
    """The descriptor of the state folder's lock."""
    frozen_at: float
    """By the machine's monotonic clock, which both processes have."""
    log: Values = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)
    """How many have to come again, by why."""
    cluster: Values | None = None
    """What the server is among several."""
    cluster_connection: Sequence[int] | None = None
    """The descriptor and the family of the one to Redis, where it goes along."""
    format: int = FORMAT

    @property
    def portrait(self) -> ChatPortrait:
        """The core's part."""
        return ChatPortrait.read(self.chat)

    @property
    def people(self) -> list[CarriedSession]:
        """Everyone, in the order in which they connected."""
        return [CarriedSession.read(each) for each in self.sessions]

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(self.written(), separators=(",", ":"), allow_nan=False).encode("ascii")

    @classmethod
    def of(cls, data: bytes) -> Letter:
        """Read what came.

        Raises:
            CannotRead: It is no letter, or of a format that this version does not know.
        """
        try:
            values: Any = json.loads(data)
            if not OLDEST <= values["format"] <= FORMAT:
                raise CannotRead(f"the letter is of format {values['format']}, and {OLDEST} to {FORMAT} are read")
            return cls.read(values)
        except (ValueError, TypeError, KeyError) as error:
            raise CannotRead(f"this is no letter: {error!r}") from error
