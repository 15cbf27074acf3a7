"""Catching up: the past that somebody is shown, and what they hear from then on, are the log, whole and in order.

A state machine lets people come, talk, look back and go; the server is started anew; commits may take their time.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from support.chat import Chat, Person
from support.logfiles import prepared
from support.worker import SameThread
from twisted.internet.task import Clock

from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.log.memory import MemoryLog
from twistchat.log.sqlite import SqliteLog

HISTORY = 3
MOST_PEOPLE = 4
WHO = st.integers(0, MOST_PEOPLE - 1)

_SAID = re.compile(r"(?:past lobby: )?(?:#(?P<number>[0-9]+) )?(?:@[0-9.e+]+ )?p[0-9]+: (?P<text>.*)")


class CatchingUp(RuleBasedStateMachine):
    """People in the lobby. Each has a name of their own, and each line is said once."""

    durability = "normal"

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")  # where waiting for the disk takes no time
        self.folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self.clock = Clock()
        self.workers: dict[str, SameThread] = {}
        self.count = 0
        self.people: list[Person] = []
        self.came: list[Person] = []
        self.begin()

    def log(self) -> Any:
        """The log, as a start finds it."""
        raise NotImplementedError

    def begin(self) -> None:
        """Start the server."""
        self.chat = Chat(self.log(), self.clock)
        self.chat.hub = Hub(self.chat.log, self.clock, self.clock.seconds, replace(Limits(flood=None), history=HISTORY))

    def teardown(self) -> None:
        self.turn()
        self.chat.log.close()
        shutil.rmtree(self.folder)

    # --- what happens

    @precondition(lambda self: len(self.people) < MOST_PEOPLE)
    @rule()
    def come(self) -> None:
        self.count += 1
        person = self.chat.connects()
        person.types(f"p{self.count}")
        self.people.append(person)
        self.came.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, lines=st.integers(1, 3))
    def talk(self, who: int, lines: int) -> None:
        for _ in range(lines):
            self.count += 1
            self.person(who).types(f"line {self.count}")

    @precondition(lambda self: self.people)
    @rule(who=WHO, goodbye=st.booleans())
    def go(self, who: int, goodbye: bool) -> None:
        person = self.person(who)
        self.people.remove(person)
        person.types("/quit") if goodbye else person.vanishes()

    @rule()
    def turn(self) -> None:
        """Let everything be committed and delivered, and compare."""
        for _ in range(6):
            self.clock.advance(0)
            for worker in self.workers.values():
                worker.hurry()
        self.compare()

    @rule()
    def half_a_turn(self) -> None:
        self.clock.advance(0)

    @precondition(lambda self: self.people)
    @rule(who=WHO, count=st.integers(1, 5))
    def look_back(self, who: int, count: int) -> None:
        """Page through all of the past, from the newest line to the first."""
        self.turn()
        person = self.person(who)
        found: list[str] = []
        question = f"/history {count}"
        while question:
            heard = len(person.client.lines)
            person.types(question)
            for _ in range(6):
                self.clock.advance(0)
                for worker in self.workers.values():
                    worker.hurry()
            page = [match for match in map(_SAID.fullmatch, person.client.lines[heard:]) if match]
            found[:0] = [match["text"] for match in page]
            question = f"/history {count} before {page[0]['number']}" if page else ""
        assert found == [text for _, text in self.stored()[0]]

    @rule()
    def start_anew(self) -> None:
        self.turn()
        for person in self.people:
            person.vanishes()
        self.turn()
        self.people.clear()
        self.chat.log.close()
        self.begin()

    # --- what must hold

    def person(self, who: int) -> Person:
        return self.people[who % len(self.people)]

    def stored(self) -> tuple[list[tuple[int, str]], dict[str, int], dict[str, int]]:
        """The lines of the log with their numbers, and the numbers at which each person came and left."""
        raise NotImplementedError

    def compare(self) -> None:
        lines, joined, left = self.stored()
        for person in self.came:
            name = person.session.name
            if name not in joined:
                continue
            came, went = joined[name], left.get(name, 10**9)
            before = [text for number, text in lines if number < came]
            live = [text for number, text in lines if came < number < went]
            heard = [match for match in map(_SAID.fullmatch, person.client.lines) if match]
            shown = [match["text"] for match in heard if not match["number"]]
            expected = before[-HISTORY:] + live
            # Whoever is gone does not hear what was under way just then.
            assert shown == (expected[: len(shown)] if person.session.is_gone else expected)


class OverMemory(CatchingUp):
    """The log in memory outlives a start here, as nothing ends this process."""

    kept: MemoryLog | None = None

    def log(self) -> MemoryLog:
        self.kept = self.kept or MemoryLog(self.clock.seconds)
        return self.kept

    def stored(self) -> tuple[list[tuple[int, str]], dict[str, int], dict[str, int]]:
        assert self.kept is not None
        entries = self.kept._room("lobby").entries
        return sorted_out((e.number, type(e.event).__name__.lower(), e.event.name, e.event) for e in entries)


class OverSqlite(CatchingUp):
    """The log on disk."""

    def log(self) -> SqliteLog:
        def worker(name: str, most: int) -> SameThread:
            self.workers[name] = SameThread(name, most)
            self.workers[name].slow = name == "commits" and self.durability == "power"
            return self.workers[name]

        prepared(self.folder / "log.db")
        log = SqliteLog(self.folder, self.clock, self.clock.seconds, self.durability, worker=worker)
        log.open()
        return log

    def stored(self) -> tuple[list[tuple[int, str]], dict[str, int], dict[str, int]]:
        db = self.chat.log._writer._opened()
        rows = db.execute("SELECT number, kind, name, text FROM entries WHERE room = 'lobby' ORDER BY number")
        return sorted_out(rows)


class OverSlowSqlite(OverSqlite):
    """The log on disk, where each commit takes its time."""

    durability = "power"


def sorted_out(rows: Any) -> tuple[list[tuple[int, str]], dict[str, int], dict[str, int]]:
    """Rows of number, kind, name and text as lines, comings and goings."""
    rows = [*rows]
    said = [(number, getattr(text, "text", text)) for number, kind, _, text in rows if kind == "said"]
    joined = {name: number for number, kind, name, _ in rows if kind == "joined"}
    left = {name: number for number, kind, name, _ in rows if kind == "left"}
    return said, joined, left


@pytest.mark.hypothesis
@pytest.mark.parametrize("machine", [OverMemory, OverSqlite, OverSlowSqlite])
def test_the_past_and_what_follows_are_the_log(machine: type[CatchingUp]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=40, stateful_step_count=30))  # type: ignore[no-untyped-call]
