"""Forgetting and checkpoints: in small steps, the oldest first, and the index forgets with the log."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from support.logfiles import LogFiles
from twisted.internet.task import Clock

from twistchat.log import index, upkeep
from twistchat.log.schema import connect
from twistchat.log.upkeep import DAY, Keep, Upkeep


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(1000 * DAY)
    return clock


def keeping(files: LogFiles, clock: Clock, **keep: float | None) -> Upkeep:
    return Upkeep(files.log, files.index, Keep(**keep), clock.seconds)  # type: ignore[arg-type]


def run(upkeep: Upkeep) -> int:
    """Take steps until nothing is left to do; returns how many."""
    steps = 1
    while upkeep.step(0):
        steps += 1
        assert steps < 1000
    return steps


def test_everything_is_kept_unless_told_otherwise(files: LogFiles, clock: Clock) -> None:
    files.add("one", "two", time=0.0)
    run(keeping(files, clock))
    assert files.numbers() == [1, 2]


def test_what_is_too_old_goes(files: LogFiles, clock: Clock) -> None:
    files.add("old", "older", time=900 * DAY)
    files.add("new", time=950 * DAY)
    run(keeping(files, clock, seconds=90 * DAY))
    assert files.numbers() == [3]
    clock.advance(100 * DAY)
    files.add("newest", time=1100 * DAY)
    run(keeping(files, clock, seconds=90 * DAY))
    assert files.numbers() == [4]


def test_the_newest_entry_stays_so_that_no_number_is_used_twice(files: LogFiles, clock: Clock) -> None:
    files.add("one", "two", time=0.0)
    run(keeping(files, clock, seconds=DAY))
    assert files.numbers() == [2]
    files.add("three")
    assert files.numbers() == [2, 3]


def test_what_is_beyond_so_many_lines_goes_and_presence_does_not_count(files: LogFiles, clock: Clock) -> None:
    files.add("one", "two", time=999 * DAY)
    files.add("", "", kind="joined", time=999 * DAY)
    files.add("three", "four", time=999 * DAY)
    run(keeping(files, clock, lines=3))
    assert files.numbers() == [2, 3, 4, 5, 6]
    run(keeping(files, clock, lines=100))
    assert files.numbers() == [2, 3, 4, 5, 6]


def test_lines_are_counted_once_a_minute(files: LogFiles, clock: Clock) -> None:
    """Counting reads all that are kept."""
    keeper = keeping(files, clock, lines=2)
    files.add("one", "two", "three", time=999 * DAY)
    run(keeper)
    files.add("four", time=999 * DAY)
    run(keeper)
    assert files.numbers() == [2, 3, 4]
    clock.advance(60)
    run(keeper)
    assert files.numbers() == [3, 4]


def test_much_goes_in_small_steps(files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PRUNE_STEP", 10)
    files.add(*map(str, range(95)), time=0.0)
    assert run(keeping(files, clock, seconds=DAY)) == 10
    assert files.numbers() == [95]


def test_presence_goes_after_a_month(files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PRESENCE_STEP", 2)
    for day in (900, 960, 971, 990):
        files.add("", kind="joined", time=day * DAY)
        files.add("hello", time=day * DAY)
    assert run(keeping(files, clock)) > 1
    assert files.numbers() == [2, 4, 5, 6, 7, 8]
    run(keeping(files, clock))
    clock.advance(5 * DAY)
    run(keeping(files, clock))
    assert files.numbers() == [2, 4, 6, 7, 8]


@pytest.mark.parametrize("indexed", [True, False])
def test_the_index_forgets_too(files: LogFiles, clock: Clock, indexed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "STEP", 1000 if indexed else 1)
    files.add("old apples", "old pears", time=0.0)
    files.add("new apples", time=1000 * DAY)
    run(keeping(files, clock, seconds=DAY))
    with closing(index.attached(files.search, files.log)) as db:
        assert db.execute("SELECT rowid FROM lines WHERE lines MATCH 'app'").fetchall() == [(3,)]
        assert db.execute("SELECT rowid FROM lines WHERE lines MATCH 'pea'").fetchall() == []
    assert files.find("apples") == [3]


def test_forgetting_that_was_cut_off_is_taken_up_again(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index had forgotten already, the log had not: nothing is taken out of the index twice."""
    files.add("old apples", time=0.0)
    files.add("new apples", "newer apples", time=1000 * DAY)
    files.follow()
    keeper = keeping(files, clock, seconds=DAY)
    with monkeypatch.context() as patch:
        patch.setattr(Upkeep, "_delete", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            keeper.step(0)
    assert files.numbers() == [1, 2, 3]
    run(keeper)
    assert files.numbers() == [2, 3]
    assert files.find("apples") == [3, 2]
    with closing(connect(files.search)) as db:
        db.execute("INSERT INTO lines (lines) VALUES ('integrity-check')")


def test_a_deletion_that_fails_leaves_everything(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add("", kind="joined", time=0.0)
    files.add("new", time=1000 * DAY)
    keeper = keeping(files, clock)
    with closing(connect(files.log)) as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON marks BEGIN SELECT raise(ABORT, 'no'); END")
        with pytest.raises(Exception, match="no"):
            keeper.step(0)
        assert files.numbers() == [1, 2]
        db.execute("DROP TRIGGER no")
    run(keeper)
    assert files.numbers() == [2]


def test_a_deletion_that_fails_locks_nobody_out(files: LogFiles, clock: Clock) -> None:
    files.add("", kind="joined", time=0.0)
    files.add("new", time=1000 * DAY)
    keeper = keeping(files, clock)
    with closing(connect(files.log)) as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON marks BEGIN SELECT raise(ABORT, 'no'); END")
        with pytest.raises(sqlite3.IntegrityError, match="no"):
            keeper.prune_presence()
        files.add("newer")
        assert files.numbers() == [1, 2, 3]
    keeper.close()


@pytest.mark.parametrize("junk", [b"\xff" * 4096, b"\0" * 4096])
def test_whether_the_whole_file_is_sound_is_seen_whatever_was_read_of_it_before(
    files: LogFiles, clock: Clock, junk: bytes
) -> None:
    files.add(*("x" * 500 for _ in range(100)))
    keeper = keeping(files, clock)
    assert keeper.is_sound()
    whole = files.log.read_bytes()
    files.log.write_bytes(whole[: 4096 * 8] + junk + whole[4096 * 9 :])
    assert not keeper.is_sound()
    files.log.write_bytes(b"\xff" * 4096 + whole[4096:])
    assert not keeper.is_sound()
    files.log.write_bytes(whole)
    assert keeper.is_sound()
    files.log.rename(files.log.with_name("elsewhere.db"))
    with pytest.raises(sqlite3.OperationalError):
        keeper.is_sound()
    keeper.close()


def test_a_damaged_index_is_thrown_away_and_made_anew(files: LogFiles, clock: Clock) -> None:
    files.add(*["apples"] * 300)
    keeper = keeping(files, clock)
    run(keeper)
    keeper.close()
    whole = files.search.read_bytes()
    files.search.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    files.add("pears")
    for _ in range(3):
        try:
            run(keeper)
        except Exception:
            continue
    assert files.find("pears") == [301]
    assert len(files.find("apples")) == 20


def test_the_index_waits_while_people_talk_much_but_not_for_ever(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "MOST_UNINDEXED", 10)
    keeper = keeping(files, clock)
    files.add(*["apples"] * 10)
    for second in range(1, 5):
        clock.advance(1)
        assert not keeper.step(second * (upkeep.BUSY_COMMITS + 1))
    assert indexed(files) == 0
    assert len(files.find("apples")) == 10
    files.add("apples")
    clock.advance(1)
    keeper.step(5 * (upkeep.BUSY_COMMITS + 1))
    assert indexed(files) == 11
    files.add("pears")
    clock.advance(1)
    keeper.step(5 * (upkeep.BUSY_COMMITS + 1) + 5)
    assert indexed(files) == 12


def indexed(files: LogFiles) -> int:
    with closing(index.attached(files.search, files.log)) as db:
        return index.state(db).indexed


# --- checkpoints


def pages_waiting(files: LogFiles) -> int:
    """Pages in the write-ahead log that are not in the file."""
    with closing(connect(files.log)) as db:
        db.execute("PRAGMA query_only = 1")
        wal = files.log.with_name("log.db-wal")
        return wal.stat().st_size if wal.exists() else 0


def test_a_little_waits_a_minute_for_its_checkpoint(files: LogFiles, clock: Clock) -> None:
    keeper = keeping(files, clock)
    with closing(connect(files.log)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        size = files.log.stat().st_size
        files_rows = [("x" * 1000,)] * 50
        db.executemany("INSERT INTO entries VALUES (NULL, 0, 'lobby', 'said', 'ada', ?, 1)", files_rows)
        keeper.checkpoint(1)
        assert files.log.stat().st_size == size
        clock.advance(60)
        keeper.checkpoint(1)
        assert files.log.stat().st_size > size
    keeper.close()


def test_much_does_not_wait(files: LogFiles, clock: Clock) -> None:
    keeper = keeping(files, clock)
    with closing(connect(files.log)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        size = files.log.stat().st_size
        db.executemany("INSERT INTO entries VALUES (NULL, 0, 'lobby', 'said', 'ada', ?, 1)", [("x" * 1000,)] * 50)
        keeper.checkpoint(upkeep.CHECKPOINT_COMMITS)
        assert files.log.stat().st_size > size
    keeper.close()


def test_the_write_ahead_log_begins_anew_once_it_is_long(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under lasting load it would otherwise grow for as long as the load lasts."""
    monkeypatch.setattr(upkeep, "MOST_FRAMES", 10)
    keeper = keeping(files, clock)
    wal = files.log.with_name("log.db-wal")
    with closing(connect(files.log)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        for round in range(1, 30):
            for _ in range(20):
                db.execute("INSERT INTO entries VALUES (NULL, 0, 'lobby', 'said', 'ada', ?, 1)", ("x" * 1000,))
            keeper.checkpoint(round * upkeep.CHECKPOINT_COMMITS)
        assert wal.stat().st_size < 100 * 4096
    keeper.close()


def test_a_checkpoint_that_somebody_hinders_is_tried_again_at_the_next_step(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the write-ahead log would grow for 500 commits more, each time that somebody reads just then."""
    monkeypatch.setattr(upkeep, "MOST_FRAMES", 10)
    monkeypatch.setattr(upkeep, "LOCK_SECONDS", 0.0)
    keeper = keeping(files, clock)
    with closing(connect(files.log)) as reader, closing(connect(files.log)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entries").fetchall()
        for _ in range(20):
            db.execute("INSERT INTO entries VALUES (NULL, 0, 'lobby', 'said', 'ada', ?, 1)", ("x" * 1000,))
        keeper.checkpoint(upkeep.CHECKPOINT_COMMITS)
        reader.execute("COMMIT")
        keeper.checkpoint(upkeep.CHECKPOINT_COMMITS)
        size = files.log.with_name("log.db-wal").stat().st_size
        db.execute("INSERT INTO entries VALUES (NULL, 0, 'lobby', 'said', 'ada', 'hello', 1)")
        assert files.log.with_name("log.db-wal").stat().st_size == size
    keeper.close()


@pytest.mark.parametrize(
    ("code", "times"), [(sqlite3.SQLITE_CORRUPT, 1), (sqlite3.SQLITE_BUSY, 0)], ids=["damaged", "busy"]
)
def test_an_index_that_is_found_damaged_is_begun_anew(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch, code: int, times: int
) -> None:
    error = sqlite3.DatabaseError("no")
    error.sqlite_errorcode = code
    discarded: list[None] = []

    def follow(_most: int) -> bool:
        raise error

    monkeypatch.setattr(files.index, "follow", follow)
    monkeypatch.setattr(files.index, "discard", lambda: discarded.append(None))
    with pytest.raises(sqlite3.DatabaseError):
        run(keeping(files, clock))
    assert len(discarded) == times
