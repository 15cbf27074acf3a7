"""Keeping what another log has numbered: a copy has its numbers and times, and goes on from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.results import at_once
from support.worker import SameThread
from test_log_sqlite import Stage, result
from twisted.internet.task import Clock

from twistchat.core.events import Said
from twistchat.core.queries import Query
from twistchat.errors import CannotStart, NotStored
from twistchat.log import origins
from twistchat.log.cutting import free_name
from twistchat.log.origins import Origin
from twistchat.log.rows import EntryRow
from twistchat.log.schema import connect
from twistchat.log.sqlite import SqliteLog
from twistchat.log.upkeep import CHECKPOINT_COMMITS
from twistchat.log.writer import NumberedRows


def rows(*texts: str, room: str = "lobby") -> list[EntryRow]:
    return [EntryRow(room, "said", "ada", text, 1) for text in texts]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_what_is_kept_has_its_numbers_and_times_and_is_brought_to_nobody(stage: Stage) -> None:
    at_once(stage.log.keep([NumberedRows(7, 1.5, rows("one", "two")), NumberedRows(9, 2.5, rows("three", room="tea"))]))
    assert stage.brought == []
    assert stage.log.last() == 9
    entries = result(stage.log.history("lobby", 10))
    assert [(entry.number, entry.time, entry.event.text) for entry in entries] == [(7, 1.5, "one"), (8, 1.5, "two")]
    assert stage.texts("tea") == ["three"]
    assert [entry.number for entry in stage.say("four")] == [10]
    stage.log.close()


def test_of_what_cannot_be_kept_nothing_is(stage: Stage) -> None:
    at_once(stage.log.keep([NumberedRows(1, 1.0, rows("one"))]))
    with pytest.raises(NotStored):
        at_once(stage.log.keep([NumberedRows(2, 1.0, rows("two")), NumberedRows(1, 1.0, rows("again"))]))
    assert stage.texts() == ["one"]
    at_once(stage.log.keep([NumberedRows(2, 1.0, rows("two"))]))
    assert stage.texts() == ["one", "two"]
    stage.log.close()


def test_what_is_kept_counts_for_checkpoints_and_survives_another_programs_writing(stage: Stage) -> None:
    for number in range(1, CHECKPOINT_COMMITS + 2):
        at_once(stage.log.keep([NumberedRows(number, 1.0, rows(str(number)))]))
    with connect(stage.file) as db:
        db.execute("UPDATE marks SET number = number")
    at_once(stage.log.keep([NumberedRows(CHECKPOINT_COMMITS + 2, 1.0, rows("after"))]))
    assert stage.texts()[-1] == "after"
    stage.log.close()


def test_at_power_durability_it_is_kept_in_the_other_thread(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.log.close()
    log: Any = stage.opened(durability="power")
    at_once(log.keep([NumberedRows(1, 1.0, rows("one"))]))
    assert stage.texts() == ["one"]
    log.close()


def test_a_closed_log_keeps_nothing(tmp_path: Path) -> None:
    clock = Clock()
    log = SqliteLog(tmp_path, clock, clock.seconds, worker=SameThread)
    log.open()
    log.close()
    with pytest.raises(NotStored):
        at_once(log.keep([NumberedRows(1, 1.0, rows("one"))]))
    assert stage_texts(tmp_path) == 0


def stage_texts(folder: Path) -> int:
    with connect(folder / "log.db") as db:
        return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])


def test_the_end_of_a_log_is_set_aside_as_a_log_of_its_own(stage: Stage) -> None:
    origins.prepared(stage.file)
    some = [NumberedRows(n, float(n), rows(f"{n} tea"), Origin(n, n, n, "a.1", n)) for n in (1, 2, 3, 4)]
    at_once(stage.log.keep([*some, NumberedRows(300, 5.0, rows("far off", room="tea"))]))
    for _ in range(3):  # its index has all of that
        stage.clock.advance(1)
    assert free_name(stage.file).name == "log.db.apart-1"
    assert result(stage.log.cut(free_name(stage.file), 2)) == 3
    assert free_name(stage.file).name == "log.db.apart-2"
    assert stage.texts() == ["1 tea", "2 tea"]
    assert stage.texts("tea") == []
    at_once(stage.log.keep([NumberedRows(3, 9.0, rows("something else"), Origin(5, 3, 3, "b.1", 1))]))
    for _ in range(3):
        stage.clock.advance(1)
    assert stage.texts() == ["1 tea", "2 tea", "something else"]
    found = result(stage.log.search(Query(("tea",), ("lobby",))))
    assert [entry.number for entry in found.entries] == [2, 1]
    with connect(stage.file) as db:
        assert [origin.last for origin in origins.between(db, 0, 400)] == [1, 2, 3]
    assert origins.prepared(stage.file) == 6
    with connect(stage.file.with_name("log.db.apart-1")) as db:
        kept = db.execute("SELECT number, text FROM entries ORDER BY number").fetchall()
        assert kept == [(3, "3 tea"), (4, "4 tea"), (300, "far off")]
        assert ("tea", 300 >> 7) in db.execute("SELECT room, block FROM places").fetchall()
    stage.log.close()


def test_of_an_end_that_cannot_be_set_aside_nothing_is_lost(stage: Stage) -> None:
    at_once(stage.log.keep([NumberedRows(1, 1.0, rows("one"))]))
    with pytest.raises(CannotStart):
        result(stage.log.cut(stage.file.parent / "nowhere" / "aside", 0))
    assert stage.texts() == ["one"]
    stage.log.close()


def test_the_rows_of_origins_are_used_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert origins.prepared(stage.file) == 0
    at_once(stage.log.keep([NumberedRows(1, 1.0, rows("one"), Origin(origins.MOST - 1, 1, 1, "a.1", 1))]))
    assert origins.prepared(stage.file) == 0
    stage.log.close()


def test_said_is_what_is_kept(stage: Stage) -> None:
    at_once(stage.log.keep([NumberedRows(1, 1.0, rows("one"))]))
    assert result(stage.log.history("lobby", 1))[0].event == Said("lobby", "ada", "one")
    stage.log.close()
