"""Starting on what is in the folder: older logs are brought up to date, newer and damaged ones are left alone."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from twistchat.errors import CannotStart
from twistchat.log import schema
from twistchat.log.reader import LogReader
from twistchat.log.schema import STEPS, connect, identity, prepare, put_back

NEXT_STEPS = (*STEPS, ("ALTER TABLE entries ADD COLUMN mood TEXT NOT NULL DEFAULT ''",))
BROKEN_STEPS = (*STEPS, ("ALTER TABLE entries ADD COLUMN mood TEXT", "ALTER TABLE elsewhere ADD COLUMN x"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def refusal(file: Path, *steps: object) -> str:
    with pytest.raises(CannotStart) as caught:
        prepare(file, *steps)  # type: ignore[arg-type]
    return str(caught.value)


def fill(file: Path, lines: int) -> None:
    with closing(connect(file)) as db:
        db.executemany("INSERT INTO entries VALUES (NULL, 0, 'lobby', 'said', 'ada', ?, 1)", [("x" * 200,)] * lines)


def test_an_empty_folder_gets_a_log_that_only_its_owner_can_read(file: Path) -> None:
    prepare(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(connect(file)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


def test_a_log_that_is_up_to_date_stays_as_it_is(file: Path) -> None:
    prepare(file)
    before = file.read_bytes()
    prepare(file)
    assert file.read_bytes() == before


def test_each_log_has_an_identity_of_its_own(tmp_path: Path) -> None:
    found = set()
    for name in ("one.db", "two.db"):
        prepare(tmp_path / name)
        with closing(connect(tmp_path / name)) as db:
            found.add(identity(db))
    assert len(found) == 2


def test_an_older_log_is_brought_up_to_date_and_a_copy_of_it_is_kept(file: Path) -> None:
    prepare(file)
    fill(file, 3)
    prepare(file, NEXT_STEPS)
    with closing(connect(file)) as db:
        assert db.execute("SELECT count(*), max(mood) FROM entries").fetchone() == (3, "")
        assert db.execute("PRAGMA user_version").fetchone() == (len(NEXT_STEPS),)
    copy = file.with_name("log.db.version-4")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(connect(copy)) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (3,)
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


def test_what_a_newer_version_brought_up_to_date_is_put_back_while_others_have_it_open(file: Path) -> None:
    prepare(file)
    fill(file, 3)
    assert not put_back(file)
    with closing(LogReader(file)) as reader:
        before = reader.history("lobby", 10, None)
        prepare(file, NEXT_STEPS)
        assert "was written by a newer twistchat" in refusal(file)
        assert put_back(file)
        fill(file, 1)
        assert reader.history("lobby", 10, None)[:3] == before
    prepare(file)
    with closing(connect(file)) as db:
        assert [name for _, name, *_ in db.execute("PRAGMA table_info(entries)")][-1] == "past"
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (4,)


def test_lines_of_a_log_of_version_1_are_found_by_room(file: Path) -> None:
    """It had an index of every line in place of the table of places."""
    prepare(file, STEPS[:1])
    rows = [(number, f"room {number % 3}", number % 2) for number in range(1, 1001)]
    with closing(connect(file)) as db:
        db.executemany("INSERT INTO entries VALUES (?1, 0, ?2, 'said', 'ada', '', ?3)", rows)
    prepare(file)
    with closing(LogReader(file)) as reader:
        for room in ("room 0", "room 1", "room 2"):
            found = [entry.number for entry in reader.history(room, 1000, None)]
            assert found == [number for number, where, past in rows if past and where == room]


def test_a_change_that_fails_half_way_leaves_the_old_log(file: Path) -> None:
    prepare(file)
    fill(file, 3)
    assert "no such table: elsewhere" in refusal(file, BROKEN_STEPS)
    prepare(file)
    with closing(connect(file)) as db:
        assert [name for _, name, *_ in db.execute("PRAGMA table_info(entries)")][-1] == "past"


def test_a_change_that_fails_half_way_leaves_no_part_of_itself_and_no_lock(file: Path) -> None:
    prepare(file)
    fill(file, 3)
    with closing(connect(file)) as db:
        before = [*db.execute("SELECT type, name, sql FROM sqlite_master"), *db.execute("SELECT * FROM marks")]
        refusal(file, (*STEPS, ("CREATE TABLE moods (x)", "DELETE FROM entries", "UPDATE marks SET number = 0", "no")))
        assert [*db.execute("SELECT type, name, sql FROM sqlite_master"), *db.execute("SELECT * FROM marks")] == before
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (3,)
        fill(file, 1)


def test_a_new_log_and_one_that_is_up_to_date_leave_no_copy(file: Path) -> None:
    prepare(file)
    prepare(file)
    assert [path.name for path in file.parent.iterdir() if "version" in path.name] == []


def test_an_earlier_copy_of_the_same_version_is_replaced(file: Path) -> None:
    """As when somebody went back to the older twistchat with it, and comes again."""
    copy = file.with_name("log.db.version-4")
    copy.write_bytes(b"this was a copy once " * 1000)
    copy.chmod(0o644)
    prepare(file)
    fill(file, 3)
    prepare(file, NEXT_STEPS)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(connect(copy)) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (3,)


def test_a_log_keeps_its_identity_when_it_is_brought_up_to_date(file: Path) -> None:
    prepare(file)
    with closing(connect(file)) as db:
        before = identity(db)
        prepare(file, NEXT_STEPS)
        assert identity(db) == before


def test_a_log_of_a_newer_version_is_left_alone(file: Path) -> None:
    prepare(file, NEXT_STEPS)
    before = file.read_bytes()
    assert refusal(file).startswith(
        f"The log {file} was written by a newer twistchat (its version 5, this one knows 4)."
    )
    assert file.read_bytes() == before


def test_another_programs_database_is_left_alone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE cookies (x)")
    before = file.read_bytes()
    assert refusal(file) == f"{file} is a database of another program. Give another --state-dir."
    assert file.read_bytes() == before


@pytest.mark.parametrize("cut", [b"", b"not a database at all" * 300])
def test_a_log_that_is_damaged_at_its_beginning_is_left_alone(file: Path, cut: bytes) -> None:
    prepare(file)
    fill(file, 100)
    whole = file.read_bytes()
    file.write_bytes(cut or b"\0" * 100 + whole[100:])
    before = file.read_bytes()
    sentence = refusal(file)
    assert f"The log {file} is damaged" in sentence and "Put a copy back in its place" in sentence
    assert file.read_bytes() == before


@pytest.mark.parametrize("checked_bytes", [schema.CHECKED_BYTES, 0], ids=["small", "large"])
def test_a_log_that_was_cut_off_is_left_alone(file: Path, checked_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large file only the ends are looked at, as reading all of it takes a while."""
    prepare(file)
    fill(file, 100)
    monkeypatch.setattr(schema, "CHECKED_BYTES", checked_bytes)
    file.write_bytes(file.read_bytes()[:-8192])
    before = file.read_bytes()
    assert f"The log {file} is damaged" in refusal(file)
    assert file.read_bytes() == before


