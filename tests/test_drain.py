"""A server that is emptied: nobody new, a word to those who are there, and an end once they have gone."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.chat import Chat
from support.patience import PATIENCE_SECONDS
from support.server import LineClient, Server
from support.standin import stand_in

from twistchat import drain
from twistchat.errors import Draining
from twistchat.log import whoserves

DRAIN = (sys.executable, "-m", "twistchat", "drain")


def test_nobody_new_is_taken_and_all_others_are_told(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.hub.is_draining = True
    chat.hub.tell_of_end()
    chat.turn()
    assert ada.hears() == ["draining"]
    with pytest.raises(Draining):
        chat.connects()
    ada.types("still here")
    chat.turn()
    assert ada.hears() == ["ada: still here"]


def drains(state: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*DRAIN, "--state-dir", str(state), *words], stderr=subprocess.PIPE, text=True)


def test_a_server_ends_once_the_last_has_gone(tmp_path: Path) -> None:
    with ExitStack() as closing, Server(tmp_path) as server:
        ada = LineClient(server, "ada")
        closing.callback(ada.socket.close)
        draining = drains(tmp_path / "state", "--for", "9m")
        ada.hears("This server stops soon.")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port("tcp"))).close()
        ada.says("/quit")
        assert server.process.wait(PATIENCE_SECONDS) == 0
        _, told = draining.communicate(timeout=PATIENCE_SECONDS)
        assert (draining.returncode, told) == (0, f"process {server.process.pid} has stopped\n")


def test_a_server_is_stopped_when_the_time_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(drain, "parse_duration", lambda _word: 0.1)
    with ExitStack() as closing, Server(tmp_path) as server:
        ada = LineClient(server, "ada")
        closing.callback(ada.socket.close)
        assert drain.drain(["--state-dir", str(tmp_path / "state"), "--for", "1m"]) == 0
        ada.hears("This server stops soon.")
        ada.hears("Goodbye.")


@pytest.mark.parametrize("number", drain.BREAKING_OFF)
def test_where_the_command_is_broken_off_it_says_what_becomes_of_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    sent: list[int] = []
    before = signal.getsignal(number)
    monkeypatch.setattr(drain, "server_of", lambda _lock: 7)
    stand_in(monkeypatch, whoserves, "os", kill=lambda _pid, number: sent.append(number))
    monkeypatch.setattr(drain, "_is_gone", lambda *_: signal.raise_signal(number))
    assert drain.drain(["--state-dir", str(tmp_path)]) == 1
    assert sent == [signal.SIGUSR1]
    assert capsys.readouterr().err == (
        "twistchat: process 7 still takes nobody new, and stops once the last has gone, whenever that is. `twistchat "
        "drain` again stops it when the time is up, `kill 7` at once.\n"
    )
    assert signal.getsignal(number) is before


def test_where_no_server_runs_and_what_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drain.drain(["--state-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"twistchat: no server runs on {tmp_path}. Give its --state-dir.\n"
    with pytest.raises(SystemExit):
        drain.drain(["--for", "soon"])
    assert "'soon' is not a time such as 90s" in capsys.readouterr().err


def test_a_server_that_is_not_seen_for_a_moment_has_not_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's list of locks may miss one that is just taken anew; only who lives no more has ended at once."""
    seen = [None] * (whoserves.GONE_LOOKS - 1) + [7]
    monkeypatch.setattr(drain, "holder", lambda _lock: seen.pop(0))
    monkeypatch.setattr(drain, "tell", lambda _pid, _number: True)
    assert not drain._is_gone(tmp_path, 7, 0.0, sleep=lambda _seconds: None)
    seen = [None] * whoserves.GONE_LOOKS
    assert drain._is_gone(tmp_path, 7, 0.0, sleep=lambda _seconds: None)
    assert not seen


@pytest.mark.parametrize(("word", "seconds"), [("90s", 90.0), ("5m", 300.0), ("1h30m", 5400.0)])
def test_times_are_written_as_at_the_console(word: str, seconds: float) -> None:
    assert drain._span(word) == seconds


@pytest.mark.parametrize("word", ["forever", "0s", "5", ""])
def test_what_does_not_end_is_no_time_to_drain(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        drain.drain(["--for", word])
    assert "is not a time such as 90s" in capsys.readouterr().err


def test_another_users_server_and_one_that_does_not_stop_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    (tmp_path / "lock").touch()
    monkeypatch.setattr(whoserves, "holder", lambda _lock: 7)
    monkeypatch.setattr(drain, "holder", lambda _lock: 7)
    monkeypatch.setattr(drain, "parse_duration", lambda _word: 0.0)
    monkeypatch.setattr(drain, "STOP_SECONDS", 0.0)
    stand_in(monkeypatch, whoserves, "os", kill=lambda _pid, number: sent.append(number))
    assert drain.drain(["--state-dir", str(tmp_path), "--for", "1m"]) == 1
    assert sent == [signal.SIGUSR1, signal.SIGTERM]
    assert "process 7 does not stop; `kill -9 7` ends it." in capsys.readouterr().err

    def refused(_pid: int, _number: int) -> None:
        raise PermissionError

    stand_in(monkeypatch, whoserves, "os", kill=refused)
    assert drain.drain(["--state-dir", str(tmp_path)]) == 1
    assert "process 7 is another user's" in capsys.readouterr().err

    def ended(_pid: int, _number: int) -> None:
        raise ProcessLookupError

    stand_in(monkeypatch, whoserves, "os", kill=ended)
    monkeypatch.setattr(drain, "holder", lambda _lock: None)
    assert drain.drain(["--state-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "process 7 has stopped\n"
