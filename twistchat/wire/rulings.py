"""What people are told of rulings: the sentence for each, and what is put into it."""

from __future__ import annotations

from collections.abc import Mapping

from twistchat.core.events import (
    Admitted,
    Expelled,
    Invited,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    Ruling,
    Sealed,
    TopicLocked,
)
from twistchat.errors import Phrase
from twistchat.wire.flat import more_of

_SENTENCES: Mapping[type[Ruling], str] = {
    KeySet: Phrase("{name} gave {room} a key: /join {room} KEY lets people in."),
    KeyGone: Phrase("{name} took the key off {room}."),
    OperatorGiven: Phrase("{name} made {recipient} an operator of {room}."),
    OperatorTaken: Phrase("{name} made {recipient} an operator of {room} no more."),
    Invited: Phrase("{name} invites {recipient} into {room}: /join {room} goes there."),
    Admitted: Phrase("{name} may come back into {room}."),
    Expelled: Phrase("{name} may not come back into {room}."),
    Sealed: Phrase("What was said in {room} before this is not shown to anybody."),
}

_SWITCHES: Mapping[tuple[type[Ruling], str], str] = {
    (PrivateSet, "on"): Phrase("{name} made {room} private: whoever is not in it needs an invitation."),
    (PrivateSet, "off"): Phrase("{name} made {room} a room for everybody."),
    (TopicLocked, "on"): Phrase("{name} locked the topic: only operators of {room} set it."),
    (TopicLocked, "off"): Phrase("{name} unlocked the topic: everybody in {room} sets it."),
}

_BY_ITSELF = Phrase("{recipient} is an operator of {room} again.")


def said_of(event: Ruling) -> str:
    """The sentence for a ruling, in English."""
    if isinstance(event, OperatorGiven) and event.name is None:
        return _BY_ITSELF
    if isinstance(event, PrivateSet | TopicLocked):
        return _SWITCHES[type(event), "on" if event.state == "on" else "off"]
    return _SENTENCES[type(event)]


def said_with(event: Ruling) -> dict[str, object]:
    """What is put into it."""
    more = {name: getattr(event, name) for name in more_of(type(event))}
    return {"room": event.room, "name": event.name or Phrase("The administrator"), **more}
