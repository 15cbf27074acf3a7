"""What is decided on a room, as IRC has it: letters of MODE, and invitations.

A room's key is not known to whoever reads a line, as the log has only what tells it again: a star stands for it, as
other servers have it for those who may not see a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from twistchat.core.events import (
    Invited,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    Ruling,
    TopicLocked,
)
from twistchat.core.modes import (
    Barred,
    LimitSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    Unbarred,
    VoiceGiven,
    VoiceTaken,
)
from twistchat.core.terms import OFF, Switch, Terms

OPERATOR = "@"
"""Before the name of an operator of a room."""

VOICE = "+"
"""Before the name of somebody who may talk in a room, moderated as it may be."""

INVITATION = "\0I"
"""Before an invitation, which is told to the guest, to who gave it and to who asked for that, each in their way."""

HIDDEN = "*"
"""In place of a key."""


class Change(NamedTuple):
    """One change of a room's modes."""

    sign: str
    letter: str
    parameter: str = ""


_LETTERS: Mapping[type[Switch], str] = {
    PrivateSet: "i",
    TopicLocked: "t",
    SecretSet: "s",
    ModeratedSet: "m",
    OutsideSet: "n",
}
"""Of what is on or off; `n` says the opposite, that nobody outside talks in the room."""


def change_of(event: Ruling) -> Change | None:
    """The change of modes that a ruling is; None where it is none."""
    match event:
        case PrivateSet(state=state) | TopicLocked(state=state) | SecretSet(state=state) | ModeratedSet(state=state):
            return Change("+" if state == "on" else "-", _LETTERS[type(event)])
        case OutsideSet(state=state):
            return Change("-" if state == "on" else "+", _LETTERS[OutsideSet])
        case KeySet() | KeyGone():
            return Change("+" if isinstance(event, KeySet) else "-", "k", HIDDEN)
        case LimitSet(state=state):
            return Change("-", "l") if state == OFF else Change("+", "l", state)
        case OperatorGiven(recipient=name) | OperatorTaken(recipient=name):
            return Change("+" if isinstance(event, OperatorGiven) else "-", "o", name)
        case VoiceGiven(recipient=name) | VoiceTaken(recipient=name):
            return Change("+" if isinstance(event, VoiceGiven) else "-", "v", name)
        case Barred(recipient=mask) | Unbarred(recipient=mask):
            return Change("+" if isinstance(event, Barred) else "-", "b", as_mask(mask))
    return None


def invitation_of(event: Invited, source: str) -> str:
    """The line of an invitation, without its end."""
    return f"{INVITATION}:{source} INVITE {event.recipient} #{event.room}"


def written(changes: Iterable[Change]) -> str:
    """Changes as MODE has them: letters, each sign where it is another, then what belongs to them."""
    letters, words, sign = "", [], ""
    for change in changes:
        letters += change.letter if change.sign == sign else change.sign + change.letter
        words += [change.parameter] if change.parameter else []
        sign = change.sign
    return " ".join([letters, *words])


def as_mask(name: str) -> str:
    """A name that is kept out of a room, as IRC has it: everybody has the same user and host here."""
    return f"{name}!*@*"


def prefix_of(terms: Terms, key: str, shows_all: bool) -> str:
    """What stands before the name of somebody in a room: the highest that they have, or all of it.

    Args:
        terms: The room's.
        key: By which their name is looked up.
        shows_all: Whether the reader asked for all.
    """
    marks = OPERATOR * (key in terms.operators) + VOICE * (key in terms.voiced)
    return marks if shows_all else marks[:1]


def modes_of(terms: Terms) -> str:
    """The modes of a room with what belongs to them."""
    letters = "".join(letter for kind, letter in _LETTERS.items() if terms.has(kind) is not (kind is OutsideSet))
    limit = [] if terms.limit is None else [str(terms.limit)]
    letters += "k" * terms.has_key + "l" * len(limit)
    return " ".join(["+" + "".join(sorted(letters)), *[HIDDEN] * terms.has_key, *limit])
