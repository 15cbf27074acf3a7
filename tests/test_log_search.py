"""Searching: what is indexed and what is not yet is found alike, and nothing else is."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.logfiles import LogFiles

from twistchat.core.events import Entry, Said
from twistchat.core.queries import PAGE, Query
from twistchat.errors import CannotStart
from twistchat.log import index, search
from twistchat.log.grams import MOST_GRAMS, expression
from twistchat.log.schema import check_sqlite, connect


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    files = LogFiles(tmp_path)
    files.index.open()
    return files


@pytest.fixture(scope="module", params=["read", "indexed", "half"])
def texts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LogFiles:
    """Lines that are not indexed, or all, or some of them."""
    files = LogFiles(tmp_path_factory.mktemp("texts"))
    files.index.open()
    lines = [
        "The Lighthouse",
        "欢迎来到聊天室",
        "天气很好",
        "go on",
        "Ünïcödé",
        "ПРИВЕТ",
        "100%_\\",
        "a 聊 b",
        'say "hi"',
    ]
    files.add(*lines[:4])
    if request.param == "half":
        files.follow()
    files.add(*lines[4:])
    if request.param == "indexed":
        files.follow()
    return files


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["house"], [1]),
        (["LIGHT", "the"], [1]),
        (["the light"], [1]),
        (["聊天"], [2]),
        (["天"], [3, 2]),
        (["聊"], [8, 2]),
        (["聊天室"], [2]),
        (["天聊"], []),
        (["go"], [4]),
        (["o"], [4, 1]),
        (["ünï"], [5]),
        (["привет"], [6]),
        (["п"], [6]),
        (["%_"], [7]),
        (["_"], [7]),
        (["\\"], [7]),
        (['"hi"'], [9]),
        (['"'], [9]),
        (["a 聊 b"], [8]),
        (["house", "天"], []),
        ([], [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_parts_of_words_are_found_in_any_script(texts: LogFiles, words: list[str], numbers: list[int]) -> None:
    assert texts.find(*words) == numbers


def test_a_search_is_of_its_rooms_alone(files: LogFiles) -> None:
    files.add("apples")
    files.add("apples", room="den")
    files.follow()
    files.add("apples", room="den")
    assert files.find("apples") == [1]
    assert files.find("apples", room="den") == [3, 2]


def test_a_search_can_be_of_one_person(files: LogFiles) -> None:
    files.add("apples", name="Ada")
    files.add("apples", name="小明")
    files.add("apples", name="Ada Lovelace"[:3])
    files.follow()
    assert files.find("apples", name="ADA") == [3, 1]
    assert files.find(name="小明") == [2]


def test_presence_is_not_found(files: LogFiles) -> None:
    files.add("", kind="joined")
    files.add("spam", kind="left")
    files.follow()
    assert files.find("spam") == []


def test_a_search_goes_back_to_a_time(files: LogFiles) -> None:
    for time in range(10):
        files.add("apples", time=float(time))
        files.follow()
    assert files.find("apples", since=7.0) == [10, 9, 8]
    assert files.find("apples", since=99.0) == []


def test_a_search_can_end_at_a_time_and_reads_little_of_what_is_newer(
    files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "STEP", 1)
    for time in (*range(5), 1.5, *range(5, 8)):
        files.add("apples", time=float(time))
    files.follow()
    files.add("apples", time=3.5)
    files.add("apples", time=9.0)
    assert files.find("apples", until=3.0) == [6, 3, 2, 1]
    assert files.find("apples", since=1.5, until=3.6) == [10, 6, 4, 3]
    assert files.find("apples", until=0.0) == []
    looked: list[tuple[int, int]] = []
    look = search._Search._look
    monkeypatch.setattr(search._Search, "_look", lambda self, *window: looked.append(window) or look(self, *window))
    files.find("apples", until=1.0)
    assert looked == [(9, 12), (0, 2)]


def test_a_line_that_was_imported_with_an_earlier_time_does_not_hide_later_ones(files: LogFiles) -> None:
    files.add("apples", time=50.0)
    files.follow()
    files.add("apples", time=1.0)
    files.follow()
    assert files.find("apples", since=40.0) == [1]


def test_a_page_tells_where_the_next_begins(files: LogFiles) -> None:
    files.add(*["apples"] * (PAGE + 5))
    files.follow()
    first = files.page("apples")
    assert (len(first.entries), first.before) == (PAGE, 6)
    second = files.page("apples", before=first.before)
    assert ([entry.number for entry in second.entries], second.before) == ([5, 4, 3, 2, 1], None)
    assert files.page("apples", before=10**18).entries == first.entries


def test_an_empty_log_has_nothing(files: LogFiles) -> None:
    assert files.page("apples") == ([], None)


def test_a_search_whose_time_is_up_tells_how_far_it_came(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FIRST_WINDOW", 10)
    files.add("needle", *["hay"] * 99)
    seconds = iter([0, 0, 10])  # at the start, before the first window, after it
    query = Query(("needle",), ("lobby",))
    found = search.search(files.log, files.search, query, lambda: next(seconds))
    assert found == ([], 92)
    rest = files.page("needle", before=92)
    assert ([entry.number for entry in rest.entries], rest.before) == ([1], None)


def test_a_search_in_a_slow_file_looks_at_no_more_than_it_can_soon_read(
    files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST_WINDOW", 10)
    files.add("needle", *["hay"] * 999)
    read = 0

    def seconds() -> float:
        return read / 400  # rows a second

    def note(statement: str) -> None:
        nonlocal read
        window = re.search(r"number > ([0-9]+) AND e.number < ([0-9]+)", statement)
        read += int(window[2]) - int(window[1]) - 1 if window else 0

    attached = index.attached

    def traced(*paths: Path) -> sqlite3.Connection:
        db = attached(*paths)
        db.set_trace_callback(note)
        return db

    monkeypatch.setattr(index, "attached", traced)
    found = search.search(files.log, files.search, Query(("needle",), ("lobby",)), seconds)
    assert found.before is not None
    assert 1.0 <= seconds() < 1.3
    assert read == 1001 - found.before


def test_a_search_with_very_many_letters_is_answered(files: LogFiles) -> None:
    word = "".join(chr(0x4E00 + number) for number in range(900))
    files.add(word)
    files.follow()
    assert files.find(word) == [1]
    assert expression(Query((word,), ("lobby",))).count(" AND ") == MOST_GRAMS


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    texts=st.lists(st.text('aAb聊天\U0001f600é"%_*(:- ', min_size=1, max_size=8), max_size=12),
    words=st.lists(st.text('aAb聊天\U0001f600é"%_*(:- ', min_size=1, max_size=4), max_size=3),
    indexed=st.booleans(),
)
def test_a_search_finds_what_the_query_matches(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], words: list[str], indexed: bool
) -> None:
    files = LogFiles(tmp_path_factory.mktemp("search"))
    files.index.open()
    files.add(*texts)
    if indexed:
        files.follow()
    query = Query(tuple(words), ("lobby",))
    said = [(number, text) for number, text in enumerate(texts, 1)]
    expected = [n for n, text in said if query.matches(Entry(n, 0.0, Said("lobby", "ada", text)), text)]
    assert files.find(*words) == expected[::-1]
    files.index.close()


# --- the index


def test_the_index_is_made_in_steps(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "STEP", 2)
    files.add("apples", "apples", "apples")
    assert [files.index.follow() for _ in range(4)] == [True, True, False, False]
    assert files.find("apples") == [3, 2, 1]


def test_the_index_goes_on_where_it_was(files: LogFiles) -> None:
    files.add("apples")
    files.follow()
    files.index.close()
    files.add("pears")
    assert files.index.follow()
    assert not files.index.follow()
    assert files.find("apples") == [1]


def marked(path: Path, mark: int) -> None:
    with closing(connect(path)) as db:
        db.execute(f"PRAGMA user_version = {mark}")


@pytest.mark.parametrize("trouble", ["missing", "damaged", "older", "another log's", "ahead of the log"])
def test_an_index_that_is_not_right_is_made_anew(files: LogFiles, trouble: str) -> None:
    files.add("apples", "pears")
    files.follow()
    files.index.close()
    match trouble:
        case "missing":
            files.search.unlink()
        case "damaged":
            files.search.write_bytes(b"no database" * 1000)
        case "older":
            marked(files.search, 0)
        case "another log's":
            with closing(connect(files.log)) as db:
                db.execute("UPDATE marks SET number = 1 WHERE name = 'identity'")
        case "ahead of the log":
            with closing(connect(files.log)) as db:
                db.execute("DELETE FROM entries WHERE number = 2")
    files.follow()
    assert files.find("apples") == [1]
    with closing(index.attached(files.search, files.log)) as db:
        assert index.state(db).indexed == files.numbers()[-1]


def test_an_index_that_cannot_be_opened_is_not_thrown_away(files: LogFiles) -> None:
    """The log is not there at the moment: that is no reason to index ten million lines again."""
    files.index.close()
    before = files.search.read_bytes()
    hidden = files.log.rename(files.log.with_name("hidden.db"))
    with pytest.raises(Exception, match="unable to open"):
        files.index.follow()
    hidden.rename(files.log)
    assert files.search.read_bytes() == before


def test_a_step_that_fails_half_way_leaves_the_index_as_it_was(
    files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add("apples")
    with monkeypatch.context() as patch:
        patch.setattr(index, "_STEP", "INSERT INTO nowhere SELECT ?, ?")
        with pytest.raises(Exception, match="no such table"):
            files.index.follow()
    files.follow()
    assert files.find("apples") == [1]


# --- the index and everybody else


def test_the_first_search_of_a_new_folder_finds_nothing(tmp_path: Path) -> None:
    """The index is made by the upkeep, which may not have come so far."""
    files = LogFiles(tmp_path)
    assert files.find("anything") == []
    files.add("apples")
    assert files.find("apples") == [1]
    assert files.find("apples", since=1.0) == []
    assert not files.search.exists()


@pytest.mark.parametrize("left", [b"", b"not an index at all" * 300, None])
def test_a_search_beside_an_index_that_is_none_reads_the_log(files: LogFiles, left: bytes | None) -> None:
    files.add("apples", "pears")
    files.follow()
    files.index.discard()
    if left is None:
        files.search.mkdir()
    else:
        files.search.write_bytes(left)
    assert files.find("apples") == [1]


def test_a_search_without_the_log_is_not_answered(files: LogFiles) -> None:
    files.log.rename(files.log.with_name("elsewhere"))
    with pytest.raises(sqlite3.OperationalError):
        files.find("apples")


def test_an_index_is_made_at_once_or_not_at_all(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that finds a half of it would say nonsense."""
    files.add("apples")
    files.index.discard()
    with monkeypatch.context() as patch:
        patch.setattr(index, "_TABLES", (*index._TABLES, "CREATE TABLE steps (no)"))
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            files.follow()
    assert files.find("apples") == [1]
    files.index.close()
    files.follow()
    assert files.find("apples") == [1]


