"""The small parts of a restart, each by itself: signals that wait, systemd's sockets, the keeper, what is told."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.standin import stand_in

from twistchat.log import whoserves
from twistchat.log.lockfile import FolderLock
from twistchat.log.whoserves import CannotAsk
from twistchat.succession import handed, keeper, outcome, processfile, spawning
from twistchat.succession.asking import GONE_LOOKS, ask
from twistchat.succession.channel import Channel, ChannelBroken
from twistchat.succession.deferral import Deferral
from twistchat.succession.mandate import VARIABLE, Mandate, mandate_of
from twistchat.succession.refusing import telling_why_not

# --- signals


@pytest.fixture
def heeded() -> Iterator[list[int]]:
    came: list[int] = []
    was = signal.signal(signal.SIGHUP, lambda number, frame: came.append(number))
    yield came
    signal.signal(signal.SIGHUP, was)


def test_a_signal_that_comes_meanwhile_is_heeded_where_the_server_stays_what_it_was(heeded: list[int]) -> None:
    deferral = Deferral()
    deferral.begin()
    deferral.begin()
    signal.raise_signal(signal.SIGHUP)
    assert heeded == []
    deferral.end()
    deferral.end()
    assert heeded == [signal.SIGHUP]


def test_a_signal_that_another_thread_gets_waits_too(heeded: list[int]) -> None:
    deferral = Deferral()
    deferral.begin()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # as it is in a thread that was there before
    signal.raise_signal(signal.SIGHUP)
    assert heeded == []
    deferral.end()
    assert heeded == [signal.SIGHUP]


def test_a_signal_is_the_next_process_s_once_that_is_the_server(heeded: list[int]) -> None:
    deferral = Deferral()
    deferral.begin()
    signal.raise_signal(signal.SIGHUP)
    assert deferral.taken() == {signal.SIGHUP}
    assert deferral.taken() == set()
    deferral.end()
    assert heeded == []


# --- what systemd has opened


def started_with(folder: Path, **variables: str) -> Path:
    file = folder / "environ"
    file.write_text("".join(f"{name}={value}\0" for name, value in variables.items()))
    return file


def test_sockets_are_known_by_what_the_process_was_started_with(tmp_path: Path) -> None:
    mine = str(os.getpid())
    found = started_with(tmp_path, LISTEN_PID=mine, LISTEN_FDS="2", LISTEN_FDNAMES="a:b")
    assert handed.count_and_names(found) == (2, "a:b")
    for other in ({"LISTEN_PID": "1", "LISTEN_FDS": "2"}, {"LISTEN_PID": mine, "LISTEN_FDS": "x"}, {"HOME": "/"}):
        assert handed.count_and_names(started_with(tmp_path, **other)) == (0, "")
    assert handed.count_and_names(tmp_path / "none") == (0, "")


@pytest.mark.parametrize("names", ["", "chat:page"])
def test_twisted_finds_as_many_behind_a_restart_and_may_close_them(names: str) -> None:
    program = f"""
import os
from twistchat.succession.handed import stand_in
stand_in(0, "", os.environ)
assert "LISTEN_FDS" not in os.environ
os.dup2(1, 4)
stand_in(2, {names!r}, os.environ)
from twisted.python.systemd import ListenFDs
found = ListenFDs.fromEnvironment()
print(found.inheritedDescriptors(), found.inheritedNamedDescriptors(), os.fstat(4).st_rdev == os.fstat(3).st_rdev)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    named = "{'chat': 3, 'page': 4}" if names else "{}"
    assert done.stdout == (f"[3, 4] {named} False\n" if names else "[] {} False\n")


# --- a mandate


def test_a_mandate_of_a_version_that_says_more_is_understood() -> None:
    environment: dict[str, str] = {}
    Mandate(7, True, "chat.pid").put(environment)
    written = json.loads(environment[VARIABLE]) | {"later": 1}
    assert mandate_of({VARIABLE: json.dumps(written)}) == Mandate(7, True, "chat.pid")


