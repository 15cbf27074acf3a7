"""What SQLite's errors are taken for, and what is said of them."""

from __future__ import annotations

import sqlite3

import pytest

from twistchat.log.failures import Trouble, is_busy, is_damage, is_stale, reason


def error(code: int | None, text: str = "as SQLite says it") -> sqlite3.OperationalError:
    made = sqlite3.OperationalError(text)
    if code is not None:
        made.sqlite_errorcode = code
    return made


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_READONLY, "the disk or the file is read-only"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "the disk or the file is read-only"),
        (sqlite3.SQLITE_CANTOPEN, "the file cannot be opened"),
        (sqlite3.SQLITE_PERM, "the file may not be opened"),
        (sqlite3.SQLITE_BUSY, "another program holds the file"),
        (sqlite3.SQLITE_LOCKED, "another program holds the file"),
        (sqlite3.SQLITE_CORRUPT, "the file is damaged"),
        (sqlite3.SQLITE_NOTADB, "the file is damaged"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk reports an error"),
        (sqlite3.SQLITE_TOOBIG, "as SQLite says it"),
        (None, "as SQLite says it"),
    ],
)
def test_the_cause_is_said_in_plain_words_and_in_sqlites_own_where_there_are_none(
    code: int | None, sentence: str
) -> None:
    assert reason(error(code)) == sentence


@pytest.mark.parametrize(
    ("code", "taken_for"),
    [
        (sqlite3.SQLITE_BUSY, {"busy"}),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, {"busy", "stale"}),
        (sqlite3.SQLITE_BUSY_TIMEOUT, {"busy"}),
        (sqlite3.SQLITE_LOCKED, {"busy"}),
        (sqlite3.SQLITE_CORRUPT, {"damage"}),
        (sqlite3.SQLITE_NOTADB, {"damage"}),
        (sqlite3.SQLITE_FULL, set()),
        (None, set()),
    ],
)
def test_only_what_another_holds_is_tried_again_and_only_what_is_damaged_is_made_anew(
    code: int | None, taken_for: set[str]
) -> None:
    kinds = {"busy": is_busy, "stale": is_stale, "damage": is_damage}
    assert {kind for kind, is_one in kinds.items() if is_one(error(code))} == taken_for


def test_what_is_no_error_of_sqlite_is_not_stale_whatever_it_bears() -> None:
    other = ValueError()
    other.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT  # type: ignore[attr-defined]
    assert not is_stale(other)


def test_a_trouble_is_news_when_it_begins_changes_or_ends() -> None:
    trouble = Trouble()
    assert not trouble.ends()
    assert [trouble.begins(why) for why in ("full", "full", "locked")] == [True, False, True]
    assert [trouble.ends(), trouble.ends()] == [True, False]
    assert trouble.begins("locked")
