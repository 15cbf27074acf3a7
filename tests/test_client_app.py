"""`twistchat join` up to where it connects, and standard input in its thread."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from twistchat.client import app, plain_run, typed
from twistchat.client.address import Address
from twistchat.client.search import Destination, Sought
from twistchat.client.surroundings import make_usable
from twistchat.languages import ROWS, terminals_language
from twistchat.status import FAILED, OK, WRONG_USE
from twistchat.wire.language import ENGLISH, Language, Languages

NATIVE = ROWS[-1]
"""A language other than English."""

ROOM_12 = Destination("Room 12", Address("tcp", "10.0.0.5", 7976))

# --- the command line


class Ran:
    """What a run was started with."""

    def __init__(self, *given: Any) -> None:
        self.conversation, self.address, self.language, self.arguments, self.ca = given


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Ran]:
    """Notes runs in place of running; nobody is at a terminal, and nothing is remembered."""
    runs: list[Ran] = []

    def run(*given: Any) -> int:
        runs.append(Ran(*given))
        runs[-1].conversation.was_in = True
        return OK

    monkeypatch.setattr(plain_run, "run", run)
    monkeypatch.setattr(app, "state_file", lambda: tmp_path / "client.json")
    monkeypatch.setattr(app, "known_keys_file", lambda: tmp_path / "known_keys")
    monkeypatch.setattr(app, "search", lambda interfaces: Sought((ROOM_12,)))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    return runs


def test_it_runs_with_what_it_was_told(ran: list[Ran], tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.write_bytes(b"pem")
    words = ["tls://host", "--nick", "ada", "--room", "ci", "--language", NATIVE.name, "--ca", str(certificate)]
    assert app.join(words) == OK
    (run,) = ran
    assert (run.conversation.name, run.conversation.room) == ("ada", "ci")
    assert run.address == Address("tls", "host", 7976)
    assert (run.language, run.ca) == (replace(NATIVE, zone=run.language.zone), b"pem")


def test_the_code_of_ones_name_is_in_a_file_or_in_the_environment(
    ran: list[Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    file = tmp_path / "code"
    file.write_text("4821-9035-7716-2240\n")

    def code_of(*words: str) -> object:
        assert app.join(["--nick", "ada", *words]) == OK
        proving = ran[-1].conversation._proving
        assert proving.answers("name-claimed") or not words
        return proving.hello("ada").get("code")

    monkeypatch.delenv(app.CODE_VARIABLE, raising=False)
    assert code_of() is None
    assert code_of("--code", str(file)) == "4821903577162240"
    monkeypatch.setenv(app.CODE_VARIABLE, "12345678")
    assert code_of("--room", "ci") == "12345678"
    monkeypatch.setenv(app.CODE_VARIABLE, "hunter2")
    assert app.join(["--nick", "ada"]) == WRONG_USE
    assert "TWISTCHAT_CODE has no code of a name" in capsys.readouterr().err
    file.write_bytes(b"\xff" * 5000)
    assert app.join(["--nick", "ada", "--code", str(file)]) == WRONG_USE
    assert app.join(["--nick", "ada", "--code", str(tmp_path / "none")]) == WRONG_USE


def test_past_is_a_number_of_lines(ran: list[Ran]) -> None:
    app.join(["--nick", "ada", "--past", "0"])
    assert ran[0].conversation._wanted == 0
    for wrong in ("-1", "x", "99999", "1.5"):
        with pytest.raises(SystemExit):
            app.join(["--nick", "ada", f"--past={wrong}"])


def test_the_name_of_the_last_time_is_taken(ran: list[Ran]) -> None:
    app.join(["--nick", "ada"])
    app.join([])
    assert ran[1].conversation.name == "ada"


def test_without_an_address_it_goes_to_what_is_found_and_from_then_on_to_where_it_was(
    ran: list[Ran], capsys: Any
) -> None:
    app.join(["--nick", "ada"])
    assert ran[-1].address == ROOM_12.address
    assert "Joining Room 12 at tcp://10.0.0.5:7976." in capsys.readouterr().err
    app.join(["udp://10.0.0.9:8888"])
    app.join([])
    assert ran[-1].address == Address("udp", "10.0.0.9", 8888)
    assert "as the last time" in capsys.readouterr().err
    app.join(["--find"])
    assert ran[-1].address == ROOM_12.address


def test_where_none_is_found_it_ends_with_what_to_do(
    ran: list[Ran], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(app, "search", lambda interfaces: Sought((), ("10.0.0.0/24",)))
    monkeypatch.setattr("twistchat.client.whereto.DEFAULT", "tcp://127.0.0.1:1")
    assert app.join(["--nick", "ada"]) == FAILED
    assert "twistchat join tcp://ADDRESS:7976" in capsys.readouterr().err
    assert not ran


def test_of_several_a_person_is_asked_at_their_terminal(
    ran: list[Ran], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    other = Destination("Room 13", Address("tcp", "10.0.0.6", 7976))
    monkeypatch.setattr(app, "search", lambda interfaces: Sought((ROOM_12, other)))
    monkeypatch.setattr("builtins.input", lambda: "2")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    app.join(["--nick", "ada", "--plain"])
    assert ran[-1].address == other.address
    assert "Which one?" in capsys.readouterr().err


def test_the_name_may_stand_before_the_host(ran: list[Ran]) -> None:
    app.join(["小明@host"])
    app.join(["小明@host", "--nick", "ada"])
    assert [run.conversation.name for run in ran] == ["小明", "ada"]


def test_each_run_has_a_key_of_its_own(ran: list[Ran]) -> None:
    app.join(["--nick", "ada"])
    app.join(["--nick", "ada"])
    assert ran[0].conversation._proving._key != ran[1].conversation._proving._key


@pytest.mark.parametrize(
    "words", [["--nick", "x", "http://h"], ["--nick", "x", "--language", "xx"], ["--nick", "x", "--ca", "/no/pem"], []]
)
def test_wrong_use_is_a_sentence(ran: list[Ran], capsys: Any, words: list[str]) -> None:
    assert app.join(words) == WRONG_USE
    assert capsys.readouterr().err.startswith("twistchat: ")
    assert not ran


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"LANG": "el_EL.UTF-8"}, "el_EL"),
        ({"LANG": "el_EL.UTF-8", "LC_ALL": "kw.GB18030"}, "kw"),
        ({"LANGUAGE": "xx:kw_GB", "LANG": "C"}, "kw"),
        ({"LANG": "xx_XX"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminals_language_is_spoken(environment: dict[str, str], code: str) -> None:
    languages = Languages([ENGLISH, Language("el_EL"), Language("kw")])
    assert terminals_language(environment, languages).code == code


def test_a_terminal_gets_the_full_client_and_without_its_library_the_plain_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from twistchat.client import terminal

    monkeypatch.setenv("TERM", "xterm")
    assert app._terminal(ENGLISH) is terminal.run
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    assert app._terminal(ENGLISH) is plain_run.run
    assert f"`{sys.executable} -m pip install prompt-toolkit`" in capsys.readouterr().err


@pytest.mark.parametrize("term", ["dumb", "unknown", None])
def test_a_terminal_without_a_cursor_gets_plain_lines_and_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, term: str | None
) -> None:
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    assert app._terminal(ENGLISH) is plain_run.run
    assert "cannot move its cursor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ascii", "你好\n".encode()), ("utf-8", "你好\n".encode()), ("latin-1", b"??\n"), ("gbk", "你好\n".encode("gbk"))],
)
def test_whatever_the_locale_any_text_can_be_written(encoding: str, written: bytes) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding, errors="strict")
    make_usable(stream, io.StringIO())
    print("你好", file=stream, flush=True)
    assert raw.getvalue() == written
    print("\ud800", file=stream, flush=True)


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_script_is_printed_as_it_is(capsys: Any, kind: str) -> None:
    assert app.print_script([kind]) == OK
    compile(capsys.readouterr().out, "chat.py", "exec")


def test_the_state_is_kept_where_the_platform_has_it() -> None:
    from twistchat.client.memory import state_file

    assert state_file().name == "client.json"


# --- standard input


class Inline:
    """A reactor that calls at once; the thread is the test's own."""

    def callFromThread(self, call: Callable[..., object], *given: Any) -> None:
        call(*given)