def test_a_new_version_that_cannot_even_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        try:
            raise ValueError("--nonsense: there is none.")
        except ValueError:
            sys.exit(2)

    def crash() -> None:
        raise ImportError("no module")

    for fail, kind, told in (
        (refuse, SystemExit, "NO --nonsense: there is none"),
        (crash, ImportError, "NO an error in the new version: ImportError: no module"),
        (sys.exit, SystemExit, "NO the new process ended before it was ready; its log says why"),
    ):
        own, its = socket.socketpair()
        monkeypatch.setenv(VARIABLE, json.dumps({"channel": its.detach()}))
        with pytest.raises(kind), telling_why_not():
            fail()
        channel = Channel(own)
        assert channel.hear() == told
        with pytest.raises(ChannelBroken):
            channel.hear()
        channel.close()
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ImportError), telling_why_not():
        crash()


# --- starting


def started(folder: Path, is_fostered: bool, program: str) -> tuple[Any, socket.socket]:
    own, its = socket.socketpair()
    with its:
        command = [sys.executable, "-S", "-c", f"import os, time; channel = {its.fileno()}\n{program}"]
        return spawning.start(command, dict(os.environ), folder, its.fileno(), None, is_fostered), own


@pytest.mark.parametrize("is_fostered", [False, True])
def test_a_new_process_can_be_ended_for_certain_whoever_is_its_parent(tmp_path: Path, is_fostered: bool) -> None:
    said = "os.write(channel, b'%d %d' % (os.getpid(), os.getppid())); time.sleep(60)"
    process, own = started(tmp_path, is_fostered, said)
    with own:
        its, parents = map(int, own.recv(100).split())
        assert process.pid == its
        assert (parents == os.getpid()) is not is_fostered
        assert process.poll() is None
        process.kill()
        process.wait()
        assert process.poll() is not None
        process.kill()
        assert own.recv(1) == b""


def test_a_process_that_ended_at_once_or_never_began_is_no_trouble(tmp_path: Path) -> None:
    process, own = started(tmp_path, True, "pass")
    with own:
        assert own.recv(1) == b""
        process.kill()
        process.wait()
    end, told = os.pipe()
    os.close(told)
    never = spawning.Fostered(subprocess.Popen([sys.executable, "-S", "-c", ""]), end)
    never.kill()
    never.wait()
    assert never.pid == 0
    with pytest.raises(OSError, match="No such file"):
        spawning.start(["x"], {}, tmp_path / "none", 1, None, is_fostered=True)


# --- the process id


def test_a_pid_file_names_the_new_process_and_is_never_empty(tmp_path: Path) -> None:
    file = tmp_path / "chat.pid"
    file.write_text("1234567\n")
    assert processfile.can_be_renamed(str(file))
    processfile.rename(file, 42)
    assert file.read_text() == "42\n"
    assert not processfile.can_be_renamed("")
    assert not processfile.can_be_renamed(str(tmp_path / "none"))


NAMES = """
def name():
    with open(lock + ".new", "w") as file:
        file.write(f"{os.getpid()} usr2\\n")
    os.replace(lock + ".new", lock)
"""
"""How a server has the lock name it: as a whole, as the keeper may look at any time."""


def kept(folder: Path, program: str) -> int:
    """The keeper's status, for a server that is a Python program; `lock` is the lock's path.

    What that leaves behind is the keeper's from the beginning: on a busy machine a server of a tenth of a second ends
    before the keeper runs.
    """
    lock = folder / "lock"
    program = f"import os, sys, time; lock = {str(lock)!r}\n{NAMES}{program}"
    start = f"""
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl({keeper.PR_SET_CHILD_SUBREAPER}, 1, 0, 0, 0)  # as `adopt` does in the server that becomes it
process = os.fork()
if not process:
    os.execv(sys.executable, [sys.executable, "-S", "-c", {program!r}])
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGTERM, signal.SIGUSR2}})
open({str(lock)!r}, "w").write(f"{{process}} usr2\\n")
os.execv(sys.executable, [sys.executable, "-S", "-E", {keeper.__file__!r}, {str(lock)!r}, str(process)])
"""
    return subprocess.run([sys.executable, "-S", "-c", start], timeout=60, stderr=subprocess.DEVNULL).returncode


HANDS_OVER = """
while not os.path.exists(lock): time.sleep(0.01)
if not os.fork():
    {before}
    sys.exit({status})
{after}
time.sleep(0.1)
os._exit(75)
"""


