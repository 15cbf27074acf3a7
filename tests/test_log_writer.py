"""The writer reads on between commits: it sees who else has written, and is in nobody's way."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from support.logfiles import LogFiles

from twistchat.core.events import Said
from twistchat.log.schema import connect
from twistchat.log.sqlite import SYNCHRONOUS
from twistchat.log.writer import Writer


def say(writer: Writer, *texts: str) -> list[int]:
    return [entry.number for entry in writer.commit([Said("lobby", "ada", text) for text in texts])]


def checkpoint(files: LogFiles, how: str) -> tuple[int, int, int]:
    """Make a checkpoint, from another connection; whether somebody was in its way, pages there were, pages done."""
    with closing(connect(files.log)) as other:
        busy, frames, done = other.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        return busy, frames, done


def test_numbers_go_on_whoever_else_writes_between_two_commits(files: LogFiles, writer: Writer) -> None:
    assert say(writer, "one") == [1]
    assert say(writer, "two", "three") == [2, 3]
    files.add("imported", "imported")
    assert say(writer, "six") == [6]
    with closing(connect(files.log)) as other:
        other.execute("DELETE FROM entries WHERE number < 4")  # as forgetting does
    assert say(writer, "seven") == [7]
    assert files.numbers() == [4, 5, 6, 7]


def test_a_writer_that_has_to_wait_sees_what_it_waited_for(files: LogFiles, writer: Writer) -> None:
    say(writer, "one")
    with closing(connect(files.log)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO entries VALUES (2, 0, 'lobby', 'said', 'bob', 'imported', 1)")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            say(writer, "two")
        other.execute("COMMIT")
    assert say(writer, "three") == [3]


def test_a_checkpoint_goes_to_the_last_commit_but_one_until_the_writer_lets_go(files: LogFiles, writer: Writer) -> None:
    say(writer, "one")
    say(writer, "two")
    _, frames, done = checkpoint(files, "PASSIVE")
    assert done < frames
    writer.release()
    _, frames, done = checkpoint(files, "PASSIVE")
    assert done == frames


def test_who_waits_for_all_readers_with_the_file_locked_is_let_through_by_the_commit_that_fails(
    files: LogFiles, writer: Writer
) -> None:
    """The upkeep does so once the write-ahead log is long; else each would wait for the other."""
    say(writer, "one")
    say(writer, "two")
    assert checkpoint(files, "RESTART")[0]
    with closing(connect(files.log)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            say(writer, "three")
        other.execute("ROLLBACK")
    assert not checkpoint(files, "RESTART")[0]
    assert say(writer, "three") == [3]


def test_the_write_ahead_log_begins_anew_behind_a_checkpoint(files: LogFiles, writer: Writer) -> None:
    """It does so when the next commit begins to read at its end, so the writer has to let go each time."""
    wal = files.log.with_name("log.db-wal")
    sizes = set()
    for _ in range(10):
        say(writer, "one")
        writer.release()
        checkpoint(files, "PASSIVE")
        sizes.add(wal.stat().st_size)
    assert len(sizes) <= 2


@pytest.mark.parametrize(("durability", "synchronous"), [("normal", 1), ("power", 2)])
def test_what_a_commit_survives_is_what_was_asked_for(files: LogFiles, durability: str, synchronous: int) -> None:
    """SQLite takes any word for a setting, and says nothing of one that it does not know."""
    with closing(Writer(files.log, lambda: 1.0, SYNCHRONOUS[durability])) as writer:
        assert writer._opened().execute("PRAGMA synchronous").fetchone() == (synchronous,)
