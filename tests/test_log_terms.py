"""A room's terms are in the log for good: a private room is private after a restart, whatever else is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from support.chat import Chat
from support.logfiles import LogFiles
from twisted.internet.task import Clock

from twistchat.core.events import (
    Admitted,
    Entry,
    Expelled,
    Joined,
    KeyGone,
    KeySet,
    OperatorGiven,
    PrivateSet,
    Ruling,
    Said,
    Sealed,
    Stored,
    TopicLocked,
)
from twistchat.core.ports import Log
from twistchat.core.queries import Query
from twistchat.core.terms import ADMISSIONS, MOST_ADMITTED, SETTINGS, Terms
from twistchat.log.exporting import exported, json_line
from twistchat.log.memory import MemoryLog
from twistchat.log.reader import LogReader
from twistchat.log.schema import OF_TERMS, connect
from twistchat.log.upkeep import DAY, Keep, Upkeep
from twistchat.log.writer import Writer

ON, OFF = PrivateSet("tea", "ada", "on"), PrivateSet("tea", "ada", "off")
ENTRIES = "SELECT number, kind FROM entries ORDER BY number"

Store = Callable[..., Sequence[Entry]]
"""Stores rulings, and gives what the log has of the terms of tea."""


def stored(files: LogFiles, *events: Stored, time: float = 1.0) -> None:
    with closing(Writer(files.log, lambda: time, "NORMAL")) as writer:
        writer.commit(events)


def read(files: LogFiles, room: str = "tea") -> Sequence[Entry]:
    with closing(LogReader(files.log)) as reader:
        return reader.terms(room)


@pytest.fixture(params=["memory", "files"])
def store(request: pytest.FixtureRequest, files: LogFiles) -> Iterator[Store]:
    log: Log = MemoryLog(lambda: 1.0)

    def in_memory(*events: Stored) -> Sequence[Entry]:
        log.append(events)
        found: list[Sequence[Entry]] = []
        log.terms("tea").addCallback(found.append)
        return found[0]

    def in_files(*events: Stored) -> Sequence[Entry]:
        stored(files, *events)
        return read(files)

    yield in_memory if request.param == "memory" else in_files


def test_the_index_is_of_just_the_kinds_that_terms_follow_from() -> None:
    kinds = (*SETTINGS, *ADMISSIONS)
    assert set(re.findall(r"'(\w+)'", OF_TERMS.partition("kind IN")[2])) == {kind.kind for kind in kinds}
    assert not any(kind.past or f"kind <> '{kind.kind}'" in OF_TERMS for kind in kinds)


def test_of_each_setting_there_is_the_latest_and_of_admissions_many(store: Store) -> None:
    events: list[Stored] = [ON, Said("tea", "ada", "x"), OFF, ON, KeySet("tea", "ada", "key:1"), KeyGone("tea", "ada")]
    more = [TopicLocked("tea", "ada", "on"), Sealed("tea", None), OperatorGiven("tea", "ada", "bob")]
    last = [Admitted("tea", "ada", "a", "operator"), Expelled("tea", "bob", "b"), PrivateSet("den", "eve", "on")]
    found = store(*events, *more, *last)
    assert [(entry.number, entry.event) for entry in found] == [
        (4, ON),
        (5, events[4]),
        (6, events[5]),
        (7, more[0]),
        (8, more[1]),
        (10, last[0]),
        (11, last[1]),
    ]


def test_a_room_on_which_nothing_was_decided_has_no_terms(store: Store) -> None:
    assert not store(Joined("tea", "ada"), Said("tea", "ada", "x"), OperatorGiven("tea", "ada", "bob"))


def test_of_admissions_there_are_so_many_and_a_closed_room_stays_closed(store: Store) -> None:
    found = store(ON, *(Admitted("tea", "ada", str(number)) for number in range(2 * MOST_ADMITTED + 1)))
    assert len(found) == 2 * MOST_ADMITTED + 1
    terms = Terms()
    terms.recall(found)
    assert terms.is_private and len(terms.admitted) == MOST_ADMITTED


def test_the_terms_stay_when_all_else_is_forgotten(files: LogFiles) -> None:
    """Else a private room would be open once its ruling is older than what is kept, and its latest lines not."""
    clock = Clock()
    clock.advance(1000 * DAY)
    kept = [ON, KeySet("tea", "ada", "key:1"), Admitted("tea", "ada", "a")]
    stored(files, *kept, Said("tea", "ada", "old"), OperatorGiven("tea", "ada", "bob"), time=1.0)
    stored(files, Said("tea", "ada", "new"), time=1000 * DAY)
    upkeep = Upkeep(files.log, files.index, Keep(seconds=90 * DAY, presence=30 * DAY), clock.seconds)
    for _ in range(5):
        upkeep.step(0)
    upkeep.close()
    assert [entry.event for entry in read(files)] == kept
    with closing(connect(files.log)) as db:
        assert [kind for _, kind in db.execute(ENTRIES)] == ["private", "keyset", "admitted", "said"]


def test_presence_that_is_forgotten_takes_no_terms_with_it(files: LogFiles) -> None:
    stored(files, ON, Joined("tea", "ada"), time=1.0)
    stored(files, Said("tea", "ada", "new"), time=100 * DAY)
    upkeep = Upkeep(files.log, files.index, Keep(), lambda: 100 * DAY)
    upkeep.step(0)
    upkeep.close()
    with closing(connect(files.log)) as db:
        assert [kind for _, kind in db.execute(ENTRIES)] == ["private", "said"]


def test_an_export_takes_the_terms_along(files: LogFiles, tmp_path: Path) -> None:
    rulings: list[Ruling] = [ON, Admitted("tea", "ada", "a", "operator"), Sealed("tea", None), KeyGone("tea", "ada")]
    stored(files, *rulings)
    (tmp_path / "other").mkdir()
    other = LogFiles(tmp_path / "other")
    assert other.take(*(json_line(line).encode() for line in exported(files.log))) == []
    assert [entry.event for entry in read(other)] == rulings


def test_a_search_finds_nothing_below_the_number_that_is_named_for_a_room(files: LogFiles) -> None:
    files.add("secret", "secret", room="tea")
    files.add("secret")
    assert files.find("secret", room="tea", after={"tea": 1}) == [2]
    assert files.find("secret", room="lobby", after={"tea": 3}) == [3]
    assert hash(Query(("x",), ("tea",), after={"tea": 1})) == hash(Query(("x",), ("tea",)))


def test_what_somebody_missed_begins_above_the_number_that_is_named(files: LogFiles) -> None:
    stored(files, Joined("tea", "ada"), Said("tea", "bob", "one"), Joined("tea", "ada"))
    with closing(LogReader(files.log)) as reader:
        missed = reader.missed("tea", "ada", 9, 0)
        assert missed is not None and len(missed.entries) == 1
        missed = reader.missed("tea", "ada", 9, 0, after=2)
        assert missed is not None and (len(missed.entries), missed.older) == (0, 0)


def test_a_private_room_with_a_past_is_private_after_a_restart() -> None:
    log = MemoryLog(lambda: 1.0)
    ada = Chat(log=log).connects()
    ada.session.take_place("ada", "ada's")
    ada.sends("ada", "/join tea", "/private on", "secret")
    chat = Chat(log=log)
    eve = chat.enters("eve")
    assert eve.asks("/join tea") == ["refused room-private room=tea"]
    other = chat.enters("ada")
    assert other.asks("/join tea") == ["refused room-private room=tea"], "a name alone is no key"
    other.vanishes()
    chat.turn()
    ada = chat.connects()
    ada.session.take_place("ada", "ada's")
    ada.sends("ada")
    assert "past tea: @1 ada: secret" in ada.asks("/join tea")
    assert ada.asks("/private off") == ["private tea: ada off"]
