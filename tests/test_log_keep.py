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
from twistchat.errors import CannotStart, NotStored
from twistchat.log.belonging import APART_FILE, note_apart, set_aside
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


def test_a_copy_that_is_noted_is_set_aside_once(tmp_path: Path) -> None:
    for name in ("log.db", "search.db", "log.db-wal", "log.db.apart-1"):
        (tmp_path / name).write_text(name)
    assert set_aside(tmp_path, ("log.db", "search.db")) is None
    note_apart(tmp_path)
    assert set_aside(tmp_path, ("log.db", "search.db")) == "log.db.apart-2"
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept["log.db.apart-2"] == "log.db"
    assert kept["log.db-wal.apart-2"] == "log.db-wal"
    assert not {"log.db", "search.db", APART_FILE} & {*kept}
    assert set_aside(tmp_path, ("log.db", "search.db")) is None


def test_a_copy_that_cannot_be_set_aside_is_not_served(tmp_path: Path) -> None:
    (tmp_path / APART_FILE).mkdir()
    with pytest.raises(CannotStart, match="cannot be set aside"):
        set_aside(tmp_path, ("log.db",))


def test_said_is_what_is_kept(stage: Stage) -> None:
    at_once(stage.log.keep([NumberedRows(1, 1.0, rows("one"))]))
    assert result(stage.log.history("lobby", 1))[0].event == Said("lobby", "ada", "one")
    stage.log.close()
