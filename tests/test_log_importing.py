"""Export and import of a log: what goes out comes back in, and what is put in can do no harm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logfiles import LogFiles
from support.standin import stand_in
from support.texts import SPELLED

from twistchat.log import exporting, importing
from twistchat.log.exporting import Wanted, exported, json_line
from twistchat.log.importing import BadLine, FitLine, Storing, judged
from twistchat.log.schema import connect

Put = Callable[..., list[BadLine]]


@pytest.fixture
def put(files: LogFiles) -> Put:
    """Imports lines."""
    return lambda *texts: files.take(*map(str.encode, texts))


def stored(files: LogFiles) -> list[tuple[object, ...]]:
    with closing(connect(files.log)) as db:
        return db.execute("SELECT time, room, kind, name, text, past FROM entries ORDER BY number").fetchall()


def test_an_export_has_a_line_of_json_for_each_entry(files: LogFiles) -> None:
    files.add("欢迎", time=1.5, name="小明")
    files.add("", kind="left", time=2.0)
    assert [json.loads(json_line(line)) for line in exported(files.log)] == [
        {
            "number": 1,
            "time": "1970-01-01T00:00:01.500000Z",
            "room": "lobby",
            "kind": "said",
            "name": "小明",
            "text": "欢迎",
        },
        {
            "number": 2,
            "time": "1970-01-01T00:00:02.000000Z",
            "room": "lobby",
            "kind": "left",
            "name": "ada",
            "text": "",
        },
    ]


def test_an_export_can_be_read_by_people_whatever_they_write(files: LogFiles) -> None:
    files.add("欢迎", name="小明")
    line = json_line(*exported(files.log))
    assert "小明" in line and "欢迎" in line and line.endswith("}\n")


def test_an_export_can_be_of_one_room_and_of_the_last_days(files: LogFiles) -> None:
    files.add("old", time=1.0)
    files.add("new", time=9.0)
    files.add("elsewhere", time=9.0, room="den")
    assert [line.text for line in exported(files.log, Wanted("lobby", since=5.0))] == ["new"]
    assert [line.text for line in exported(files.log, Wanted(until=5.0))] == ["old"]


def test_what_was_exported_comes_back_as_it_was(
    files: LogFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "READ_STEP", 2)
    monkeypatch.setattr(importing, "WRITE_STEP", 2)
    files.add(*map(str, range(7)), time=1.25)
    files.add("back at six", kind="announced", name="", room="")
    files.add("eva", kind="renamed")
    files.add("spam", kind="removed")
    (tmp_path / "other").mkdir()
    other = LogFiles(tmp_path / "other")
    assert other.take(*(json_line(line).encode() for line in exported(files.log))) == []
    with closing(connect(files.log)) as db:  # whose past flags the fixture does not set for other kinds
        db.execute("UPDATE entries SET past = 1 WHERE kind = 'announced'")
    assert stored(other) == stored(files)


def test_a_transcript_is_what_people_said_in_the_room_at_the_time_of_the_import(files: LogFiles, put: Put) -> None:
    bad = put("ada: hello\r\n", "小明 : 你好: again\n", "\n", "ada joined!\n", "老师：上课了", "eva ： http://a")
    assert bad == [BadLine(4, "not `name: text`")]
    assert stored(files) == [
        (2e9, "lobby", "said", "ada", "hello", 1),
        (2e9, "lobby", "said", "小明", "你好: again", 1),
        (2e9, "lobby", "said", "老师", "上课了", 1),
        (2e9, "lobby", "said", "eva", "http://a", 1),
    ]


def test_what_a_terminal_would_act_on_is_taken_out(files: LogFiles, put: Put) -> None:
    put("ada: \x1b[31mred\x1b[0m and \u202eright to left\n", json.dumps({"name": "bob", "text": "two\nlines\x07"}))
    assert [row[4] for row in stored(files)] == ["red and right to left", "two lines"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "admin"}, "admin is kept for the server itself. Choose another name."),
        ({"name": "a b"}, "A name cannot have spaces in it. Join the words with _ or -."),
        ({"name": ""}, "A name needs at least one letter or digit. Type the name that others shall see."),
        ({"kind": "renamed", "text": "server"}, "server is kept for the server itself. Choose another name."),
        ({"kind": "sneezed"}, "of an unknown kind, 'sneezed'"),
        ({"room": "a/b"}, "A room's name is one word of letters, digits, _ and -, 64 characters at most."),
        ({"room": ""}, "A room's name is one word of letters, digits, _ and -, 64 characters at most."),
        ({"text": "x" * 5000}, "longer than 4096 characters"),
        ({"time": "2999-01-01T00:00:00Z"}, "a time in the future, or before 1970"),
        ({"time": "1969-01-01T00:00:00Z"}, "a time in the future, or before 1970"),
        ({"time": "yesterday"}, "a 'time' that is not written as 2026-11-21T20:59:34Z"),
        ({"time": 5}, "a 'time' that is not written as 2026-11-21T20:59:34Z"),
        ({"text": 5}, "no text as its 'text'"),
        ({"name": None}, "no text as its 'name'"),
    ],
)
def test_lines_that_could_do_harm_are_left_out_and_the_others_stored(
    files: LogFiles, put: Put, fields: dict[str, object], why: str
) -> None:
    good = {"time": "2020-01-01T00:00:00Z", "room": "lobby", "kind": "said", "name": "ada", "text": "hello"}
    assert put(json.dumps(good | fields), json.dumps(good)) == [BadLine(1, why)]
    assert stored(files) == [(1577836800.0, "lobby", "said", "ada", "hello", 1)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "no JSON: Expecting property name enclosed in double quotes at character 2"),
        ('{"name": "ada" "text": "x"}', "no JSON: Expecting ',' delimiter at character 16"),
        ("{}", "without a 'name'"),
        ('{"name": 5}', "no text as its 'name'"),
        ('{"a": ' * 10_000, "no JSON of an export"),
        ('{"a": ' + "9" * 5000 + "}", "no JSON of an export"),
    ],
)
def test_lines_that_are_no_json_of_ours_are_left_out_and_it_is_said_why(put: Put, line: str, why: str) -> None:
    assert put(line) == [BadLine(1, why)]


@given(st.text(max_size=50))
def test_any_line_is_taken_or_left_out(tmp_path_factory: pytest.TempPathFactory, line: str) -> None:
    for text in (
        line,
        "{" + line,
        f"ada: {line}",
        json.dumps({"name": line, "room": line, "kind": line, "time": line}),
    ):
        for line in judged([text.encode()], "lobby", 2e9):
            told = line.row[:4] if isinstance(line, FitLine) else (line.why,)
            assert not any(category(character) == "Cc" for part in told for character in part)


def test_imported_lines_go_behind_those_that_are_there(files: LogFiles, put: Put) -> None:
    files.add("one", "two")
    put('{"number": 1, "name": "bob", "text": "three"}')
    assert files.numbers() == [1, 2, 3]


def test_an_export_can_begin_at_a_time_and_a_line_of_that_time_is_in_it(files: LogFiles) -> None:
    files.add("before", time=4.999)
    files.add("then", time=5.0)
    assert [line.text for line in exported(files.log, Wanted(since=5.0))] == ["then"]
    assert [line.text for line in exported(files.log, Wanted(until=5.0))] == ["before"]


def test_bounds_belong_to_what_is_taken(files: LogFiles, put: Put) -> None:
    """A line of now, one of 1970's first moment, the longest text, the longest name."""
    good = [
        {"name": "ada", "text": "x" * importing.LONGEST_TEXT},
        {"name": "n" * importing.LONGEST_NAME, "text": "", "time": "1970-01-01T00:00:00Z"},
        {"name": "ada", "room": "r" * importing.LONGEST_NAME, "time": "2033-05-18T03:33:20Z"},
    ]
    assert not put(*map(json.dumps, good))
    bad = [{"name": "ada", "text": "x" * (importing.LONGEST_TEXT + 1)}, {"name": "n" * (importing.LONGEST_NAME + 1)}]
    assert len(put(*map(json.dumps, bad))) == 2
    assert [row[0] for row in stored(files)] == [2e9, 0.0, 2e9]
    assert {(row[2], row[5]) for row in stored(files)} == {("said", 1)}


