"""Whatever people and the log do, nobody outside a closed room gets anything of it, now or later, by any command.

A state machine lets people, some of whom have keys of their own, come, go, talk, decide on rooms and ask, with a log
that is quick, slow or failing. A replay of what was committed says who may have what: a *life* of a room ends with a
seal.
"""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.chat import Chat, Person, watch_pipeline
from support.tokens import TokenFormat

from twistchat.core import names
from twistchat.core.events import (
    Invited,
    Joined,
    KeyGone,
    KeySet,
    Left,
    OperatorGiven,
    PrivateSet,
    PutOut,
    Said,
    Sealed,
)
from twistchat.core.masks import is_like
from twistchat.core.modes import (
    LimitSet,
    MasksSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    VoiceGiven,
)
from twistchat.core.person import Person as Inside
from twistchat.core.submission import Delivered
from twistchat.errors import NotStored

NAMES = ["ada", "bob", "cyd", "eve"]
KEYS = {"ada": "ada's", "bob": "bob's"}
"""Who comes with a key of their own; the others have none, and nobody who comes is one of before."""
ROOMS = ["tea", "tea", "den"]
ANY_ROOM, ANYBODY = st.sampled_from(ROOMS), st.sampled_from(NAMES)
ASKING = ["/history", "/missed", "/search secret", "/more", "/rooms", "/topic", "/who"]
LOOKING = ["/rooms", "/who tea", "/who den", *map("/whois {}".format, NAMES)]
DEEDS = st.one_of(
    st.just("secret {count}"),
    st.sampled_from(ASKING),
    ANY_ROOM.map("/join {}".format),
    ANY_ROOM.map("/join {}".format),
    ANY_ROOM.map("/join {} oolong".format),
    ANY_ROOM.map("/join {} green".format),
    ANY_ROOM.map("/leave {}".format),
    ANY_ROOM.map("/who {}".format),
    ANY_ROOM.map("/search secret in:{}".format),
    st.sampled_from(["/private on", "/private on", "/private off", "/key oolong", "/key off", "/topiclock on"]),
    st.sampled_from(["/secret on", "/secret off", "/limit 1", "/limit off", "/outside on", "/outside off"]),
    st.sampled_from(["/moderated on", "/moderated off", "/ban", "/ban e*"]),
    ANY_ROOM.map("/msg #{} secret {{count}}".format),
    ANYBODY.map("/ban {}".format),
    ANYBODY.map("/unban {}".format),
    ANYBODY.map("/voice {}".format),
    ANYBODY.map("/whois {}".format),
    ANYBODY.map("/invite {}".format),
    ANYBODY.map("/op {}".format),
    ANYBODY.map("/kick {}".format),
)
SECRET = re.compile(r"secret (\d+)")
NAMED = re.compile(r"^(?:room|who) room=(\w+)|^whois .*rooms=(\S+)$")

Who = Inside | str
"""Who somebody is, whether they come again or not."""


class Life:
    """A room between two seals, as the committed events have it."""

    def __init__(self) -> None:
        self.was_in: set[Who] = set()
        self.may_come: set[Who] = set()
        self.said: set[str] = set()


class ModelledRoom:
    """A room as the committed events have it."""

    def __init__(self) -> None:
        self.life = Life()
        self.members: dict[Inside, str] = {}
        self.private = self.key = self.secret = self.outside = self.moderated = False
        self.limit: int | None = None
        self.masks: list[str] = []
        self.voiced: set[Inside] = set()
        self.guests: set[Inside] = set()
        self.operators: set[Inside] = set()

    @property
    def is_closed(self) -> bool:
        return self.private or self.key


def who(person: Inside) -> Who:
    return person.key or person


class PrivateMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.chat = Chat(history=5)
        self.people: list[Person] = []
        self.gone: list[tuple[str, Inside]] = []
        self.rooms: dict[str, ModelledRoom] = defaultdict(ModelledRoom)
        self.lives: dict[str, Life] = {}
        """In which life each secret was told."""
        self.told_by: dict[str, Inside] = {}
        self.knows_key: set[Who] = set()
        self.named: dict[Inside, str] = {}
        self.problems: list[str] = []
        self.count = 0
        watch_pipeline(self.chat, lambda events: None, self._delivered)

    def _delivered(self, batch: list[Delivered]) -> None:
        for told, submission in batch:
            event = told.event
            author = submission.member if submission is not None else None
            if isinstance(event.room, str) and event.room in ROOMS:
                self._take(self.rooms[event.room], event, author)

    def _take(self, room: ModelledRoom, event: object, author: object) -> None:
        match event:
            case Joined(name=name):
                assert isinstance(author, Inside)
                may = (
                    not room.is_closed
                    or who(author) in room.life.may_come
                    or (room.key and who(author) in self.knows_key)
                )
                if not may:
                    self.problems.append(f"{name} came into a closed room")
                if author not in room.guests and room.members:
                    if room.limit is not None and len(room.members) >= room.limit:
                        self.problems.append(f"{name} came into a full room")
                    if any(is_like(name, mask) for mask in room.masks):
                        self.problems.append(f"{name} came in and was kept out")
                room.operators |= set() if room.members else {author}
                room.members[author] = name
                room.life.was_in.add(who(author))
                room.life.may_come.add(who(author))
            case Left():
                assert isinstance(author, Inside)
                room.members.pop(author, None)
                room.voiced.discard(author)
                room.operators.discard(author)
                if isinstance(event, PutOut):
                    room.life.may_come.discard(who(author))
            case PrivateSet(state=state):
                room.private = state == "on"
            case KeySet() | KeyGone():
                room.key = isinstance(event, KeySet)
            case SecretSet(state=state):
                room.secret = state == "on"
            case OutsideSet(state=state):
                room.outside = state == "on"
            case ModeratedSet(state=state):
                room.moderated = state == "on"
            case LimitSet(state=state):
                room.limit = None if state == "off" else int(state)
            case MasksSet(masks=masks):
                room.masks = masks.split()
            case VoiceGiven(recipient=recipient):
                room.voiced.update(self._called(recipient))
            case OperatorGiven(recipient=recipient):
                room.operators.update(self._called(recipient))
            case Invited(recipient=recipient):
                found = self._called(recipient)
                room.guests.update(found)
                room.life.may_come.update(map(who, found))
            case Sealed():
                room.life = Life()
                for member in room.members:
                    room.life.was_in.add(who(member))
                    room.life.may_come.add(who(member))
            case Said(text=text):
                room.life.said.add(text)
                self.lives[text] = room.life
                assert isinstance(author, Inside)
                self.told_by[text] = author
                if author not in room.members and (not room.outside or room.is_closed):
                    self.problems.append(f"{author.name} talked from outside")
                if room.moderated and author not in room.voiced | room.operators:
                    self.problems.append(f"{author.name} talked without a voice")

    def _called(self, name: str) -> list[Inside]:
        """Who has that name, or had it when the word was given: they may have gone in the same turn, and come again."""
        everybody = [*self.gone, *((person.name, person.inside) for person in self.people)]
        return [person for called, person in everybody if called and names.key(called) == names.key(name)]

    # --- what people do

    @initialize(first=st.lists(st.sampled_from(["/private on", "/key oolong", "/invite bob"]), max_size=3))
    def people_are_here(self, first: list[str]) -> None:
        for name in NAMES[:3]:
            self._comes(name)
        self.chat.turn()
        self.people[0].sends("/join tea", "secret 0", *first)

    def _comes(self, name: str) -> None:
        person = self.chat.connects(format=TokenFormat())
        if name in KEYS:
            person.session.take_place(name, KEYS[name])
        person.types(name)
        self.people.append(person)

    @rule(name=ANYBODY)
    def somebody_comes(self, name: str) -> None:
        if name not in self.chat.names:
            self._comes(name)

    @precondition(lambda self: self.people)
    @rule(at=st.integers(0, 9))
    def somebody_goes(self, at: int) -> None:
        person = self.people.pop(at % len(self.people))
        self.gone.append((person.name, person.inside))
        person.vanishes()

    @precondition(lambda self: self.people)
    @rule(deeds=st.lists(st.tuples(st.integers(0, 9), DEEDS), min_size=1, max_size=5), turn_ends=st.booleans())
    def people_do_things(self, deeds: list[tuple[int, str]], turn_ends: bool) -> None:
        for at, line in deeds:
            self.count += 1
            person = self.people[at % len(self.people)]
            if line.endswith(" oolong") and line.startswith("/join"):
                self.knows_key.add(who(person.inside))
            person.types(line.format(count=self.count))
            self._look(person)
        if turn_ends:
            self.chat.turn()

    @rule(slow=st.booleans(), failing=st.sampled_from([None, None, None, NotStored("the disk is full")]))
    def the_log_changes(self, slow: bool, failing: NotStored | None) -> None:
        self.chat.log.slow, self.chat.log.failing = slow, failing

    @rule()
    def the_turn_ends(self) -> None:
        self.chat.turn()

    @precondition(lambda self: self.chat.log.waiting)
    @rule(well=st.booleans())
    def the_log_answers(self, well: bool) -> None:
        (self.chat.log.go_on if well else self.chat.log.give_up)()
        self.chat.turn()

    @rule(it_does=st.integers(0, 3))
    def the_server_begins_again_with_the_same_log(self, it_does: int) -> None:
        """Everybody is gone without a word, and what is known comes from the log."""
        if it_does:
            return
        self.chat.log.hurry()
        self.chat.turn()
        log = self.chat.log
        log.follow(lambda parts: None)
        self.chat = Chat(log=log, clock=self.chat.clock, history=5)
        log.failing = None
        self.people.clear()
        for room in self.rooms.values():
            room.members.clear()
            room.voiced.clear()
            room.operators.clear()
            room.guests.clear()
            room.life.may_come = {each for each in room.life.may_come if isinstance(each, str)}
        self.knows_key = {each for each in self.knows_key if isinstance(each, str)}
        watch_pipeline(self.chat, lambda events: None, self._delivered)

    # --- what must hold

    def _look(self, person: Person) -> None:
        """Look through what somebody was sent."""
        for line in person.hears():
            if line.startswith("refused"):
                continue
            for number in SECRET.findall(line):
                life = self.lives.get(f"secret {number}")
                is_own = self.told_by.get(f"secret {number}") is person.inside
                if life is not None and not is_own and who(person.inside) not in life.was_in:
                    self.problems.append(f"{person.name} got {line!r}")

    @invariant()
    def nobody_outside_gets_anything_of_a_closed_room(self) -> None:
        for person in self.people:
            self._look(person)
        assert not self.problems

    @precondition(lambda self: self.people and not self.chat.log.slow and not self.chat.log.waiting)
    @rule(at=st.integers(0, 9), line=st.sampled_from(LOOKING))
    def nobody_outside_is_told_of_a_private_room(self, at: int, line: str) -> None:
        self.chat.turn()
        person = self.people[at % len(self.people)]
        for answer in person.asks(line):
            named = NAMED.match(answer)
            for room in (named[1] or named[2]).split(",") if named else ():
                if room in ROOMS and (self.rooms[room].private or self.rooms[room].secret):
                    assert person.inside in self.rooms[room].members, answer

    def teardown(self) -> None:
        self.chat.log.failing = None
        self.chat.log.hurry()
        self.chat.turn()
        self.nobody_outside_gets_anything_of_a_closed_room()


@pytest.mark.hypothesis
def test_nobody_outside_a_closed_room_gets_anything_of_it() -> None:
    run_state_machine_as_test(PrivateMachine, settings=settings(max_examples=50, stateful_step_count=30))
