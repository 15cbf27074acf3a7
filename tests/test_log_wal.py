"""What a crash and a damaged write-ahead log cost together is said, and kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logfiles import LogFiles

from twistchat.core.events import Said
from twistchat.log.schema import connect, prepare
from twistchat.log.wal import FRAME_BYTES, HEADER_BYTES, committed_pages
from twistchat.log.writer import Writer

LINES = 40


def crashed(folder: Path, change: Callable[[Path], None] = lambda _wal: None) -> LogFiles:
    """The files of a server that was killed after it had stored lines, its write-ahead log changed."""
    alive, dead = LogFiles(folder / "alive"), folder / "dead"
    with closing(Writer(alive.log, lambda: 1.0, "NORMAL")) as writer:
        for number in range(LINES):
            writer.commit([Said("lobby", "ada", f"line {number}")])
        shutil.copytree(folder / "alive", dead)
    change(dead / "log.db-wal")
    (dead / "log.db-shm").unlink()
    return LogFiles(dead)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "alive").mkdir()
    return tmp_path


def flip(wal: Path, at: int) -> None:
    content = bytearray(wal.read_bytes())
    content[at] ^= 0x10
    wal.write_bytes(content)


def test_a_crash_alone_costs_nothing_and_leaves_no_copy(folder: Path) -> None:
    files = crashed(folder)
    assert committed_pages(files.log.with_name("log.db-wal")) >= LINES
    assert prepare(files.log) is None
    assert len(files.numbers()) == LINES


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_lines_behind_a_damaged_page_are_lost_at_the_next_start_and_that_is_told(folder: Path, where: float) -> None:
    def damage(wal: Path) -> None:
        pages = (wal.stat().st_size - HEADER_BYTES) // (FRAME_BYTES + 4096)
        flip(wal, HEADER_BYTES + int(pages * where) * (FRAME_BYTES + 4096) + FRAME_BYTES + 200)

    files = crashed(folder, damage)
    copy = prepare(files.log)
    assert copy == files.log.with_name("log.db-wal.damaged")
    assert f"line {LINES - 1}".encode() in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert len(files.numbers()) < LINES
    assert prepare(files.log) is None, "once"


def test_what_a_crash_cut_short_is_no_loss_as_nobody_saw_it(folder: Path) -> None:
    def cut(wal: Path) -> None:
        with wal.open("r+b") as file:
            file.truncate(wal.stat().st_size - 1000)

    files = crashed(folder, cut)
    assert prepare(files.log) is None
    assert len(files.numbers()) == LINES - 1


def test_what_is_left_from_before_it_began_anew_is_no_loss(folder: Path) -> None:
    alive = LogFiles(folder / "alive")
    with closing(Writer(alive.log, lambda: 1.0, "NORMAL")) as writer, closing(connect(alive.log)) as other:
        for number in range(LINES):
            writer.commit([Said("lobby", "ada", f"line {number}")])
        writer.release()
        other.execute("PRAGMA wal_checkpoint(RESTART)")
        writer.commit([Said("lobby", "ada", "anew")])
        shutil.copytree(folder / "alive", folder / "dead")
    (folder / "dead" / "log.db-shm").unlink()
    files = LogFiles(folder / "dead")
    assert prepare(files.log) is None
    assert len(files.numbers()) == LINES + 1


def test_a_copy_that_cannot_be_kept_is_named_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    files = crashed(folder, lambda wal: flip(wal, HEADER_BYTES + FRAME_BYTES + 200))
    monkeypatch.setattr(shutil, "copyfile", full)
    assert prepare(files.log) == files.log.with_name("log.db-wal.damaged")


@given(st.binary(max_size=9000))
def test_whatever_is_there_in_its_place_is_read_without_a_stumble(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    wal = tmp_path_factory.getbasetemp() / "junk-wal"
    wal.write_bytes(content)
    assert committed_pages(wal) >= 0
    wal.unlink()
    assert committed_pages(wal) == 0