def test_names_of_the_past_are_taken_that_nobody_may_have_now(files: LogFiles, put: Put) -> None:
    assert not put('{"name": "10.1.2.3", "text": "21.5 degrees"}')


def test_only_an_announcement_is_of_every_room_and_of_nobody(files: LogFiles, put: Put) -> None:
    put('{"room": "", "kind": "announced", "name": "eva", "text": "back at six"}')
    put('{"room": "tea", "kind": "announced", "name": "", "text": "tea is ready"}')
    assert [row[1:4] for row in stored(files)] == [("", "announced", ""), ("tea", "announced", "")]
    assert len(put('{"room": "", "kind": "said", "name": "ada"}')) == 1


def test_an_announcement_of_a_moderator_is_theirs(files: LogFiles, put: Put) -> None:
    put('{"room": "tea", "kind": "announced", "name": "eva", "text": "tea is ready"}')
    assert [row[1:4] for row in stored(files)] == [("tea", "announced", "eva")]


def test_a_topic_that_the_administrator_set_is_nobodys_and_one_that_somebody_set_is_theirs(
    files: LogFiles, put: Put
) -> None:
    put('{"room": "tea", "kind": "topicset", "name": "", "text": "oolong"}')
    put('{"room": "tea", "kind": "topicset", "name": "ada", "text": "pu-erh"}')
    assert [row[1:5] for row in stored(files)] == [
        ("tea", "topicset", "", "oolong"),
        ("tea", "topicset", "ada", "pu-erh"),
    ]


def test_an_import_leaves_a_server_as_much_time_as_it_took(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 10.003, 20.0, 20.5])
    slept: list[float] = []
    stand_in(monkeypatch, importing, "time", monotonic=lambda: next(times), sleep=slept.append)
    monkeypatch.setattr(importing, "WRITE_STEP", 1)
    files.take(b"ada: one", b"ada: two")
    assert slept == pytest.approx([0.003, 0.5])


FIT = [*judged([b"ada: hello"] * 5, "lobby", 2e9)]


def test_what_was_stored_before_a_failure_stays_and_it_is_known_up_to_where(
    files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "WRITE_STEP", 2)

    def broken() -> Iterator[FitLine]:
        yield from (line for line in FIT if isinstance(line, FitLine))
        raise ValueError

    storing = Storing(files.log)
    with pytest.raises(ValueError):
        storing.store(broken(), lambda _upto: None)
    assert (storing.stored, storing.upto) == (4, 4)
    files.add("still writable")
    assert len(files.numbers()) == 4 + 1


def test_each_step_is_stored_whole_before_the_next_is_read(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "WRITE_STEP", 2)
    seen: list[tuple[int, int]] = []
    fit = (line for line in FIT if isinstance(line, FitLine))
    Storing(files.log).store(fit, lambda upto: seen.append((upto, len(files.numbers()))))
    assert seen == [(2, 2), (4, 4), (5, 5)]


def test_what_spells_a_word_or_an_emoji_is_stored_as_it_was(files: LogFiles, put: Put) -> None:
    put(*(f"ada: {text}" for text in SPELLED), *(json.dumps({"name": "bob", "text": text}) for text in SPELLED))
    assert [row[4] for row in stored(files)] == SPELLED * 2
