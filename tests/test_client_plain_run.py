"""A run of the plain client: what is said, when it leaves, and with what status."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import pytest
from support.visits import Recorder
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from twistchat.client import plain_run
from twistchat.client.address import Address
from twistchat.client.bulk import MOST_MESSAGE_CHARS
from twistchat.client.conversation import Conversation
from twistchat.client.plain_run import GIVE_UP_SECONDS, MANY_LINES
from twistchat.client.proving import Proving
from twistchat.client.wording import Wording
from twistchat.status import FAILED, INTERRUPTED, OK


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
        self.conversation = Conversation("ada", Proving("k"), "en")
        given = argparse.Namespace(**{"json": False, "stay": False, "commands": False, "paste": False, **arguments})
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


@pytest.mark.parametrize("before", [" ", "\ufeff", "\u200b\t", "\x1b[1m"])
def test_a_scripts_slash_is_said_also_behind_what_the_server_takes_out(
    monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain._said(f"{before}/quit")
    assert [line.lstrip() for line in said(run)] == ["//quit"]


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


def said(run: Run) -> list[str]:
    """The lines that were sent as requests of the person's."""
    requests = [json.loads(line) for line in run.wire.sent.splitlines()]
    return [request["line"] for request in requests if request.get("id", "").startswith("l")]


def test_a_line_keeps_its_indentation(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain._said("def f():")
    run.plain._said("  // 1")
    assert said(run) == ["def f():", "  /// 1"]


def test_a_pack_keeps_what_its_lines_are_indented_by(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, paste=True)
    run.comes_in()
    for line in ("def f():", "    return 1", ""):
        run.plain._said(line)
    run.passes(0.1)
    assert said(run) == ["def f(): ↵     return 1"]


def test_with_paste_many_lines_are_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, paste=True)
    run.comes_in()
    for number in range(1, 61):
        run.plain._said(str(number))
    run.plain._said("  ")
    run.plain._input_ended()
    run.passes(0.2)
    assert said(run) == [" ↵ ".join(map(str, range(1, 61)))]
    assert not run.reactor.stopped


def test_what_does_not_fit_into_one_message_takes_several_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, paste=True)
    run.comes_in()
    lines = [f"line {number} " + "x" * 400 for number in range(9)] + ["y" * 1500, "z"]
    for line in lines:
        run.plain._said(line)
    run.plain._input_ended()
    run.passes(0.2)
    assert " ↵ ".join(said(run)) == " ↵ ".join(lines)
    assert len(said(run)) == 7
    assert all(len(message) <= MOST_MESSAGE_CHARS for message in said(run) if message not in lines)


def test_what_comes_while_a_message_is_on_its_way_is_said_together(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, paste=True)
    run.comes_in()
    run.plain._said("one")
    run.passes(0.1)
    run.plain._said("two")
    run.plain._said("three")
    run.passes(0.1)
    assert said(run) == ["one"]
    run.answers("l1")
    run.passes(0.1)
    assert said(run) == ["one", "two ↵ three"]


def test_what_was_collected_and_not_said_is_given_back(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    run = Run(monkeypatch, paste=True)
    run.comes_in()
    run.plain._said("one")
    run.plain._said("two")
    run.plain.interrupted()
    assert said(run) == []
    assert capsys.readouterr().err.endswith("Not sent (1):\none ↵ two\n")


@pytest.mark.parametrize(
    ("commands", "sent"), [(True, ["a", "/me waves", "b ↵ c"]), (False, ["a ↵ /me waves ↵ b ↵ c", "//d"])]
)
def test_commands_stay_apart_and_a_slash_that_is_none_is_said(
    monkeypatch: pytest.MonkeyPatch, commands: bool, sent: list[str]
) -> None:
    run = Run(monkeypatch, paste=True, commands=commands)
    run.comes_in()
    for line in ("a", "/me waves", "b", "c"):
        run.plain._said(line)
    run.passes(0.1)
    run.answers("l1", "l2", "l3")
    run.passes(0.1)
    if not commands:
        run.plain._said("/d")
        run.passes(0.1)
    assert said(run) == sent


def test_a_scripts_many_lines_are_told_once_how_they_go_faster(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    for number in range(60):
        run.plain._said(str(number))
    run.passes(0.5)
    assert capsys.readouterr().err == ""
    run.passes(3)
    assert capsys.readouterr().err == (
        "60 lines wait, as the server takes few a second; with --paste, many go as one message.\n"
    )


def test_few_lines_and_the_lines_of_a_person_are_not(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    for _ in range(MANY_LINES - 1):
        run.plain._said("x")
    run.passes(5)
    run.plain._is_person = True
    for _ in range(60):
        run.plain._said("x")
    run.passes(5)
    assert capsys.readouterr().err == ""


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
    assert capsys.readouterr().err.endswith("Not sent (1):\nlost words\n")


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
    conversation = Conversation("ada", Proving("k"), "en")
    conversation.display.changed()
    conversation.display = Recorder(conversation)
    conversation.say("kept")
    assert len(conversation.outbox) == 1


def test_without_escape_codes_a_person_is_told_who_clears_the_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run = Run(monkeypatch)
    run.comes_in()
    run.plain._is_person = True
    run.plain._said("/clear")
    assert said(run) == []
    assert capsys.readouterr().err.startswith("Your terminal clears the screen")
