"""Each thing that the core keeps of somebody goes to another process, or is made anew there for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.carried import attributes
from support.chat import Chat

from twistchat.core.announcements import ShownAnnouncements
from twistchat.core.answering import Answering
from twistchat.core.bans import Act
from twistchat.core.bucket import Bucket
from twistchat.core.entrance import Entrance
from twistchat.core.hub import Hub
from twistchat.core.intake import Intake
from twistchat.core.membership import Membership
from twistchat.core.ownership import Ownership
from twistchat.core.person import Person
from twistchat.core.preferences import Preferences
from twistchat.core.programs import Programs, Use
from twistchat.core.rights import Rights
from twistchat.core.room import Room
from twistchat.core.session import Session
from twistchat.core.turn import Turn

PARTS = "_person _shared _intake _clock _turn _act _answering shared client "
"""What is another object, which is there in a new process, too."""

KEPT: dict[type, str] = {
    Session: "person entrance _last",
    Entrance: "_code _wrong_codes _has_one_try _may_give_code _was_refused _had_behind _deadline _ways",
    Intake: "_bucket _told_to_slow_down _held_until _held",
    Bucket: "_at _tokens",
    Person: "name key preferences announcements membership rights ownership reply_to more away description is_welcome "
    "since active",
    Preferences: "echo echo_private times colours past language ignored",
    ShownAnnouncements: "_since _earlier",
    Membership: "rooms current",
    Answering: "",
    Rights: "_posts",
    Ownership: "_proven _wanted claimed shown",
    Room: "name record guests _group_of",
    Hub: "everyone rooms admission stays room_stays tries claim_desk programs",
    Programs: "_uses _wrong",
    Use: "count latest refusal _bucket _said",
}
"""What is in a portrait, with the log and the journal."""

ANEW: dict[type, str] = {
    Session: PARTS + "_forget",
    # Their interface reads what is behind a name, and says so when they have a name to give.
    Entrance: PARTS + "_read_behind",
    # A chat is at rest when it is portrayed: no line waits for the log, and whoever waits for that has been called.
    # What waits for the flood limit has its timer from what is held.
    Intake: PARTS + "_waiting _catching_up _next _at_rest",
    # Who is gone is not portrayed; what is owed of a turn has been sent; the door is the hub's way out.
    Person: PARTS + "answering handed_on is_gone is_removed _door _owed",
    # Follows from the client and from what they prefer.
    Preferences: "format _labelled",
    # Moves that are on their way into the log.
    Membership: "_moves",
    Answering: "tag",
    # Until when what they are holds is read from the journal; no other name of theirs waits for the log.
    Rights: PARTS + "_identity _next _former",
    # An interface that conceals codes does so by what is wanted.
    Ownership: "conceal",
    # Groups follow from whoever is in; presence has been told; nobody is on the way in or out, nor is what was decided.
    Room: "groups ruled presence expected _terms_to_be",
    # By options, by the log and the journal, or counted from 0, as the docs say; what waits for the log or a turn does
    # not wait any more. A server that is being emptied does not hand over.
    Hub: "log clock wall limits commands place elsewhere zone rules calls roster acts vault claims_mode "
    "claims_keep comings figures turn census ignoring pipeline signals is_draining",
    Programs: "_rules _clock _wall",
    # Who is being answered is told nothing, and tries again.
    Use: "_saying",
}
"""What is made anew, and why."""


def things(chat: Chat) -> Iterator[Any]:
    """One of each, as it is in a chat."""
    ada = chat.enters("ada")
    session = chat.hub.everyone[ada.session.person]
    person: Any = session.person
    yield from (chat.hub, chat.hub.rooms["lobby"], session, session.entrance, session._intake, session._intake._bucket)
    yield from (person, person.preferences, person.announcements, person.membership, person.answering)
    yield from (person.rights, person.ownership)
    yield from (chat.hub.programs, chat.hub.programs.use(Act("hook", "op", "grafana", number=1)))


@pytest.mark.parametrize("kind", list(KEPT), ids=lambda kind: kind.__name__)
def test_whatever_the_core_keeps_is_written_down_or_made_anew_for_a_reason(kind: type) -> None:
    thing = next(thing for thing in things(Chat()) if type(thing) is kind)
    there, kept, anew = {*attributes(thing)}, {*KEPT[kind].split()}, {*ANEW.get(kind, "").split()}
    assert there - kept - anew == set(), "neither written down nor listed as made anew"
    assert kept - there == set(), "listed, and not there"
    assert anew - there <= {*PARTS.split()}, "listed, and not there"


def test_no_part_of_a_person_is_of_a_class_that_is_not_looked_at() -> None:
    there = [thing for thing in things(Chat()) if not isinstance(thing, Hub | Room | Programs)]
    parts = {type(value) for thing in there for value in attributes(thing).values()}
    ours = {kind for kind in parts if kind.__module__.startswith("twistchat.core.")}
    assert ours - {type(thing) for thing in things(Chat())} == {Turn}, "the chat's"