def read(data: bytes, before_end: Callable[[typed.Typed], None] = lambda _: None) -> list[str | None]:
    """Read some input; None stands for its end."""
    got: list[str | None] = []
    ours, theirs = os.pipe()
    source = typed.Typed(Inline(), got.append, lambda: got.append(None), ours)
    os.write(theirs, data)
    os.close(theirs)
    before_end(source)
    source._read()
    os.close(ours)
    return got


def test_input_is_read_line_by_line_to_its_end() -> None:
    assert read("one 一\r\n\ntwo\nlast".encode()) == ["one 一", "", "two", "last", None]


def test_input_in_gb18030_is_read_as_the_server_would() -> None:
    assert read("你好\n".encode("gb18030")) == ["你好", None]


def test_what_is_no_text_is_read_all_the_same() -> None:
    assert read(b"\xff\n") == ["\ufffd", None]


def test_input_in_gb18030_is_read_so_also_where_a_line_may_be_either() -> None:
    assert read("小红\r\n一\nhello\n你好".encode("gb18030")) == ["小红", "一", "hello", "你好", None]


def test_reading_waits_until_lines_are_taken() -> None:
    import threading

    got: list[str | None] = []
    ours, theirs = os.pipe()
    source = typed.Typed(Inline(), got.append, lambda: got.append(None), ours)
    os.write(theirs, b"x\n" * (typed.MOST_AHEAD + 10))
    os.close(theirs)
    reading = threading.Thread(target=source._read)
    reading.start()
    reading.join(0.2)
    assert len(got) == typed.MOST_AHEAD
    source.taken(0)
    source.taken(10)
    reading.join(10)
    assert len(got) == typed.MOST_AHEAD + 11
    os.close(ours)


def test_a_line_without_an_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "MOST_LINE_BYTES", 100)
    monkeypatch.setattr(typed, "READ_BYTES", 60)
    assert read(b"x" * 200) == ["x" * 120, "x" * 80, None]
