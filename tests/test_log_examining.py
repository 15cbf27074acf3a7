"""Looking at a log without changing anything: what is said of it, and that nothing is made or taken in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.logfiles import LogFiles

from twistchat.log.examining import Examined, examine
from twistchat.log.schema import connect


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    return LogFiles(tmp_path)


def looked_at(files: LogFiles, is_used: bool = False) -> Examined:
    return examine(files.log, files.search, is_used)


def test_an_empty_log_has_no_line_and_no_trouble(files: LogFiles) -> None:
    assert looked_at(files) == Examined("", None, 0, None, 0, 0)


@pytest.mark.parametrize("is_used", [False, True])
def test_a_log_is_told_by_its_newest_line_and_how_far_the_index_is_behind(files: LogFiles, is_used: bool) -> None:
    files.add("one", "two", time=5.0)
    files.index.open()
    while files.index.follow():
        pass
    files.index.close()
    files.add("three", time=7.5)
    assert looked_at(files, is_used) == Examined("", 7.5, 3, 1, 0, 0)


def test_without_a_server_nothing_is_made_beside_a_log_and_nothing_is_taken_in(files: LogFiles, tmp_path: Path) -> None:
    files.add("one", time=5.0)
    left = tmp_path / "left"
    left.mkdir()
    with closing(connect(files.log)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("UPDATE entries SET text = 'two'")
        for name in ("log.db", "log.db-wal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    before = {path.name: path.read_bytes() for path in left.iterdir()}
    found = examine(left / "log.db", left / "search.db", is_used=False)
    assert found.wal_bytes == len(before["log.db-wal"])
    assert found.left_pages == (found.wal_bytes - 32) // (24 + 4096) > 0, (
        "https://sqlite.org/fileformat2.html#walformat"
    )
    assert (found.trouble, found.newest, found.numbers) == ("", None, 0)
    assert {path.name: path.read_bytes() for path in left.iterdir()} == before


def test_what_no_server_could_use_is_told_in_a_sentence(files: LogFiles, tmp_path: Path) -> None:
    files.add(*(f"line {number}" for number in range(500)))
    data = bytearray(files.log.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    files.log.write_bytes(data)
    assert f"The log {files.log} is damaged" in looked_at(files).trouble
    files.log.write_bytes(b"no database at all, as long as a head would be" * 100)
    assert looked_at(files).trouble == f"{files.log} cannot be read: the file is damaged."
    files.log.unlink()
    with closing(sqlite3.connect(files.log)) as db:
        db.execute("CREATE TABLE others (x)")
    assert "database of another program" in looked_at(files).trouble
    (tmp_path / "log.db-wal").symlink_to(tmp_path)
    assert looked_at(files).trouble == f"{files.log} cannot be read: Is a directory."


def test_an_index_that_cannot_be_read_is_none(files: LogFiles) -> None:
    files.add("one")
    files.index.close()
    files.search.write_bytes(b"no index" * 1000)
    assert looked_at(files).behind is None
