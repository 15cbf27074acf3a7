"""Whether lines can be stored is known without storing one: who asks whether the server is well writes nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.standin import stand_in
from support.worker import SameThread
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from twistchat.core.events import Said
from twistchat.log import disk
from twistchat.log.disk import A_COMMIT, Disk
from twistchat.log.memory import MemoryLog
from twistchat.log.schema import prepare
from twistchat.log.sqlite import SqliteLog
from twistchat.log.writer import Writer

ROOMY = 1_000_000


class FileSystem:
    """What `statvfs` says of the folder."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free, self.reserved, self.blocks, self.flags = ROOMY, 0, ROOMY, 0
        self.is_gone = False
        stand_in(monkeypatch, disk, "os", statvfs=self._statvfs)

    def _statvfs(self, _folder: Path) -> Any:
        if self.is_gone:
            raise FileNotFoundError
        free = self.free + self.reserved
        return SimpleNamespace(f_bavail=self.free, f_bfree=free, f_frsize=1, f_blocks=self.blocks, f_flag=self.flags)


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> FileSystem:
    return FileSystem(monkeypatch)


class Stage:
    """A log in a folder, on a clock that stands still."""

    def __init__(self, folder: Path, durability: str) -> None:
        self.file = folder / "log.db"
        self.clock = Clock()
        self.log = SqliteLog(folder, self.clock, self.clock.seconds, durability, worker=SameThread)
        self.log.open()
        self.clock.advance(0)

    def says(self, text: str = "hello") -> str:
        """Store a line; returns why it was not stored, or nothing."""
        answers: list[object] = []
        self.log.append([Said("lobby", "ada", text)]).addBoth(answers.append)
        (answer,) = answers
        return str(answer.value) if isinstance(answer, Failure) else ""


