"""Processes that are kept running, started again, told, and stopped in their order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.measured import measured
from support.patience import PATIENCE_SECONDS

from twistchat.errors import CannotStart
from twistchat.options import Options
from twistchat.processes import cli
from twistchat.processes.redis import redis, socket_folder
from twistchat.processes.supervisor import Child, Supervisor

KEEPER = """
    import sys, time
    from twistchat.processes import supervisor
    from twistchat.processes.supervisor import Child, Supervisor
    supervisor.PAUSES = (0.05, 0.2)
    supervisor.STOP_SECONDS = 60.0
    def run(*children, **more):
        sys.exit(Supervisor(children, **more).run())
    def python(code):
        return [sys.executable, "-c", "import os, signal, sys, time\\n" + code]
"""


class Keeper:
    """A supervisor in a process of its own, with what it and its children write."""

    def __init__(self, folder: Path, script: str) -> None:
        program = folder / "keeper.py"
        program.write_text(textwrap.dedent(KEEPER) + textwrap.dedent(script))
        self.process = subprocess.Popen(
            measured(str(program)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def says(self, wanted: str) -> str:
        """Wait for a line with that in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if wanted in line:
                return line
        raise AssertionError(f"{wanted!r} never came")

    def ends(self, by: signal.Signals | None = None) -> tuple[int, list[str]]:
        """Send a signal, and give the exit status and what was written since."""
        if by is not None:
            self.process.send_signal(by)
        rest, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, rest.splitlines()


def test_what_was_started_first_is_stopped_last_and_all_are_waited_for(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path,
        """
        TELLS = '''
        def stop(*_):
            print("stopped", flush=True)
            sys.exit()
        signal.signal(signal.SIGTERM, stop)
        print("up", flush=True)
        while True:
            signal.pause()
        '''
        import textwrap
        tells = python(textwrap.dedent(TELLS))
        run(Child("engine", tells), Child("1", tells), Child("2", tells))
    """,
    )
    for _ in range(3):
        keeper.says("up")
    status, rest = keeper.ends(signal.SIGTERM)
    assert status == 0
    assert rest == ["[2] stopped", "[1] stopped", "[engine] stopped"]


def test_who_does_not_stop_is_killed(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path,
        """
        supervisor.STOP_SECONDS = 0.1
        deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
        run(Child("deaf", python(deaf)))
    """,
    )
    keeper.says("[deaf] up")
    assert keeper.ends(signal.SIGINT)[0] == 0


def test_who_stops_it_twice_has_it_end_as_once(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path,
        """
        SLOW = '''
        def told(*_):
            print("told", flush=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        print("up", flush=True)
        signal.sigwait({signal.SIGTERM})
        told()
        signal.signal(signal.SIGTERM, told)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        sys.stdin.read()
        time.sleep(0.1)
        '''
        import textwrap
        run(Child("slow", python(textwrap.dedent(SLOW))))
    """,
    )
    keeper.says("[slow] up")
    keeper.process.send_signal(signal.SIGINT)
    keeper.says("[slow] told")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        keeper.process.send_signal(number)
    assert keeper.ends() == (0, [])


def test_what_ends_is_started_again_after_a_pause_that_doubles(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, """run(Child("1", python("print('up', flush=True); os.kill(os.getpid(), 9)")))""")
    pauses = [keeper.says("it is started again").split()[-2] for _ in range(4)]
    assert pauses == ["1", "0.2", "0.2", "0.2"] or pauses == ["0.2", "0.2", "0.2", "0.2"]
    assert keeper.ends(signal.SIGTERM)[0] == 0


def test_where_the_first_server_cannot_start_nothing_goes_on(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path,
        """
        run(Child("engine", python("time.sleep(60)")),
            Child("1", python("print('no port', file=sys.stderr); sys.exit(1)"), is_labelled=False, is_essential=True,
                  is_ready=lambda child: False),
            Child("2", python("print('never', flush=True)")))
    """,
    )
    status, rest = keeper.ends()
    assert status == 1
    assert rest == ["no port"]


def test_the_next_waits_until_one_is_ready_but_not_for_ever(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path,
        """
        run(Child("1", python("time.sleep(60)"), is_ready=lambda child: False),
            Child("2", python("print('late', flush=True); time.sleep(60)")), ready_seconds=0.1)
    """,
    )
    keeper.says("[2] late")
    assert keeper.ends(signal.SIGTERM)[0] == 0


def test_a_hangup_is_handed_on_to_those_who_hear_it(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path,
        """
        waits = "print('up', flush=True); time.sleep(60)"
        hears = "signal.signal(signal.SIGHUP, lambda *_: print('told', flush=True)); " + waits
        run(Child("engine", python(waits), hears_hangup=False), Child("1", python(hears)))
    """,
    )
    keeper.says("up")
    keeper.says("up")
    keeper.process.send_signal(signal.SIGHUP)
    assert keeper.says("told") == "[1] told\n"
    status, rest = keeper.ends(signal.SIGTERM)
    assert (status, rest) == (0, [])