@pytest.mark.parametrize("also", [(), ("-wal",), ("-wal", "-shm")])
def test_an_index_that_is_removed_while_it_is_used_is_made_again(files: LogFiles, also: tuple[str, ...]) -> None:
    files.add("apples", "pears")
    files.follow()
    for suffix in ("", *also):
        files.search.with_name(files.search.name + suffix).unlink()
    files.add("apples")
    files.follow()
    assert files.find("apples") == [3, 1]
    with closing(index.attached(files.search, files.log)) as db:
        assert index.state(db).indexed == 3
        db.execute("INSERT INTO lines (lines) VALUES ('integrity-check')")


def test_indexing_locks_nobody_out_of_the_log(files: LogFiles) -> None:
    files.add("apples")
    files.index.open()
    with files.index._transaction() as db:
        db.execute("UPDATE state SET pruned = pruned")
        files.add("pears")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM log.entries")
    assert files.numbers() == [1, 2]


def test_the_index_follows_while_somebody_writes_to_the_log(files: LogFiles) -> None:
    files.add("apples")
    with closing(connect(files.log)) as other:
        other.execute("BEGIN IMMEDIATE")
        files.follow()
        assert files.find("apples") == [1]


def test_a_search_goes_on_while_the_index_is_written(files: LogFiles) -> None:
    files.add("apples")
    files.follow()
    with closing(connect(files.search)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM steps")
        assert files.find("apples") == [1]


# --- without an index


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LogFiles:
    """What a log is by an SQLite that has no tokenizer of trigrams."""
    monkeypatch.setattr(index, "_LINES", "CREATE VIRTUAL TABLE lines USING fts5 (text, tokenize = 'absent')")
    return LogFiles(tmp_path)


def test_where_sqlite_has_no_trigrams_searches_read_the_log_and_nothing_is_indexed(bare: LogFiles) -> None:
    bare.add("The Lighthouse", "欢迎来到聊天室")
    assert not bare.index.follow()
    bare.index.forget([(1, "lobby", "ada", "The Lighthouse", True)], 1)
    assert not bare.search.exists()
    assert bare.find("house") == [1]
    assert bare.find("聊天") == [2]


def test_an_index_that_another_sqlite_made_and_this_one_cannot_read_is_done_without(files: LogFiles) -> None:
    files.add("The Lighthouse")
    files.follow()
    files.add("a house")
    with closing(connect(files.search)) as db:
        db.execute("DROP TABLE lines")
    assert files.find("house") == [2, 1]


def test_an_sqlite_that_is_too_old_for_the_log_is_refused_in_a_sentence() -> None:
    with pytest.raises(CannotStart, match=r"needs SQLite 3\.37, and this Python has 3\.26\.0\. Use a newer Python"):
        check_sqlite((3, 26, 0))
