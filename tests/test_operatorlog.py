"""The operator's log: one line an event, whatever a peer has sent."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.lines import LineDoor
from twisted.logger import Logger, LogLevel, globalLogPublisher
from twisted.python.failure import Failure

from twistchat import operatorlog
from twistchat.interfaces.listening import ConnectionFactory, ListeningService
from twistchat.operatorlog import OperatorLog, formatted

FORGED = "ada\n2026-01-01T00:00:00+00:00 info: forged\r\x1b[2J\u2028\x85forged\u202e"
LINE = re.compile(r"[0-9T:+-]+ info: (.*)\n")


@pytest.fixture
def opened() -> Iterator[Callable[[Path], OperatorLog]]:
    """Opens logs, and closes them after the test."""
    logs: list[OperatorLog] = []

    def open_log(path: Path) -> OperatorLog:
        logs.append(OperatorLog(path))
        return logs[-1]

    yield open_log
    for log in logs:
        log._stream.close()


Open = Callable[[Path], OperatorLog]


def event(text: str, **more: Any) -> dict[str, Any]:
    return {"log_time": 0.0, "log_format": "{text}", "text": text, "log_level": LogLevel.info, **more}


@pytest.mark.parametrize("endpoint", ["tcp:0:interface=127.0.0.1", "unix:{path}"])
@pytest_twisted.ensureDeferred
async def test_listening_is_said_once_and_not_by_twisted(tmp_path: Path, opened: Open, endpoint: str) -> None:
    from twisted.internet import reactor

    path = tmp_path / "log"
    log = opened(path)
    service = ListeningService(reactor, "web", endpoint.format(path=tmp_path / "s"), ConnectionFactory(), "knock")
    globalLogPublisher.addObserver(log)
    try:
        service.startService()
        await service.stopService()
    finally:
        globalLogPublisher.removeObserver(log)
    assert path.read_text().count("listening on") == 1
    assert not re.search("starting on|Closed", path.read_text())


@given(st.text(st.characters()))
def test_an_event_is_one_line_whatever_is_in_it(text: str) -> None:
    line = formatted(event(text))
    assert LINE.fullmatch(line)
    assert len(line.splitlines()) == 1


def test_what_a_peer_sent_cannot_look_like_a_line_of_its_own() -> None:
    assert (
        formatted(event(FORGED))
        .splitlines()[0]
        .endswith(r"ada\n2026-01-01T00:00:00+00:00 info: forged\r\x1b[2J\u2028\x85forged\u202e")
    )


def test_a_braced_name_is_not_looked_up() -> None:
    assert formatted(event("{log_failure}")).endswith("info: {log_failure}\n")


def test_a_failures_traceback_is_indented_and_its_message_is_escaped() -> None:
    failure = Failure(ValueError(FORGED))
    first, *rest = formatted(event("broken", log_failure=failure)).splitlines()
    assert first.endswith("info: broken")
    assert rest
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in "".join(rest)


def test_a_member_who_does_not_read_is_logged_by_a_name_that_cannot_forge(logged: list[str]) -> None:
    chat = Chat(backlog=1000)
    eve, ada = chat.enters("eve"), LineDoor(chat).enters("小明")
    ada.protocol._egress.pauseProducing()  # as a transport does whose peer does not read
    for _ in range(3):
        eve.sends("x" * 900)
    assert logged == [r"tcp: '\u5c0f\u660e' let go: 1000 bytes waited for it to read"]
    assert ada.was_aborted
    eve.hears()
    eve.sends("still here")
    assert eve.hears() == ["eve: still here"]


def test_a_log_without_a_file_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    OperatorLog(None)(event("hello"))
    assert LINE.fullmatch(capsys.readouterr().out)


def test_reopening_goes_on_in_a_new_file(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "chat.log"
    log = opened(path)
    log(event("one"))
    path.rename(tmp_path / "old")
    log(event("two"))
    log.reopen()
    log(event("three"))
    assert [line.split()[-1] for line in (tmp_path / "old").read_text().splitlines()] == ["one", "two"]
    assert path.read_text().endswith("three\n")


def test_reopening_what_cannot_be_opened_keeps_the_old_file(tmp_path: Path, opened: Open) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = opened(folder / "chat.log")
    moved = folder.rename(tmp_path / "moved")
    with pytest.raises(OSError, match="No such file"):
        log.reopen()
    log(event("still"))
    assert (moved / "chat.log").read_text().endswith("still\n")


def test_what_cannot_be_encoded_is_written_all_the_same(tmp_path: Path, opened: Open) -> None:
    log = opened(tmp_path / "chat.log")
    log(event("\udcff"))
    assert "udcff" in (tmp_path / "chat.log").read_text()


def test_reopening_before_anything_was_opened_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operatorlog._Current, "log", None)
    operatorlog.reopen()
    assert operatorlog._Current.log is None


def test_an_event_without_a_level_is_information() -> None:
    assert LINE.fullmatch(formatted({"log_time": 0.0, "log_format": "plain"}))


def test_the_log_takes_events_of_twisteds_logger() -> None:
    log = OperatorLog(None)
    log._stream = io.StringIO()
    Logger("test", observer=log).warn("{what}", what="careful\n")
    assert log._stream.getvalue().endswith("warn: careful\\n\n")