def test_the_kernel_stops_all_where_their_supervisor_is_killed(tmp_path: Path) -> None:
    keeper = Keeper(
        tmp_path, """run(Child("1", python("print('up', flush=True); time.sleep(600)"), is_labelled=False))"""
    )
    keeper.says("up")
    status, rest = keeper.ends(signal.SIGKILL)  # what it writes ends once the last is gone who has its output
    assert (status, rest) == (-signal.SIGKILL, [])


# --- which they are


@pytest.mark.parametrize(("words", "count"), [(["--processes", "3", "--open"], 3), (["--open", "--processes=2"], 2)])
def test_the_number_is_taken_out_of_the_options(words: list[str], count: int) -> None:
    assert cli.taken_out(words) == (count, ["--open"])


def test_auto_is_one_for_each_core() -> None:
    assert cli.taken_out(["--processes", "auto"]) == (len(os.sched_getaffinity(0)), [])


@pytest.mark.parametrize("count", ["0", "65", "x", "", "-1"])
def test_other_numbers_are_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.serve([f"--processes={count}"]) == 2
    assert "give a number from 1 to 64, or auto" in capsys.readouterr().err


def test_options_that_cannot_be_read_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.serve(["--processes", "2", "--tcpp", "off"]) == 2
    assert "--tcpp" in capsys.readouterr().err


def options(folder: Path, *words: str) -> Options:
    made = Options()
    made.parseOptions(["--state-dir", str(folder), *words])
    return made


def children_of(folder: Path, words: list[str]) -> list[Child]:
    folder.mkdir(0o700)
    return cli.children_of(2, words, options(folder, *words), folder, folder, ["chat"])


def test_the_first_server_has_the_folder_and_the_admin_port_and_each_a_name(tmp_path: Path) -> None:
    words = ["--cluster", "tcp:127.0.0.1:6379", "--node", "ship"]
    first, second = children_of(tmp_path / "state", words)
    state = tmp_path / "state"
    common = ["chat", "serve", *words, "--share-port", "--node"]
    assert first.command == [*common, "ship-1", "--state-dir", str(state)]
    assert second.command == [*common, "ship-2", "--state-dir", str(state / "processes" / "2"), "--admin", "off"]
    assert first.is_essential and not first.is_labelled
    assert (state / "processes" / "2").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("option", "name"), [(("--web-tls", "auto"), "tls_key.pem"), (("--ssh", "7022"), "ssh_host_ed25519_key")]
)
def test_a_key_that_all_need_alike_is_made_by_the_first_and_given_to_the_others(
    tmp_path: Path, option: tuple[str, str], name: str
) -> None:
    words = ["--cluster", "tcp:127.0.0.1:6379", *option]
    first, second = children_of(tmp_path / "state", words)
    assert first.is_ready is not None and not first.is_ready(first)
    second.before()
    key, copy = tmp_path / "state" / name, tmp_path / "state" / "processes" / "2" / name
    assert not copy.exists()
    key.write_text("secret")
    second.before()
    assert copy.read_text() == "secret" and copy.stat().st_mode & 0o777 == 0o600


def test_a_redis_of_their_own_is_run_where_no_other_is_named(tmp_path: Path) -> None:
    child, endpoint = redis(tmp_path / "redis", tmp_path / "at", True, lambda name: f"/usr/bin/{name}")
    assert endpoint == f"unix:{tmp_path / 'at' / 'socket'}"
    assert child.command[0] == "/usr/bin/redis-server"
    assert "always" in child.command and not child.hears_hangup
    assert child.is_ready is not None and not child.is_ready(child)


def test_no_redis_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="apt install redis-server"):
        redis(tmp_path / "redis", tmp_path, False, lambda _name: None)


def test_the_socket_is_elsewhere_where_the_folder_is_too_deep_for_one() -> None:
    with socket_folder(Path("/s/redis")) as at:
        assert at == Path("/s/redis")
    with socket_folder(Path("/" + "x" * 100)) as at:
        assert at.stat().st_mode & 0o777 == 0o700
        assert len(str(at)) < 80
    assert not at.exists()


def test_what_runs_it_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/twistchat.pyz"])
    assert cli.as_typed() == [sys.executable, "/opt/twistchat.pyz"]
    monkeypatch.setattr(sys, "argv", ["/opt/twistchat/__main__.py"])
    assert cli.as_typed() == [sys.executable, "-m", "twistchat"]


def test_a_child_that_was_never_started_can_be_stopped() -> None:
    child = Child("1", ["true"])
    child.send(signal.SIGTERM)
    child.stop(1.0)
    assert not child.is_running and Supervisor([])._next_start() == 3600.0