def test_the_keeper_ends_as_the_server_does_that_the_lock_names(tmp_path: Path) -> None:
    names = "name(); time.sleep(0.3)"
    assert kept(tmp_path, HANDS_OVER.format(before=names, status=7, after="")) == 7
    late = f"time.sleep(0.4); {names}"
    (tmp_path / "lock").unlink()
    assert kept(tmp_path, HANDS_OVER.format(before=late, status=8, after="")) == 8


def test_the_keeper_does_not_say_that_all_is_well_where_the_new_server_died_at_once(tmp_path: Path) -> None:
    assert kept(tmp_path, HANDS_OVER.format(before="", status=9, after="")) == 9
    (tmp_path / "lock").unlink()
    assert kept(tmp_path, "while not os.path.exists(lock): time.sleep(0.01)\nos._exit(75)") == 1


def test_the_keeper_sends_what_came_too_late_for_a_server_to_the_one_behind_it(tmp_path: Path) -> None:
    named = "signal.signal({0}, lambda *_: os._exit({1})); name()"
    stopped = f"import signal; {named.format('signal.SIGTERM', 3)}; time.sleep(30)"
    late = "import signal; signal.signal(signal.SIGTERM, lambda *_: None); os.kill(os.getppid(), signal.SIGTERM)"
    assert kept(tmp_path, HANDS_OVER.format(before=stopped, status=9, after=late)) == 3
    (tmp_path / "lock").unlink()
    not_again = f"import signal; {named.format('signal.SIGUSR2', 4)}; time.sleep(0.3)"
    asked = late.replace("SIGTERM", "SIGUSR2")
    assert kept(tmp_path, HANDS_OVER.format(before=not_again, status=5, after=asked)) == 5


# --- asking


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[FolderLock]:
    held = FolderLock(tmp_path)
    held.take()
    yield held
    held.release()


def test_who_asks_while_a_restart_goes_on_waits_for_that_one(lock: FolderLock) -> None:
    said: list[str] = []
    lock.tell(outcome.begun())
    ends: Any = lambda seconds: lock.tell(outcome.told("Restarted.", is_done=True))  # noqa: E731
    assert ask(lock.path, sleep=ends, say=said.append) == ("Restarted.", True)
    assert said == ["a restart is going on already; this waits for what comes of that one."]


def test_whose_folder_it_is_is_said(lock: FolderLock, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    def gone(*_: object) -> None:
        raise ProcessLookupError

    for kill, sentence in ((refuse, f"process {os.getpid()} is another user's."), (gone, "the server has just ended.")):
        stand_in(monkeypatch, whoserves, "os", kill=kill)
        with pytest.raises(CannotAsk, match=sentence):
            ask(lock.path)
    stand_in(monkeypatch, whoserves, "os", open=refuse)
    with pytest.raises(CannotAsk, match="is another user's"):
        ask(lock.path)


def test_a_server_that_has_ended_or_says_nothing_is_not_waited_for(lock: FolderLock, tmp_path: Path) -> None:
    lock.tell(outcome.begun())
    with pytest.raises(CannotAsk, match="has not said what came of it"):
        ask(lock.path, seconds=0.0)
    lets_go: Any = lambda seconds: fcntl.flock(lock.descriptor, fcntl.LOCK_UN)  # noqa: E731
    takes_anew = iter([fcntl.LOCK_UN] * (GONE_LOOKS - 1) + [fcntl.LOCK_EX])

    def is_slow(_seconds: float) -> None:
        how = next(takes_anew, None)
        if how is None:
            lock.tell(outcome.told("Restarted.", is_done=True))
        else:
            fcntl.flock(lock.descriptor, how)

    assert ask(lock.path, sleep=is_slow) == ("Restarted.", True)
    lock.tell(outcome.begun())
    with pytest.raises(CannotAsk, match="the server has ended"):
        ask(lock.path, sleep=lets_go)
    with pytest.raises(CannotAsk, match="no server runs on"):
        ask(lock.path)
    with pytest.raises(CannotAsk, match="no server runs on"):
        ask(tmp_path / "none" / "lock")


def test_half_of_an_outcome_is_none() -> None:
    for text in ("12 usr2\n", '12 usr2\n{"done": tr', "12 usr2\n[1]", '12 usr2\n{"done": true}'):
        assert outcome.outcome(text) is None
        assert not outcome.is_going_on(text)
