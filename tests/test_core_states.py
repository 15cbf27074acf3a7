"""Whatever people and the log do, everyone sees what was committed while they were there, once, in the log's order.

A state machine lets people come, go, talk, whisper, rename, ignore and change rooms, with a log that is quick, slow or
failing. What each of them was sent is compared with what a replay of the committed events says.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import attrgetter

import pytest
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
from support.examples import examples
from support.journal import ListJournal
from support.results import at_once
from support.tokens import CountingFormat, TokenFormat

from twistchat.core import names
from twistchat.core.events import (
    Acted,
    Announced,
    Entry,
    Event,
    Joined,
    Left,
    Renamed,
    RenamedAlone,
    Said,
    Told,
    Whispered,
)
from twistchat.core.moderation import Moderation
from twistchat.core.names import EVERYWHERE, LOBBY, Place
from twistchat.core.person import Person as Inside
from twistchat.core.submission import Delivered, Submission
from twistchat.errors import ChatError, NobodyCalled, NotStored

NAMES = st.sampled_from(["ada", "bob", "cyd", "小明", "Ada"])
ROOMS = st.sampled_from([LOBBY, "tea", "chess"])
WHO = st.integers(0, 11)
ON_OFF = st.sampled_from(["on", "off"])
DEEDS = st.one_of(
    st.sampled_from(["text {count}", "/me does {count}", "/topic topic {count}", "/reply secret {count}"]),
    st.sampled_from(["/time on", "/time off", "/who", "/rooms"]),
    NAMES.map("/nick {}".format),
    NAMES.map(lambda name: f"/msg {name} secret {{count}}"),
    ROOMS.map("/join {}".format),
    ROOMS.map("/leave {}".format),
)
HISTORY = 3
MOST_PEOPLE = 4

TOKENS = TokenFormat()
EVENT = re.compile(r"(?:(?P<past>past )\S*: )?(?:#0 (?:@\S+ )?(?P<whole>.*)|(?P<number>#\d+))")


class Replay:
    """What the committed events say: who was in which room under which name, and what each person was to be sent."""

    def __init__(self) -> None:
        self.members: dict[str, dict[Inside, str]] = defaultdict(dict)
        """Who is in each room, and the name that the room knows."""
        self.tokens: dict[Inside, list[str]] = defaultdict(list)
        self.ignored: dict[Inside, set[str]] = defaultdict(set)
        self.no_echo: set[Inside] = set()
        self.came: dict[Inside, None] = {}
        self._past: dict[Place, list[Entry]] = defaultdict(list)
        self._announced: dict[Inside, set[int]] = defaultdict(set)
        """What each has been shown of what was announced to everyone: nothing is to be shown twice."""

    def take(self, submission: Submission, told: Told) -> None:
        event, author = told.event, submission.member
        audience = [author, submission.recipient]
        if isinstance(event.room, str):
            members = self.members[event.room]
            if isinstance(event, Joined):
                self._join(event, author, members)
            else:
                assert members.get(author) == event.name, "told of somebody who is not there, or not under that name"
            audience = [*members]
            if isinstance(event, Left):
                del members[author]
                audience.remove(author)
        if isinstance(event, Renamed | RenamedAlone):
            self._rename(event, author)
        if isinstance(event, Announced):
            audience = [*self.came]
            for session in self.came:
                self._announced[session].add(told.number)
        for session in dict.fromkeys(audience):
            if session is not None and self._wants(session, event, author):
                self.tokens[session].append(
                    f"#{told.number}" if isinstance(told, Entry) else TOKENS.event(told).decode().rstrip()
                )
        if isinstance(told, Entry) and event.past:
            self._past[told.event.room].append(told)

    def _join(self, event: Joined, author: Inside, members: dict[Inside, str]) -> None:
        assert author not in members, "told twice of somebody's joining"
        members[author] = event.name
        keys = [names.key(name) for name in members.values()]
        assert len(keys) == len(set(keys)), "two people of one name"
        self.came[author] = None
        latest = sorted(self._past[event.room] + self._past[EVERYWHERE], key=attrgetter("number"))[-HISTORY:]
        wanted = [entry for entry in latest if self._wants(author, entry.event, None)]
        shown = [
            entry
            for entry in wanted
            if entry.event.room is not EVERYWHERE or entry.number not in self._announced[author]
        ]
        self.tokens[author].extend(f"past #{entry.number}" for entry in shown)
        self._announced[author].update(entry.number for entry in shown)

    def _rename(self, event: Renamed | RenamedAlone, author: Inside) -> None:
        if isinstance(event, Renamed):
            self.members[event.room][author] = event.new_name
        for ignored in self.ignored.values():
            if names.key(event.name) in ignored:
                ignored.remove(names.key(event.name))
                ignored.add(names.key(event.new_name))

    def _wants(self, session: Inside, event: Event, author: Inside | None) -> bool:
        if not isinstance(event, Said | Acted | Whispered):
            return True
        if session is author:
            return isinstance(event, Whispered) or session not in self.no_echo
        return names.key(event.name) not in self.ignored[session]


class ChatMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.chat = Chat(history=HISTORY)
        self.moderation = Moderation(self.chat.hub, ListJournal(self.chat.clock.seconds))
        self.rendered: Counter[tuple[CountingFormat, int]] = Counter()
        self.everyone: list[Person] = []
        self.replay = Replay()
        self.delivered: list[Delivered] = []
        self.submitted: dict[int, int] = {}
        self.count = 0
        self.problems: list[AssertionError] = []
        self._watch()

    def _watch(self) -> None:
        """Note what is submitted in which order, and what is delivered."""
        self._kept: list[Event] = []

        def submitted(events: Sequence[Event]) -> None:
            for event in events:
                self.submitted[id(event)] = len(self.submitted)
                self._kept.append(event)

        def delivered(batch: list[Delivered]) -> None:
            self.delivered.extend(batch)
            try:
                for entry, submission in batch:
                    self.replay.take(submission, entry)
            except AssertionError as problem:
                self.problems.append(problem)

        watch_pipeline(self.chat, submitted, delivered)

    # --- what people do

    @initialize(names=st.lists(NAMES, min_size=1, max_size=3))
    def people_are_here(self, names: list[str]) -> None:
        for name in names:
            self.somebody_comes(name, "line")
        self.chat.turn()

    @precondition(lambda self: len(self.people) < MOST_PEOPLE)
    @rule(name=NAMES, dialect=st.sampled_from(["line", "web"]))
    def somebody_comes(self, name: str, dialect: str) -> None:
        person = self.chat.connects(format=CountingFormat(numbers=True, dialect=dialect, rendered=self.rendered))
        self.everyone.append(person)
        person.types(name)

    @property
    def people(self) -> list[Person]:
        """Those whose sessions have not ended; a /quit may have waited for the log."""
        return [person for person in self.everyone if not person.inside.is_gone]

    def _type(self, who: int, line: str) -> Person | None:
        person = self.people[who % len(self.people)] if self.people else None
        if person is not None:
            person.types(line)
        return person

    @rule(deeds=st.lists(st.tuples(WHO, DEEDS), min_size=1, max_size=6), turn_ends=st.booleans())
    def people_do_things(self, deeds: list[tuple[int, str]], turn_ends: bool) -> None:
        for who, line in deeds:
            self.count += 1
            self._type(who, line.format(count=self.count))
        if turn_ends:
            self.chat.turn()

    @precondition(lambda self: not self.chat.log.waiting)  # what people type is not held, so it counts from here on
    @rule(who=WHO, state=ON_OFF)
    def somebody_wants_echo_or_not(self, who: int, state: str) -> None:
        person = self.people[who % len(self.people)] if self.people else None
        if person is not None and person.inside.is_welcome:
            person.types(f"/echo {state}")
            (self.replay.no_echo.add if state == "off" else self.replay.no_echo.discard)(person.inside)

    @precondition(lambda self: not self.chat.log.waiting)
    @rule(who=WHO, name=NAMES, command=st.sampled_from(["ignore", "unignore"]))
    def somebody_ignores_or_no_more(self, who: int, name: str, command: str) -> None:
        person = self.people[who % len(self.people)] if self.people else None
        if person is None or not person.inside.is_welcome:  # it would be held until they are in
            return
        person.types(f"/{command} {name}")
        ignored = self.replay.ignored[person.inside]
        if command == "unignore":
            ignored.discard(names.key(name))
        else:
            with suppress(NobodyCalled):
                other = self.chat.called(name)
                ignored |= {names.key(other.shown_name)} if other is not person.inside else set()

    @rule()
    def the_administrator_announces(self) -> None:
        self.count += 1
        answer = self.chat.hub.pipeline.proclaim(Announced(EVERYWHERE, f"text {self.count}"))
        answer.addErrback(lambda failure: failure.trap(NotStored))

    @rule(name=NAMES)
    def the_administrator_puts_somebody_out(self, name: str) -> None:
        with suppress(ChatError):
            _, found = at_once(self.moderation.kick("op", name, "spam"))
            assert all(session.is_gone for session in found)

    @rule(room=ROOMS)
    def the_administrator_closes_a_room(self, room: str) -> None:
        with suppress(ChatError):
            at_once(self.moderation.close_room("op", room))

    @rule(name=NAMES, new_name=NAMES)
    def the_administrator_renames_somebody(self, name: str, new_name: str) -> None:
        with suppress(ChatError):
            at_once(self.moderation.rename("op", name, new_name))

    @rule(who=WHO, leave=st.sampled_from([Person.vanishes, lambda person: person.types("/quit so long")]))
    def somebody_goes(self, who: int, leave: Callable[[Person], None]) -> None:
        person = self.people[who % len(self.people)] if self.people else None
        if person is None:
            return
        leave(person)
        if person.inside.is_gone:
            assert person.inside not in self.chat.named, "a name is free at once"

    # --- what the log does

    @rule()
    def the_turn_ends(self) -> None:
        self.chat.turn()

    @rule(slow=st.booleans(), failing=st.sampled_from([None, None, NotStored("the disk is full")]))
    def the_log_changes(self, slow: bool, failing: NotStored | None) -> None:
        self.chat.log.slow, self.chat.log.failing = slow, failing

    @precondition(lambda self: self.chat.log.waiting)
    @rule(well=st.booleans())
    def the_log_answers(self, well: bool) -> None:
        (self.chat.log.go_on if well else self.chat.log.give_up)()
        self.chat.turn()

    # --- what must hold

    @invariant()
    def the_story_that_the_log_tells_is_possible(self) -> None:
        assert not self.problems

    @invariant()
    def nothing_is_delivered_but_what_the_log_has(self) -> None:
        assert [entry for entry, _ in self.delivered if entry.number] == self.chat.log.entries

    @invariant()
    def what_is_delivered_is_in_the_order_in_which_it_was_submitted(self) -> None:
        places = [self.submitted[id(entry.event)] for entry, _ in self.delivered if id(entry.event) in self.submitted]
        assert places == sorted(places)

    @invariant()
    def everyone_was_sent_what_was_committed_while_they_were_there(self) -> None:
        for person in self.people:
            assert _heard(person) == self.replay.tokens[person.inside]

    @invariant()
    def rooms_have_the_members_whose_joining_was_committed(self) -> None:
        for name, members in self.replay.members.items():
            here = {session for session in members if not session.is_gone}
            assert here == self.chat.members(name)
            assert all(name in session.rooms for session in here)

    @invariant()
    def each_format_rendered_each_event_once(self) -> None:
        shared = {entry.number for entry, _ in self.delivered if isinstance(entry.event.room, str)}
        assert {count for (_, number), count in self.rendered.items() if number in shared} <= {1}

    def teardown(self) -> None:
        """In the end the log is well again, somebody comes, and everything is settled."""
        self.chat.log.failing = None
        self.chat.log.hurry()
        self.chat.turn()
        last = self.chat.connects(format=CountingFormat(numbers=True, rendered=self.rendered))
        last.sends("zoe")
        self.everyone.append(last)
        self.the_story_that_the_log_tells_is_possible()
        self.everyone_was_sent_what_was_committed_while_they_were_there()
        assert set(self.chat.hub.everyone) == {person.inside for person in self.people}
        named = [person.inside for person in self.people if person.inside.name is not None]
        assert self.chat.named == set(named)
        for session in named:
            self.chat.keep_name(session)  # changes nothing
            assert self.chat.called(session.shown_name) is session
        for name, members in self.replay.members.items():
            assert not any(session.is_gone for session in members), "somebody's leaving was never told"
            assert all(session.name == told for session, told in members.items())
            assert members or name == LOBBY or name not in self.chat.open_rooms, "an empty room stays open"
        for person in self.people:
            person.vanishes()
        assert not self.chat.named


def _heard(person: Person) -> list[str]:
    """The events that somebody was sent: by the log's number, or whole where they have none."""
    found = [EVENT.match(line) for line in person.client.lines]
    return [event["whole"] or f"{event['past'] or ''}{event['number']}" for event in found if event is not None]


@pytest.mark.hypothesis
def test_everyone_sees_the_committed_events_from_their_joining_to_their_leaving() -> None:
    run_state_machine_as_test(ChatMachine, settings=examples(100, stateful_step_count=40))
