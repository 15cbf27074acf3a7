"""The log's files are watched: what SQLite writes to a file that was taken away or cut, nobody would find again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.logfiles import LogFiles

from twistchat.core.events import Said
from twistchat.log import writer as writers
from twistchat.log.schema import connect
from twistchat.log.watch import TAKEN_AWAY, WAL_CHANGED, Watch
from twistchat.log.writer import Writer


def say(writer: Writer, text: str = "hello") -> None:
    writer.commit([Said("lobby", "ada", text)])


def wal_of(files: LogFiles) -> Path:
    return files.log.with_name("log.db-wal")


def remove(wal: Path) -> None:
    wal.unlink()


def replace(wal: Path) -> None:
    shutil.copy(wal, wal.with_name("copy"))
    wal.with_name("copy").rename(wal)


def cut(wal: Path) -> None:
    with wal.open("r+b") as file:
        file.truncate(wal.stat().st_size - 100)


def cut_header(wal: Path) -> None:
    with wal.open("r+b") as file:
        file.truncate(20)


def flip(at: int) -> Callable[[Path], None]:
    def flipped(wal: Path) -> None:
        with wal.open("r+b") as file:
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    return flipped


@pytest.mark.parametrize("act", [remove, replace, cut, cut_header, *map(flip, range(32))])
def test_nothing_is_stored_once_the_write_ahead_log_is_not_what_it_was(
    files: LogFiles, writer: Writer, act: Callable[[Path], None]
) -> None:
    for _ in range(3):
        say(writer)
        writer.look()
    act(wal_of(files))
    for _ in range(2):
        writer.look()
        with pytest.raises(sqlite3.OperationalError, match="its write-ahead log was taken away or changed"):
            say(writer)


def test_a_write_ahead_log_that_is_cut_to_nothing_is_noticed_with_the_next_commit(
    files: LogFiles, writer: Writer
) -> None:
    """Just cut to nothing it looks as it does when another program made a checkpoint that empties it."""
    say(writer)
    writer.look()
    with wal_of(files).open("r+b") as file:
        file.truncate(0)
    writer.look()
    say(writer)
    writer.look()
    with pytest.raises(sqlite3.OperationalError, match="write-ahead"):
        say(writer)


def test_a_write_ahead_log_that_is_put_back_is_written_to_again(files: LogFiles, writer: Writer) -> None:
    say(writer)
    writer.look()
    wal = wal_of(files)
    wal.rename(wal.with_name("elsewhere"))
    writer.look()
    with pytest.raises(sqlite3.OperationalError):
        say(writer)
    wal.with_name("elsewhere").rename(wal)
    writer.look()
    say(writer)
    assert files.numbers() == [1, 2]


@pytest.mark.parametrize("how", ["PASSIVE", "RESTART", "TRUNCATE"])
def test_what_checkpoints_leave_is_right(files: LogFiles, writer: Writer, how: str) -> None:
    """They let it begin anew, shorter than it was, or empty."""
    with closing(connect(files.log)) as other:
        for number in range(20):
            for _ in range(1 + 20 // (number + 1)):
                say(writer, "x" * 1000)
            writer.look()
            writer.release()
            other.execute(f"PRAGMA wal_checkpoint({how})")
            writer.look()
    assert len(files.numbers()) > 20


def test_before_anything_is_read_there_is_no_write_ahead_log(files: LogFiles) -> None:
    watch = Watch(files.log)
    watch.begin()
    assert watch.trouble() is None
    with closing(connect(files.log)) as db:
        db.execute("SELECT * FROM entries").fetchall()
        assert watch.trouble() is None
        files.log.rename(files.log.with_name("elsewhere"))
        assert watch.trouble() == TAKEN_AWAY
        files.log.with_name("elsewhere").rename(files.log)
        wal_of(files).write_bytes(b"so long that it could be a header, but is none")
        assert watch.trouble() == WAL_CHANGED


def test_a_write_ahead_log_that_was_long_is_cut_when_it_begins_anew(
    files: LogFiles, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "MOST_KEPT", 50_000)
    for _ in range(100):
        say(writer, "x" * 1000)
    assert wal_of(files).stat().st_size > 400_000
    writer.release()
    with closing(connect(files.log)) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
    say(writer)
    assert wal_of(files).stat().st_size <= 50_000
    writer.look()
    say(writer)