def test_a_log_that_is_damaged_in_a_way_that_only_a_check_sees_is_left_alone(file: Path) -> None:
    prepare(file)
    fill(file, 100)
    whole = bytearray(file.read_bytes())
    whole[36:40] = (5).to_bytes(4, "big")  # so many free pages; there are none
    file.write_bytes(whole)
    assert f"The log {file} is damaged" in refusal(file)
    assert file.read_bytes() == whole


def test_of_a_large_log_only_the_ends_are_looked_at(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(file)
    fill(file, 100)
    whole = bytearray(file.read_bytes())
    whole[36:40] = (5).to_bytes(4, "big")  # what only a check of all of it sees
    file.write_bytes(whole)
    monkeypatch.setattr(schema, "CHECKED_BYTES", 0)
    prepare(file)
    assert file.stat().st_size == len(whole)


def test_a_log_that_another_program_holds_is_not_waited_for_for_ever(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(file)
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.0)
    with closing(connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(file, NEXT_STEPS) == f"The log {file} cannot be used: another program holds the file."


def test_a_log_in_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "log.db"
    assert refusal(file) == f"The log {file} cannot be opened: No such file or directory."


def test_a_connection_may_be_used_by_one_thread_after_another(file: Path) -> None:
    prepare(file)
    with closing(connect(file)) as db, ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: db.execute("SELECT count(*) FROM entries").fetchone()).result() == (0,)
