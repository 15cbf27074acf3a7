"""Export and import: what goes out comes back in, and what is put in can do no harm."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logfiles import LogFiles
from support.texts import SPELLED

from twistchat import transfer
from twistchat.log import transfer as lines
from twistchat.log.schema import connect
from twistchat.log.transfer import exported, import_lines
from twistchat.wire.text import Encoding

Put = Callable[..., lines.Imported]


@pytest.fixture
def put(files: LogFiles) -> Put:
    """Imports lines."""
    return lambda *texts: import_lines(files.log, map(str.encode, texts), "lobby", lambda _count: None, now=2e9)


def stored(files: LogFiles) -> list[tuple[object, ...]]:
    with closing(connect(files.log)) as db:
        return db.execute("SELECT time, room, kind, name, text, past FROM entries ORDER BY number").fetchall()


def test_an_export_has_a_line_of_json_for_each_entry(files: LogFiles) -> None:
    files.add("欢迎", time=1.5, name="小明")
    files.add("", kind="left", time=2.0)
    assert [json.loads(line) for line in exported(files.log)] == [
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
    (line,) = exported(files.log)
    assert "小明" in line and "欢迎" in line and line.endswith("}\n")


def test_an_export_can_be_of_one_room_and_of_the_last_days(files: LogFiles) -> None:
    files.add("old", time=1.0)
    files.add("new", time=9.0)
    files.add("elsewhere", time=9.0, room="den")
    texts = [json.loads(line)["text"] for line in exported(files.log, room="lobby", since=5.0)]
    assert texts == ["new"]


def test_what_was_exported_comes_back_as_it_was(
    files: LogFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "READ_STEP", 2)
    monkeypatch.setattr(lines, "WRITE_STEP", 2)
    files.add(*map(str, range(7)), time=1.25)
    files.add("back at six", kind="announced", name="", room="")
    files.add("eva", kind="renamed")
    files.add("spam", kind="removed")
    (tmp_path / "other").mkdir()
    other = LogFiles(tmp_path / "other")
    seen: list[int] = []
    done = import_lines(other.log, map(str.encode, exported(files.log)), "lobby", seen.append, now=2e9)
    assert done == (10, {})
    assert seen == [2, 4, 6, 8, 10]
    with closing(connect(files.log)) as db:  # whose past flags the fixture does not set for other kinds
        db.execute("UPDATE entries SET past = 1 WHERE kind = 'announced'")
    assert stored(other) == stored(files)


def test_a_transcript_is_what_people_said_in_the_room_at_the_time_of_the_import(files: LogFiles, put: Put) -> None:
    done = put("ada: hello\r\n", "小明 : 你好: again\n", "\n", "ada joined!\n")
    assert done == (2, {"not `name: text`": 1})
    assert stored(files) == [
        (2e9, "lobby", "said", "ada", "hello", 1),
        (2e9, "lobby", "said", "小明", "你好: again", 1),
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
        ({"time": "yesterday"}, "not a line of an export"),
        ({"time": 5}, "not a line of an export"),
        ({"text": 5}, "not a line of an export"),
    ],
)
def test_lines_that_could_do_harm_are_left_out_and_the_others_stored(
    files: LogFiles, put: Put, fields: dict[str, object], why: str
) -> None:
    good = {"time": "2020-01-01T00:00:00Z", "room": "lobby", "kind": "said", "name": "ada", "text": "hello"}
    assert put(json.dumps(good | fields), json.dumps(good)) == (1, {why: 1})
    assert stored(files) == [(1577836800.0, "lobby", "said", "ada", "hello", 1)]


@pytest.mark.parametrize("line", ["{", "{}", '{"name": 5}', '{"a": ' * 10_000])
def test_lines_that_are_no_json_of_ours_are_left_out(put: Put, line: str) -> None:
    assert put(line) == (0, {"not a line of an export": 1})


@given(st.text(max_size=50))
def test_any_line_is_taken_or_left_out(tmp_path_factory: pytest.TempPathFactory, line: str) -> None:
    for text in (
        line,
        "{" + line,
        f"ada: {line}",
        json.dumps({"name": line, "room": line, "kind": line, "time": line}),
    ):
        for _seconds, row in lines._fit([text.encode()], Encoding(), "lobby", 2e9, lines.Counter()):
            assert not any(category(character) == "Cc" for part in row[:4] for character in part)


def test_imported_lines_go_behind_those_that_are_there(files: LogFiles, put: Put) -> None:
    files.add("one", "two")
    put('{"number": 1, "name": "bob", "text": "three"}')
    assert files.numbers() == [1, 2, 3]


def test_an_export_can_begin_at_a_time_and_a_line_of_that_time_is_in_it(files: LogFiles) -> None:
    files.add("before", time=4.999)
    files.add("then", time=5.0)
    assert [json.loads(line)["text"] for line in exported(files.log, since=5.0)] == ["then"]


def test_bounds_belong_to_what_is_taken(files: LogFiles, put: Put) -> None:
    """A line of now, one of 1970's first moment, the longest text, the longest name."""
    good = [
        {"name": "ada", "text": "x" * lines.LONGEST_TEXT},
        {"name": "n" * lines.LONGEST_NAME, "text": "", "time": "1970-01-01T00:00:00Z"},
        {"name": "ada", "room": "r" * lines.LONGEST_NAME, "time": "2033-05-18T03:33:20Z"},
    ]
    assert put(*map(json.dumps, good)).stored == 3
    bad = [{"name": "ada", "text": "x" * (lines.LONGEST_TEXT + 1)}, {"name": "n" * (lines.LONGEST_NAME + 1)}]
    assert put(*map(json.dumps, bad)).stored == 0
    assert [row[0] for row in stored(files)] == [2e9, 0.0, 2e9]
    assert {(row[2], row[5]) for row in stored(files)} == {("said", 1)}