@pytest.fixture(params=["normal", "power"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(tmp_path, request.param)
    yield made
    made.log.close()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_log_that_stores_has_no_trouble_and_asking_writes_nothing(stage: Stage) -> None:
    assert not stage.says()
    stage.clock.advance(1)
    before = files(stage.file.parent)
    assert stage.log.trouble is None
    assert files(stage.file.parent) == before


def test_a_log_in_memory_has_no_trouble() -> None:
    assert MemoryLog(lambda: 1.0).trouble is None  # type: ignore[func-returns-value]


def test_a_log_that_was_moved_away_is_in_trouble_until_it_is_back(stage: Stage) -> None:
    stage.file.rename(stage.file.with_name("away"))
    stage.clock.advance(1)
    assert "the file was taken away" in str(stage.log.trouble)
    assert "the file was taken away" in stage.says()
    stage.clock.advance(1)
    assert "the file was taken away" in str(stage.log.trouble)
    stage.file.with_name("away").rename(stage.file)
    stage.clock.advance(2)
    assert stage.log.trouble is None
    assert not stage.says()


def test_a_full_disk_is_seen_before_anybody_says_anything(stage: Stage, disks: FileSystem) -> None:
    disks.free = A_COMMIT - 1
    stage.clock.advance(1)
    assert stage.log.trouble == "the disk is full"
    disks.free = A_COMMIT
    stage.clock.advance(1)
    assert stage.log.trouble is None


def test_a_full_disk_whose_files_have_room_of_their_own_is_no_trouble_once_a_line_was_stored(
    stage: Stage, disks: FileSystem
) -> None:
    disks.free = 0
    stage.clock.advance(1)
    assert not stage.says()
    stage.clock.advance(1)
    assert stage.log.trouble is None
    disks.free = ROOMY
    stage.clock.advance(1)
    disks.free = 0
    stage.clock.advance(1)
    assert stage.log.trouble == "the disk is full"


class Refusing:
    """Has the log's file opened so that SQLite refuses to write to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
        from twistchat.log import schema, writer

        self.is_on = True
        self.tries = 0
        self._connect = schema.connect
        self._stage = stage
        monkeypatch.setattr(writer, "connect", self._opened)
        stage.log._writer.close()

    def _opened(self, path: Path, wait: float = 0.0) -> sqlite3.Connection:
        self.tries += 1
        db = self._connect(path, wait)
        if self.is_on:
            db.execute("PRAGMA query_only = 1")
        return db


def test_what_could_not_be_stored_is_trouble_until_a_try_of_the_logs_own_works(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(monkeypatch, stage)
    assert "read-only" in stage.says()
    for _ in range(3):
        stage.clock.advance(1)
        assert "read-only" in str(stage.log.trouble)
    assert refusing.tries == 4, "one a second"
    refusing.is_on = False
    stage.clock.advance(1)
    assert stage.log.trouble is None
    assert refusing.tries == 5
    stage.clock.advance(5)
    assert refusing.tries == 5
    assert not stage.says()


def test_a_try_writes_and_so_fails_where_a_line_would(tmp_path: Path) -> None:
    prepare(tmp_path / "log.db")
    with closing(Writer(tmp_path / "log.db", lambda: 1.0, "NORMAL")) as writer:
        writer.commit([Said("lobby", "ada", "hello")])
        wal = tmp_path / "log.db-wal"
        before = wal.stat().st_size
        writer.try_out()
        assert wal.stat().st_size > before
        assert writer.last() == 1


def test_nothing_is_tried_while_the_disk_is_full(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, disks: FileSystem
) -> None:
    """The page that a try takes may find room where a line does not."""
    refusing = Refusing(monkeypatch, stage)
    assert stage.says()
    disks.free = 0
    refusing.is_on = False
    stage.clock.advance(1)
    stage.clock.advance(1)
    assert refusing.tries == 1, "the line's own"


@pytest.mark.parametrize("asks", [lambda log: log.history("lobby", 1000), None], ids=["a reader", "the upkeep"])
def test_a_damaged_file_is_trouble_for_whoever_meets_it_until_all_of_it_is_found_sound(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, asks: Callable[[SqliteLog], Deferred[Any]] | None
) -> None:
    damaged = sqlite3.DatabaseError("malformed")
    damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

    def fails(*_: object) -> None:
        raise damaged

    if asks is None:
        with monkeypatch.context() as patch:
            patch.setattr(stage.log._upkeep, "step", fails)
            stage.clock.advance(1)
    else:
        monkeypatch.setattr(stage.log._reader, "history", fails)
        asks(stage.log).addErrback(lambda _: None)
    assert stage.log.trouble == "the file is damaged"
    stage.clock.advance(1)
    stage.clock.advance(1)
    assert stage.log.trouble is None
    assert not stage.says()


def test_a_damaged_file_is_not_tried(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    monkeypatch.setattr(stage.log._writer, "try_out", lambda: tries.append(1))
    stage.log._writing.begins("the file is damaged")
    stage.clock.advance(1)
    assert tries == []
    assert stage.log.trouble == "the file is damaged"


# --- the disk


@pytest.mark.parametrize(
    ("user", "free", "reserved", "blocks", "flags", "trouble"),
    [
        (1000, A_COMMIT, 0, ROOMY, 0, None),
        (1000, A_COMMIT - 1, ROOMY, ROOMY, 0, "the disk is full"),
        (0, A_COMMIT - 1, ROOMY, ROOMY, 0, None),
        (0, 0, A_COMMIT - 1, ROOMY, 0, "the disk is full"),
        (1000, 0, 0, 0, 0, None),
        (1000, ROOMY, 0, ROOMY, os.ST_RDONLY, "the disk or the file is read-only"),
    ],
    ids=["room", "full", "reserved for root", "full for root", "a system that does not say", "read-only"],
)
def test_what_a_file_system_says_is_understood(
    disks: FileSystem,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    user: int,
    free: int,
    reserved: int,
    blocks: int,
    flags: int,
    trouble: str | None,
) -> None:
    stand_in(monkeypatch, disk, "os", geteuid=lambda: user)
    disks.free, disks.reserved, disks.blocks, disks.flags = free, reserved, blocks, flags
    looked_at = Disk(tmp_path)
    looked_at.look()
    assert looked_at.trouble == trouble


def test_a_folder_that_is_gone_is_not_the_disks_trouble(disks: FileSystem, tmp_path: Path) -> None:
    disks.is_gone = True
    looked_at = Disk(tmp_path)
    looked_at.look()
    assert looked_at.trouble is None


def test_a_line_that_was_not_stored_makes_what_the_disk_says_count_again(disks: FileSystem, tmp_path: Path) -> None:
    disks.free = 0
    looked_at = Disk(tmp_path)
    looked_at.look()
    looked_at.took(True)
    assert looked_at.trouble is None
    looked_at.took(False)
    assert looked_at.trouble == "the disk is full"


def test_an_error_of_our_own_in_trying_is_logged_and_the_trouble_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, flush_errors: Any
) -> None:
    monkeypatch.setattr(stage.log._writer, "try_out", lambda: 1 // 0)
    stage.log._writing.begins("the disk reports an error")
    stage.clock.advance(1)
    assert len(flush_errors(ZeroDivisionError)) == 1
    assert stage.log.trouble == "the disk reports an error"
