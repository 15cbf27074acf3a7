"""What operators decide on a room beside who comes into a closed one: who talks, how many come, who is kept out.

IRC calls most of them modes. They are events like all others; see `twistchat.core.events` for the rules of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from twistchat.core.events import Ruling


@dataclass(frozen=True, slots=True)
class SecretSet(Ruling):
    """The room is in no list from now on, or again; who knows its name may come in."""

    kind: ClassVar[str] = "secret"
    state: str
    """`on` or `off`."""


@dataclass(frozen=True, slots=True)
class ModeratedSet(Ruling):
    """Only operators and those with a voice talk from now on, or everybody in the room again."""

    kind: ClassVar[str] = "moderated"
    state: str
    """`on` or `off`."""


@dataclass(frozen=True, slots=True)
class OutsideSet(Ruling):
    """Those outside may say something in the room from now on, or no longer."""

    kind: ClassVar[str] = "outside"
    state: str
    """`on` or `off`."""


@dataclass(frozen=True, slots=True)
class LimitSet(Ruling):
    """Nobody comes in from now on where so many are, unless they are invited."""

    kind: ClassVar[str] = "limit"
    state: str
    """How many, in digits; `off` for however many."""


@dataclass(frozen=True, slots=True)
class VoiceGiven(Ruling):
    """Somebody in the room may talk there, moderated as it may be."""

    kind: ClassVar[str] = "voicegiven"
    recipient: str


@dataclass(frozen=True, slots=True)
class VoiceTaken(Ruling):
    """Somebody in the room has no voice of their own any more."""

    kind: ClassVar[str] = "voicetaken"
    recipient: str


@dataclass(frozen=True, slots=True)
class Barred(Ruling):
    """Whoever has a name like `recipient`, in which `*` and `?` stand for others, does not come in or talk there."""

    kind: ClassVar[str] = "barred"
    recipient: str


@dataclass(frozen=True, slots=True)
class Unbarred(Ruling):
    """Whoever has such a name is kept out no more."""

    kind: ClassVar[str] = "unbarred"
    recipient: str


@dataclass(frozen=True, slots=True)
class MasksSet(Ruling):
    """All names that are kept out of the room from now on: what `Barred` and `Unbarred` come to."""

    kind: ClassVar[str] = "masks"
    is_told: ClassVar[bool] = False
    masks: str = ""
    """With blanks between them."""
