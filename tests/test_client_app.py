"""`twistchat join` up to where it connects, standard input in its thread, and the plain client's run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.visits import Recorder
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from twistchat.client import app, plain_run, typed
from twistchat.client.address import Address
from twistchat.client.app import terminals_language
from twistchat.client.conversation import Conversation
from twistchat.client.plain_run import GIVE_UP_SECONDS
from twistchat.client.status import FAILED, INTERRUPTED, OK, WRONG_USE
from twistchat.client.wording import Wording
from twistchat.wire.language import ENGLISH

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
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    return runs


def test_it_runs_with_what_it_was_told(ran: list[Ran], tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.write_bytes(b"pem")
    words = ["tls://host", "--nick", "ada", "--room", "ci", "--language", "zh-TW", "--ca", str(certificate)]
    assert app.join(words) == OK
    (run,) = ran
    assert (run.conversation.name, run.conversation.room) == ("ada", "ci")
    assert run.address == Address("tls", "host", 7976)
    assert (run.language.code, run.ca) == ("zh_TW", b"pem")


def test_the_name_of_the_last_time_is_taken(ran: list[Ran]) -> None:
    app.join(["--nick", "ada"])
    app.join([])
    assert ran[1].conversation.name == "ada"


def test_the_name_may_stand_before_the_host(ran: list[Ran]) -> None:
    app.join(["小明@host"])
    app.join(["小明@host", "--nick", "ada"])
    assert [run.conversation.name for run in ran] == ["小明", "ada"]


def test_each_run_has_a_key_of_its_own(ran: list[Ran]) -> None:
    app.join(["--nick", "ada"])
    app.join(["--nick", "ada"])
    assert ran[0].conversation._key != ran[1].conversation._key


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
        ({"LANG": "zh_TW.UTF-8"}, "zh_TW"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "zh_CN.GB18030"}, "zh_CN"),
        ({"LANGUAGE": "xx:zh_CN", "LANG": "C"}, "zh_CN"),
        ({"LANG": "fi_FI"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminals_language_is_spoken(environment: dict[str, str], code: str) -> None:
    assert terminals_language(environment).code == code


def test_a_terminal_gets_the_full_client_and_without_its_library_the_plain_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from twistchat.client import terminal

    assert app._terminal(ENGLISH) is terminal.run
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    assert app._terminal(ENGLISH) is plain_run.run
    assert "pip install 'twistchat[client]'" in capsys.readouterr().err


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


def test_what_is_no_text_is_read_all_the_same() -> None:
    assert read(b"\xff\n") == ["\ufffd", None]


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


# --- a run


class Reactor(Clock):
    """A clock that can be stopped."""

    stopped = False

    def stop(self) -> None:
        self.stopped = True


class Wire:
    closed = False

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True


class Run:
    """A run of the plain client over a connection that the test plays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: bool = False, **arguments: bool) -> None:
        self.reactor = Reactor()
        self.wire = Wire()
        self.failing = failing
        monkeypatch.setattr(plain_run, "connector", lambda reactor, address, ca: self.connect)
        monkeypatch.setattr(plain_run.Typed, "start", lambda self: None)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        self.conversation = Conversation("ada", "k", "en")
        given = argparse.Namespace(**{"json": False, "stay": False, "commands": False, **arguments})
        address = Address("tcp", "host", 1)
        self.plain = plain_run.PlainRun(self.reactor, self.conversation, address, Wording(), given, None)
        self.plain.start()

    def connect(self, link: Any) -> Deferred[Any]:
        if self.failing:
            return fail(ConnectionError("nobody there"))
        self.link = link
        link.opened(self.wire)
        return succeed(self.wire)

    def comes_in(self) -> None:
        for line in (
            b'{"v":1,"kind":"welcome","name":"ada"}',
            b'{"v":1,"kind":"joined","number":1,"time":1,"room":"lobby","name":"ada"}',
            b'{"v":1,"kind":"done","id":"c1","number":0}',
            b'{"v":1,"kind":"done","id":"c2","number":0}',
        ):
            self.link.line(self.wire, line)

    def answers(self, *ids: str) -> None:
        for id in ids:
            self.link.line(self.wire, b'{"kind":"done","number":2,"id":"%s"}' % id.encode())

    def passes(self, seconds: float) -> None:
        self.reactor.pump([0.05] * round(seconds / 0.05 + 1))


def test_it_leaves_at_the_end_of_its_input_once_all_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain._said("one")
    run.plain._said("/two")
    run.plain._input_ended()
    run.passes(1)
    assert b'"//two"' in run.wire.sent
    assert b"/quit" not in run.wire.sent
    run.answers("l1", "l2")
    run.passes(1)
    assert b"/quit" in run.wire.sent
    run.link.line(run.wire, b'{"kind":"goodbye"}')
    run.passes(1)
    assert run.reactor.stopped
    assert run.plain.status == OK


def test_with_stay_it_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, stay=True, commands=True)
    run.comes_in()
    run.plain._said("/who")
    run.plain._input_ended()
    run.answers("l1")
    run.passes(5)
    assert b'"/who"' in run.wire.sent
    assert b"/quit" not in run.wire.sent


def test_a_first_connection_that_fails_ends_it_and_gives_back_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run = Run(monkeypatch, failing=True)
    run.passes(1)
    assert (run.reactor.stopped, run.plain.status) == (True, FAILED)
    assert capsys.readouterr().err == "No connection: nobody there\n"
    run.plain.end(OK)
    assert run.plain.status == FAILED


def test_with_stay_it_goes_on_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, failing=True, stay=True)
    run.passes(2 * GIVE_UP_SECONDS)
    assert not run.reactor.stopped


def test_a_lost_connection_is_waited_for_a_minute(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain._said("lost words")
    run.failing = True
    run.link.closed(run.wire, "reset")
    run.passes(GIVE_UP_SECONDS - 1)
    assert not run.reactor.stopped
    run.passes(2)
    assert (run.reactor.stopped, run.plain.status) == (True, FAILED)
    assert capsys.readouterr().err.endswith("This was not said:\nlost words\n")


def test_ctrl_c_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain.interrupted()
    run.passes(0.1)
    assert (run.reactor.stopped, run.plain.status, run.wire.closed) == (True, INTERRUPTED, True)


def test_a_refused_line_makes_it_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain._said("x")
    run.link.line(run.wire, b'{"kind":"refused","id":"l1","code":"text-too-long","text":"too long"}')
    run.plain._input_ended()
    run.passes(1)
    run.link.line(run.wire, b'{"kind":"goodbye"}')
    assert run.plain.status == FAILED


def test_a_reader_that_is_gone_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.comes_in()

    def broken(*_: Any, **__: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", broken)
    run.link.line(run.wire, b'{"kind":"said","number":2,"time":1,"room":"lobby","name":"b","text":"x"}')
    run.link.line(run.wire, b'{"kind":"said","number":3,"time":1,"room":"lobby","name":"b","text":"x"}')
    assert run.plain.status == FAILED


def test_a_recorder_is_a_display() -> None:
    conversation = Conversation("ada", "k", "en")
    conversation.display.changed()
    conversation.display = Recorder(conversation)
    conversation.say("kept")
    assert len(conversation.outbox) == 1
