"""`twistchat serve --processes 2`: two servers at one port are one chat, and are kept running."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from support.patience import PATIENCE_SECONDS
from support.restarting import is_alive
from support.server import LineClient, Server, only

from twistchat.bench.ports import free_port

pytestmark = pytest.mark.skipif(
    not (shutil.which("redis-server") or shutil.which("valkey-server")), reason="no Redis is installed"
)

COMMAND = (sys.executable, "-m", "twistchat", "serve", "--processes", "2")


class Several(Server):
    """Two servers, whose port a test has picked, as they have to have the same."""

    def __init__(self, folder: Path, lease: str) -> None:
        self.number = free_port()
        listen = only("--tcp", f"tcp:{self.number}:interface=127.0.0.1")
        super().__init__(folder, "--lease", lease, twistd=(), listen=listen, command=COMMAND, plugin=())

    def port(self, interface: str) -> int:
        return self.number


@pytest.fixture
def several(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Several]:
    with Several(tmp_path, getattr(request, "param", "30s")) as servers:
        servers.logs(r"\[2\] .* cluster: open at number")
        yield servers


def pid_of(folder: Path) -> int:
    return int((folder / "lock").read_text().split()[0])


def served_by(client: LineClient, pids: dict[int, int]) -> int:
    """The number of the server that a client came to: the one that has the other end of its connection."""
    server, own = (f"0100007F:{where[1]:04X}" for where in (client.socket.getpeername(), client.socket.getsockname()))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    (inode,) = [row[9] for row in rows if row[1:4] == [server, own, "01"]]  # others have that port elsewhere
    (number,) = [each for each, pid in pids.items() if f"socket:[{inode}]" in open_files(pid)]
    return number


def open_files(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(os.readlink(descriptor))
    return found


@pytest.mark.parametrize("several", ["1s"], indirect=True)
def test_two_servers_at_one_port_are_one_chat_and_one_that_dies_is_started_again(
    several: Several, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    pids = {1: pid_of(state), 2: pid_of(state / "processes" / "2")}
    people: dict[int, LineClient] = {}
    with ExitStack() as closing:
        for number in range(40):  # the kernel deals them out; that all come to one has a chance of 1 in 2**39
            client = LineClient(several, f"p{number}")
            closing.callback(client.socket.close)
            people.setdefault(served_by(client, pids), client)
            if len(people) == 2:
                break
        people[1].says("hello over there")
        people[2].hears(": hello over there")
        os.kill(pids[2], signal.SIGKILL)
        several.logs(r"2 ended by signal 9; it is started again")
        people[1].hears("their server is gone")
        several.logs(r"(?s)started again.*\[2\] .* cluster: open at number")
        assert several.stops() == 0
    loose = [path for path in state.rglob("*") if path.stat().st_mode & 0o077 and path.suffix != ".pub"]
    assert not loose


def test_what_one_cannot_have_ends_all_of_them_with_its_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = only("--tcp", f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1")
        with Server(tmp_path, twistd=(), listen=listen, command=COMMAND, plugin=()) as servers:
            servers.logs("cannot listen there: Address already in use")
            assert servers.process.wait(PATIENCE_SECONDS) == 1


def test_all_are_restarted_one_after_another_and_nobody_is_dropped(several: Several, tmp_path: Path) -> None:
    state = tmp_path / "state"
    several.logs("(?s)can hold about.*can hold about")
    folders = (state, state / "processes" / "2")
    before = [pid_of(folder) for folder in folders]
    with LineClient(several, "ada") as ada, LineClient(several, "bob") as bob:
        for person in (ada, bob):
            person.says("both here")
        for person in (ada, bob):
            person.hears("ada: both here")
        restart = [*COMMAND[:3], "restart", "--state-dir", str(state)]
        done = subprocess.run(restart, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (done, several.output)
        assert re.match(r"Restarted 2 servers, one after another: \S+ → \S+ 2 people kept, 0 have to come", done.stdout)
        assert all(now != then for now, then in zip(map(pid_of, folders), before, strict=True))
        for person in (ada, bob):
            person.says("and still")
            heard = person.hears("bob: and still") if "bob: and still" in person.text else person.hears("and still")
            assert "left" not in heard
            assert "joined" not in heard
        several.process.send_signal(signal.SIGUSR2)
        several.logs("(?s)Restarted 2 servers, one after another")
        ada.says("twice")
        bob.hears("ada: twice")
    assert "ended by" not in several.output
    assert "ended with" not in several.output
    now = [pid_of(folder) for folder in folders]
    several.process.terminate()
    assert several.process.wait(PATIENCE_SECONDS) == 0
    assert not [pid for pid in now if is_alive(pid)]