def test_only_an_announcement_is_of_every_room_and_of_nobody(files: LogFiles, put: Put) -> None:
    put('{"room": "", "kind": "announced", "name": "eva", "text": "back at six"}')
    put('{"room": "tea", "kind": "announced", "name": "", "text": "tea is ready"}')
    assert [row[1:4] for row in stored(files)] == [("", "announced", ""), ("tea", "announced", "")]
    assert put('{"room": "", "kind": "said", "name": "ada"}').stored == 0


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
    monkeypatch.setattr(lines.time, "monotonic", lambda: next(times))
    monkeypatch.setattr(lines.time, "sleep", slept.append)
    monkeypatch.setattr(lines, "WRITE_STEP", 1)
    import_lines(files.log, [b"ada: one", b"ada: two"], "lobby", lambda _count: None, now=2e9)
    assert slept == pytest.approx([0.003, 0.5])


def test_what_was_imported_before_a_failure_stays_and_nothing_is_locked(files: LogFiles) -> None:
    def broken() -> Iterator[bytes]:
        yield from [b"ada: hello"] * lines.WRITE_STEP
        raise ValueError

    with pytest.raises(ValueError):
        import_lines(files.log, broken(), "lobby", lambda _count: None, now=2e9)
    files.add("still writable")
    assert len(files.numbers()) == lines.WRITE_STEP + 1


def test_each_step_is_stored_whole_before_the_next_is_read(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "WRITE_STEP", 2)
    seen: list[list[int]] = []
    import_lines(files.log, [b"ada: hello"] * 5, "lobby", lambda _count: seen.append(files.numbers()), now=2e9)
    assert [len(numbers) for numbers in seen] == [2, 4, 5]


# --- the commands


@pytest.fixture
def state_dir(files: LogFiles) -> str:
    return f"--state-dir={files.log.parent}"


