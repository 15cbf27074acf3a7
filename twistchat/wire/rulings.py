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
from twistchat.errors import Phrase
from twistchat.wire.flat import more_of

_SENTENCES: Mapping[type[Ruling], str] = {
    KeySet: Phrase("{name} gave {room} a key: /join {room} KEY lets people in."),
    KeyGone: Phrase("{name} took the key off {room}."),
    OperatorGiven: Phrase("{name} made {recipient} an operator of {room}."),
    OperatorTaken: Phrase("{name} made {recipient} an operator of {room} no more."),
    VoiceGiven: Phrase("{name} gave {recipient} a voice in {room}."),
    VoiceTaken: Phrase("{name} took the voice of {recipient} in {room}."),
    Barred: Phrase("{name} keeps {recipient} out of {room}."),
    Unbarred: Phrase("{name} lets {recipient} into {room} again."),
    MasksSet: Phrase("Kept out of {room}: {masks}"),
    LimitSet: Phrase("{name} lets at most {state} people into {room}."),
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
    (SecretSet, "on"): Phrase("{name} took {room} off all lists: whoever knows its name can join."),
    (SecretSet, "off"): Phrase("{name} put {room} on the lists of rooms."),
    (ModeratedSet, "on"): Phrase("{name} made {room} moderated: its operators talk, and who has a voice."),
    (ModeratedSet, "off"): Phrase("{name} lets everybody in {room} talk."),
    (OutsideSet, "on"): Phrase("{name} lets people outside talk in {room}, by /msg #{room} TEXT."),
    (OutsideSet, "off"): Phrase("{name} lets nobody outside talk in {room}."),
    (LimitSet, "off"): Phrase("{name} took the limit off {room}."),
}

_BY_ITSELF = Phrase("{recipient} is an operator of {room} again.")


def said_of(event: Ruling) -> str:
    """The sentence for a ruling, in English."""
    if isinstance(event, OperatorGiven) and event.name is None:
        return _BY_ITSELF
    switched = _SWITCHES.get((type(event), getattr(event, "state", "")))
    return switched or _SENTENCES[type(event)]


def said_with(event: Ruling) -> dict[str, object]:
    """What is put into it."""
    more = {name: getattr(event, name) for name in more_of(type(event))}
    return {"room": event.room, "name": event.name or Phrase("The administrator"), **more}
