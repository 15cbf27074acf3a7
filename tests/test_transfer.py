"""`twistchat export` and `twistchat import`: what people type, and what they get."""

from __future__ import annotations

import csv
import io
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.logfiles import LogFiles
from support.standin import stand_in

from twistchat.log import importing
from twistchat.log.exporting import StoredLine
from twistchat.log.schema import connect
from twistchat.transfer import cli, page, table
from twistchat.transfer.reading import lines_of
from twistchat.wire.language import ENGLISH

DAY = 86400.0


@pytest.fixture(autouse=True)
def _greenwich() -> Iterator[None]:
    """English, and the time of Greenwich, wherever the test runs."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
            patch.setenv(variable, "C")
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def state_dir(files: LogFiles) -> str:
    return f"--state-dir={files.log.parent}"


Exported = Callable[..., str]
"""Exports with options, and gives what the file has."""


@pytest.fixture
def exported(state_dir: str, tmp_path: Path) -> Exported:
    def run(*words: str, name: str = "out") -> str:
        assert cli.export([state_dir, *words, str(tmp_path / name)]) == 0
        return (tmp_path / name).read_bytes().decode()

    return run


def refusal(function: Callable[[list[str]], int], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        function(list(words))
    return str(caught.value)


def said(files: LogFiles) -> list[tuple[str, str]]:
    with closing(connect(files.log)) as db:
        return db.execute("SELECT name, text FROM entries ORDER BY number").fetchall()


# --- export


def test_export_writes_to_standard_output_and_import_reads_standard_input(
    files: LogFiles, state_dir: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add("hello", "你好")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(raw := io.BytesIO(), encoding="ascii"))
        cli.export([state_dir])
        written = raw.getvalue()
    assert [json.loads(line)["text"] for line in written.decode("utf-8").splitlines()] == ["hello", "你好"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + written), encoding="ascii"))
    cli.import_(["--state-dir", str(tmp_path / "new")])
    assert capfd.readouterr().err == "lines stored: 2\n"


def test_export_and_import_take_files_and_show_how_far_they_are(
    files: LogFiles, state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "PROGRESS_LINES", 2)
    files.add("one", "two", "three", "four", "five")
    file = tmp_path / "lines.json"
    cli.export([state_dir, "--room", "#Lobby", "--since", "9999w", str(file)])
    cli.import_(["--state-dir", str(tmp_path / "new"), str(file)])
    assert capsys.readouterr().err.splitlines() == [
        "lines exported: 2",
        "lines exported: 4",
        "lines checked: 2",
        "lines checked: 4",
        "lines stored: 4",
        "lines stored: 5",
    ]


def test_a_reader_that_has_enough_ends_an_export_quietly(
    files: LogFiles, state_dir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.TextIOWrapper):
        def writelines(self, _lines: object) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed(io.BytesIO()))
    assert cli.export([state_dir]) == 0


def test_an_export_without_a_log_says_so(tmp_path: Path) -> None:
    assert refusal(cli.export, f"--state-dir={tmp_path}") == (
        f"twistchat: There is no log in {tmp_path}. Give the server's --state-dir."
    )


def test_an_export_is_of_one_room_and_of_some_days(files: LogFiles, exported: Exported) -> None:
    for day in range(5):
        files.add(f"day {day + 1}", time=day * DAY)
        files.add(f"den {day + 1}", time=day * DAY, room="den")
    picked = exported("--room", "lobby", "--since", "1970-01-02", "--until", "1970-01-04")
    assert [json.loads(line)["text"] for line in picked.splitlines()] == ["day 2", "day 3", "day 4"]
    at_a_time = exported("--room", "den", "--until", "1970-01-02T00:00Z")
    assert [json.loads(line)["text"] for line in at_a_time.splitlines()] == ["den 1"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--since", "soon"], "argument --since: 'soon' is not a day such as 2026-03-01, nor a time such as 12h or 2d"),
        (["--room", "a/b"], "argument --room: A room's name is one word of letters"),
        (["--format", "pdf"], "argument --format: invalid choice: 'pdf'"),
        (["--language", "tlh"], "argument --language: "),
    ],
)
def test_options_that_cannot_be_read_are_said(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.export(words)
    assert why in capsys.readouterr().err


def filled(files: LogFiles) -> None:
    files.add("hello <b>", "你好", time=3600.0)
    files.add("waves", kind="acted", time=3660.0)
    files.add("", kind="joined", time=3660.0)
    files.add("oolong", kind="topicset", name="", room="tea", time=DAY)
    files.add("back at six", kind="announced", name="", room="", time=DAY + 60)
    with closing(connect(files.log)) as db:
        db.execute("UPDATE entries SET past = kind != 'joined'")


def test_a_transcript_has_days_times_and_what_whoever_comes_later_is_shown(files: LogFiles, exported: Exported) -> None:
    filled(files)
    assert exported(name="talk.txt").splitlines() == [
        "== 1970-01-01 ==",
        "01:00 [lobby] ada: hello <b>",
        "01:00 [lobby] ada: 你好",
        "01:01 [lobby] * ada waves",
        "",
        "== 1970-01-02 ==",
        "00:00 [tea] The administrator set the topic: oolong",
        "00:01 Administrator: back at six",
    ]
    assert exported("--format", "txt", "--room", "tea", "--language", "zh_CN").splitlines() == [
        "== 1970-01-02 ==",
        "00:00 管理员设置了主题：oolong",
    ]


def test_a_table_is_read_by_spreadsheets_and_computes_nothing(files: LogFiles, exported: Exported) -> None:
    files.add('hello, "bob"', "=1+1", "@SUM(A1)", "-5 degrees", "1-1", "  =1+1", "＝1+1", name="小明")
    text = exported(name="talk.CSV")
    assert text.startswith("\ufeffnumber,time,room,kind,name,text\r\n")
    rows = [*csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))]
    made = ['hello, "bob"', "'=1+1", "'@SUM(A1)", "'-5 degrees", "1-1", "'  =1+1", "'＝1+1"]
    assert [row["text"] for row in rows] == made
    assert rows[0]["name"] == "小明" and rows[0]["time"] == "1970-01-01T00:00:00.000000Z"


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(text: str) -> Seen:
    parser = Seen()
    parser.feed(text)
    return parser


def test_a_page_has_days_times_names_and_no_script(files: LogFiles, exported: Exported) -> None:
    filled(files)
    text = exported(name="talk.html")
    shown = seen(text)
    assert "script" not in shown.tags and shown.tags.count("h2") == 2 and shown.tags.count("li") == 5
    for part in ("1970-01-02", "01:00", "lobby", "ada: hello <b>", "* ada waves", "Administrator: back at six"):
        assert part in shown.text
    assert '<html lang="en">' in text and "<title>What was said</title>" in text
    chinese = exported("--room", "tea", "--language", "zh_TW", "--format", "html")
    assert '<html lang="zh-TW">' in chinese and "tea" in seen(chinese).text
    assert 'class="room"' not in chinese


TEXT = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["<script>x", "</p>", "&lt;", "\x1b[31m", "\u202e"]
)


@given(name=TEXT, room=TEXT, text=TEXT, kind=st.sampled_from(["said", "acted", "topicset", "announced"]))
def test_nothing_that_was_stored_becomes_a_part_of_the_page_or_a_formula(
    name: str, room: str, text: str, kind: str
) -> None:
    line = StoredLine(1, 0.0, room or "lobby", kind, name or "ada", text)
    made = "".join(page.written([line], ENGLISH, None, 0.0))
    assert set(seen(made).tags) <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "section", "h2", "ol", "li"),
        *("time", "span", "p", "b", "bdi", "footer"),
    }
    assert not any(character in made for character in "\x1b\u202e\x07\x00")
    _titles, row = csv.reader(io.StringIO("".join(table.written([line])), newline=""))
    assert not row[5].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


# --- import


def test_nothing_is_stored_of_a_file_with_bad_lines_and_each_is_named(
    files: LogFiles, state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "talk"
    file.write_text("ada: hello\n\nnonsense\nbob: hi\n小\x1b[31m明 说\n")
    sentence = refusal(cli.import_, state_dir, str(file))
    assert sentence == "twistchat: Nothing was stored. Mend those lines, or leave them out with --skip-bad."
    assert capsys.readouterr().err.splitlines() == ["line 3: not `name: text`", "line 5: not `name: text`"]
    assert said(files) == []
    assert cli.import_([state_dir, "--skip-bad", str(file)]) == 0
    assert said(files) == [("ada", "hello"), ("bob", "hi")]
    assert capsys.readouterr().err.splitlines()[2:] == ["lines stored: 2", "lines left out: 2"]


def test_of_very_many_bad_lines_the_first_are_named(
    state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk").write_text("nonsense\n" * 1000)
    sentence = refusal(cli.import_, state_dir, str(tmp_path / "talk"))
    assert sentence.startswith("twistchat: Nothing was stored, as no line can be. What can be is what ")
    named = capsys.readouterr().err.splitlines()
    assert named[cli.MOST_NAMED - 1] == "line 20: not `name: text`"
    assert named[cli.MOST_NAMED :] == ["... and 980 more lines that cannot be stored"]


def test_bad_json_is_named_without_a_way_into_the_terminal(
    state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk").write_text(json.dumps({"name": "ada", "kind": "\x1b[31m"}) + "\n")
    refusal(cli.import_, state_dir, str(tmp_path / "talk"))
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_import_that_is_broken_off_says_where_and_the_next_goes_on_behind_it(
    files: LogFiles,
    state_dir: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    by: signal.Signals,
) -> None:
    monkeypatch.setattr(importing, "WRITE_STEP", 2)
    (tmp_path / "talk").write_text("".join(f"ada: {number}\n\n" for number in range(1, 6)))
    with monkeypatch.context() as patch:
        steps = iter([1, 2])

        def sleep(_seconds: float) -> None:
            if next(steps) == 2:
                signal.raise_signal(by)

        stand_in(patch, importing, "time", sleep=sleep)
        assert refusal(cli.import_, state_dir, str(tmp_path / "talk")) == "twistchat: broken off."
    (told,) = capsys.readouterr().err.splitlines()
    assert told == "lines stored: 4; --from-line 8 goes on behind them."
    assert cli.import_([state_dir, "--from-line", "8", str(tmp_path / "talk")]) == 0
    assert [text for _name, text in said(files)] == ["1", "2", "3", "4", "5"]


def test_a_check_that_is_broken_off_has_stored_nothing(
    files: LogFiles, state_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "talk").write_text("ada: one\n")
    monkeypatch.setattr(cli, "judged", lambda *_words: signal.raise_signal(signal.SIGINT))
    assert refusal(cli.import_, state_dir, str(tmp_path / "talk")) == "twistchat: broken off. Nothing was stored."
    assert said(files) == []


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_transcripts_are_read_in_what_windows_and_others_write(
    files: LogFiles, state_dir: str, tmp_path: Path, encoding: str, end: str, marked: bool
) -> None:
    text = "\ufeff" * marked + "".join(f"{line}{end}" for line in ("老师：上课了", "ada: hello", "小明: 龙", ""))
    (tmp_path / "talk").write_bytes(text.encode(encoding))
    assert cli.import_([state_dir, str(tmp_path / "talk")]) == 0
    assert said(files) == [("老师", "上课了"), ("ada", "hello"), ("小明", "龙")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.binary(max_size=200))
def test_any_bytes_are_lines_and_the_same_ones_when_they_are_read_again(data: bytes) -> None:
    file = io.BytesIO(data)
    assert [*lines_of(file)] == [*lines_of(file)]
    assert not file.closed


def test_what_can_be_read_once_is_checked_first_as_well(
    files: LogFiles, state_dir: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    for text, count in ((b"ada: hello\nnonsense\n", 0), (b"ada: hello\n", 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Pipe(text)))
        if count:
            cli.import_([state_dir])
        else:
            refusal(cli.import_, state_dir)
        assert len(said(files)) == count


def test_a_file_that_is_not_there_is_said(state_dir: str, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    assert f"{nothing}: No such file or directory." in refusal(cli.import_, state_dir, str(nothing))


def test_a_transcript_in_gb18030_and_one_in_utf_8_are_read_after_each_other(
    files: LogFiles, state_dir: str, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    file.write_bytes("\ufeff老师: 你好\r\nada: hello\r老师: 一\n".encode("gb18030"))
    cli.import_([state_dir, str(file)])
    file.write_bytes("ada: é\n小明: 你好\n".encode())
    cli.import_([state_dir, str(file)])
    assert said(files) == [("老师", "你好"), ("ada", "hello"), ("老师", "一"), ("ada", "é"), ("小明", "你好")]


def test_lines_in_another_encoding_are_named(
    state_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin").write_bytes(b"ada: caf\xe9\nada: tea\n")
    refusal(cli.import_, state_dir, str(tmp_path / "latin"))
    assert capsys.readouterr().err == "line 1: text in neither UTF-8 nor GB18030\n"


def test_a_log_that_stays_locked_is_said(
    files: LogFiles, state_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BUSY_SECONDS", 0.0)
    (tmp_path / "lines").write_text("ada: hello\n")
    with closing(connect(files.log)) as other:
        other.execute("BEGIN IMMEDIATE")
        sentence = refusal(cli.import_, state_dir, str(tmp_path / "lines"))
    assert sentence == "twistchat: the log cannot be used: another program holds the file."