def refusal(function: Callable[[list[str]], int], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        function(list(words))
    return str(caught.value)


def test_export_writes_to_standard_output_and_import_reads_standard_input(
    files: LogFiles, state_dir: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add("hello", "你好")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(raw := io.BytesIO(), encoding="ascii"))
        transfer.export([state_dir])
        written = raw.getvalue()
    assert [json.loads(line)["text"] for line in written.decode("utf-8").splitlines()] == ["hello", "你好"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + written), encoding="ascii"))
    transfer.import_(["--state-dir", str(tmp_path / "new")])
    assert capfd.readouterr().err == "lines stored: 2\n"


def test_export_and_import_take_files_and_show_how_far_they_are(
    files: LogFiles, state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "PROGRESS_LINES", 2)
    files.add("one", "two", "three", "four", "five")
    file = tmp_path / "lines.json"
    transfer.export([state_dir, "--room", "#Lobby", "--since", "9999w", str(file)])
    file.write_text(file.read_text() + "nonsense\n")
    transfer.import_(["--state-dir", str(tmp_path / "new"), str(file)])
    assert capsys.readouterr().err.splitlines() == [
        "lines exported: 2",
        "lines exported: 4",
        "lines read: 6",
        "lines stored: 5",
        "left out: 1 (not `name: text`)",
    ]


def test_a_reader_that_has_enough_ends_an_export_quietly(
    files: LogFiles, state_dir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.TextIOWrapper):
        def writelines(self, _lines: object) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed(io.BytesIO()))
    assert transfer.export([state_dir]) == 0


def test_an_export_without_a_log_says_so(tmp_path: Path) -> None:
    assert refusal(transfer.export, f"--state-dir={tmp_path}") == (
        f"twistchat: There is no log in {tmp_path}. Give the server's --state-dir."
    )


def test_a_file_that_is_not_there_is_said(state_dir: str, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    assert f"{nothing}: No such file or directory." in refusal(transfer.import_, state_dir, str(nothing))


def test_a_transcript_in_gb18030_is_read_whatever_ends_its_lines(
    files: LogFiles, state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines"
    file.write_bytes("\ufeff老师: 你好\r\nada: hello\r老师: 一\n".encode("gb18030"))
    transfer.import_([state_dir, str(file)])
    file.write_bytes("ada: é\n小明: 你好\n".encode())
    transfer.import_([state_dir, str(file)])
    assert [row[3:5] for row in stored(files)] == [
        ("老师", "你好"),
        ("ada", "hello"),
        ("老师", "一"),
        ("ada", "é"),
        ("小明", "你好"),
    ]


def test_lines_in_another_encoding_are_left_out_and_said(
    files: LogFiles, state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin").write_bytes(b"ada: caf\xe9\nada: tea\n")
    transfer.import_([state_dir, str(tmp_path / "latin")])
    assert capsys.readouterr().err == "lines stored: 1\nleft out: 1 (text in neither UTF-8 nor GB18030)\n"


def test_what_spells_a_word_or_an_emoji_is_stored_as_it_was(files: LogFiles, put: Put) -> None:
    put(*(f"ada: {text}" for text in SPELLED), *(json.dumps({"name": "bob", "text": text}) for text in SPELLED))
    assert [row[4] for row in stored(files)] == SPELLED * 2


def test_a_log_that_stays_locked_is_said(
    files: LogFiles, state_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BUSY_SECONDS", 0.0)
    (tmp_path / "lines").write_text("ada: hello\n")
    with closing(connect(files.log)) as other:
        other.execute("BEGIN IMMEDIATE")
        sentence = refusal(transfer.import_, state_dir, str(tmp_path / "lines"))
    assert sentence == "twistchat: the log cannot be used: another program holds the file."


@pytest.mark.parametrize("words", [["--since", "soon"], ["--room", "a/b"]])
def test_options_that_cannot_be_read_are_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        transfer.export(words)
    assert f"argument {words[0]}" in capsys.readouterr().err
