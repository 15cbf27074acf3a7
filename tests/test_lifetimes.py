"""Nothing outlives its session: whatever it ends by, in whatever state, whatever answer of the log is still due."""

from __future__ import annotations

import gc
import weakref
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat, Person
from support.examples import examples
from support.guests import ADDRESS, WAYS, Guest, StreamGuest
from support.journal import ListJournal
from twisted.internet.defer import Deferred

from twistchat.core import room
from twistchat.core.moderation import Moderation
from twistchat.errors import ChatError
from twistchat.interfaces.ingress import LAST_SECONDS
from twistchat.interfaces.table import INTERFACES

LINES = (
    *("hello", "/search tea", "/more", "/history 5", "/missed", "/join kitchen", "/leave", "/nick ada2", "/who"),
    *("/me waves", "/msg eve psst", "/topic tea", "/echo off", "/lang zh_CN", "/ignore eve", "/nosuch", "x" * 1001),
)
STEPS = ("name", "log answers", "log fails", "a moment", "stops reading", "eve talks", *LINES)
ENDS = ("quit", "hangs up", "closes its side", "kick", "ban", "shut down", "overflow", "silence")


def steps() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(STEPS), max_size=8)


class Scene:
    """A guest by one way, and Eve, who stays; the log answers when it is told to."""

    def __init__(self, way: type[Guest]) -> None:
        self.chat = Chat()
        self.mod = Moderation(self.chat.hub, ListJournal(self.chat.clock.seconds))
        self.eve: Person = self.chat.enters("eve")
        self.let_pass(1)
        self.guest = way(self.chat)

    def let_pass(self, seconds: int) -> None:
        for _ in range(seconds * 10):
            self.chat.clock.advance(0.1)

    def step(self, what: str) -> None:
        """Have one thing happen."""
        log, guest = self.chat.log, self.guest
        match what:
            case "name":
                guest.gives_name("ada")
            case "log answers" if log.waiting:
                log.go_on()
            case "log fails" if log.waiting:
                log.give_up()
            case "a moment":
                self.chat.clock.advance(0.2)
            case "stops reading":
                guest.stops_reading()
            case "eve talks":
                self.eve.sends("tea is ready")
            case line if line.startswith("/") or line in LINES:
                guest.says(line)
        self.chat.turn()

    def end(self, how: str) -> None:
        """End the guest's session so, if it can be ended so now."""
        guest = self.guest
        match how:
            case "quit":
                guest.says("/quit")
            case "closes its side":
                guest.closes_its_side()
            case "kick":
                self._does(self.mod.kick("op", "ada"))
            case "ban":
                self._does(self.mod.ban("op", ADDRESS, 60))
            case "shut down":
                self.chat.hub.shut_down()
            case "overflow":
                self.chat.limit(backlog=100)
                guest.stops_reading()
                guest.says("/help")
            case "silence":
                guest.falls_silent()
        self.chat.turn()

    def _does(self, act: Any) -> None:
        Deferred.fromCoroutine(act).addErrback(lambda failure: failure.trap(ChatError))

    @property
    def is_over(self) -> bool:
        return set(self.chat.hub.everyone) <= {self.eve.inside}

    def settle(self) -> None:
        """Have the log answer all, the rooms be told, and five minutes pass."""
        for _ in range(3):
            self.chat.log.hurry()
            self.chat.turn()
        if not self.eve.inside.is_gone:
            self.eve.sends("still here")
        self.let_pass(1)
        for _ in range(20):
            self.chat.clock.advance(15)


def ended(scene: Scene, before: list[str], during: list[str], how: str, answers_first: bool) -> None:
    """Play a scene to its end, and look what is left."""
    chat, guest = scene.chat, scene.guest
    for what in before:
        scene.step(what)
    chat.log.slow = True
    for what in during:
        scene.step(what)
    scene.end(how)
    if answers_first:
        chat.log.hurry()
    guest.settles()
    if not scene.is_over:  # it could not be ended so: there was no name yet, or the end waits for the log
        guest.hangs_up()
        guest.settles()
    if not scene.is_over:  # what came before its end waits for the log, and has so long
        scene.let_pass(round(LAST_SECONDS))
        guest.settles()
    assert scene.is_over
    guest.came()

    scene.settle()
    assert not any(guest.came())
    assert len(chat.clock.getDelayedCalls()) == guest.standing
    assert not any(map(len, guest.tables()))
    here = set() if scene.eve.inside.is_gone else {scene.eve.inside}
    assert set(chat.hub.everyone) == chat.named == here
    assert chat.members("lobby") == here
    assert chat.open_rooms <= {"lobby"}
    assert {name for record in chat.hub.census for name in record.people.values()} == chat.names
    assert not any(chat.hub.rooms[name].presence.newcomers for name in chat.open_rooms)
    assert not any(visitor.open for visitor in chat.hub.admission._visitors.values())
    assert not chat.queued


@examples(100)
@given(
    way=st.sampled_from(WAYS),
    before=steps(),
    during=steps(),
    how=st.sampled_from(ENDS),
    answers_first=st.booleans(),
    has_large_rooms=st.booleans(),
)
def test_after_an_end_nothing_is_sent_scheduled_or_kept_in_a_table(
    way: type[Guest], before: list[str], during: list[str], how: str, answers_first: bool, has_large_rooms: bool
) -> None:
    with patch.object(room, "LARGE", 1 if has_large_rooms else 50):
        ended(Scene(way), before, during, how, answers_first)


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.way)
def test_after_an_end_nothing_holds_the_person_any_more(way: type[Guest], how: str) -> None:
    scene = Scene(way)
    scene.step("name")
    [person] = [weakref.ref(person) for person in scene.chat.hub.everyone if person is not scene.eve.inside]
    ended(scene, ["/join kitchen", "/msg eve psst"], ["hello", "/search tea", "/nick bob"], how, answers_first=False)
    scene.eve.vanishes()
    scene.settle()
    del scene.guest
    gc.collect()
    assert person() is None


def test_an_answer_that_comes_after_numbered_datagrams_have_ended_sends_nothing_for_ever() -> None:
    scene = Scene(StreamGuest)
    ended(scene, ["name"], ["/search tea"], "hangs up", answers_first=False)


def test_every_interface_that_people_talk_by_is_among_the_ways() -> None:
    """But SSH, whose far end is a program: see test_interfaces_shell.py and test_interfaces_ssh.py."""
    chat = Chat()
    ways = {row.same_as or row.name for row in INTERFACES if row.is_for_people}
    assert {way(chat).door.name for way in WAYS} == ways - {"ssh"}
