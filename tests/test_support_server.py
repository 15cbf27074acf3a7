"""The tests' own server never listens on a default port, as one that people use may run on this machine.

And their client has its own text, however slow the machine is.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.patience import PATIENCE_SECONDS
from support.processor import Queue
from support.server import (
    ANY,
    LOOPBACK,
    OFFER_OF_BINARY,
    TWISTD,
    LineClient,
    Server,
    check_no_default_port,
    only,
)
from support.template import Forked

from twistchat.interfaces.table import INTERFACES


@pytest.mark.parametrize("row", [row for row in INTERFACES if row.default != "off"], ids=lambda row: row.name)
def test_a_server_one_of_whose_interfaces_is_not_given_is_not_started(tmp_path: Path, row) -> None:
    others = tuple(f"--{other.name}=off" for other in INTERFACES if other is not row)
    with pytest.raises(AssertionError, match=f"not given: {row.name}$"):
        Server(tmp_path, listen=others)


def test_only_the_interfaces_that_a_test_names_are_on() -> None:
    words = only("--tcp", ANY, "--irc=0", "--tcp-tls", "auto")
    assert words[:5] == ("--tcp", ANY, "--irc=0", "--tcp-tls", "auto")
    others = [row.name for row in INTERFACES if row.name not in ("tcp", "irc")]
    assert words[5:] == tuple(word for name in others for word in (f"--{name}", "off"))


def test_an_interface_may_be_given_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "chat.toml").write_text("".join(f'{row.name} = "off"\n' for row in INTERFACES))
    check_no_default_port(("--config", "chat.toml"), tmp_path)


def test_what_servers_are_given_unless_a_test_says_otherwise_is_enough(tmp_path: Path) -> None:
    check_no_default_port(LOOPBACK, tmp_path)


def test_what_others_take_of_the_processor_is_known_also_once_a_process_has_ended() -> None:
    core = min(os.sched_getaffinity(0))
    spins = (
        "import sys, time\nsys.stdin.read()\nuntil = time.process_time() + 0.2\nwhile time.process_time() < until: pass"
    )
    pinned = ["taskset", "-c", str(core), sys.executable, "-c", spins]
    both, go = os.pipe2(os.O_CLOEXEC)
    with subprocess.Popen(pinned, stdin=both) as first, subprocess.Popen(pinned, stdin=both) as second:
        os.close(both)
        queue = Queue(first.pid, second.pid)
        os.close(go)
        for process in (first, second):
            queue.follow_to_the_end(process.pid, PATIENCE_SECONDS)
    assert first.returncode == second.returncode == 0
    assert queue.seconds - queue.late > 0.1


def test_a_machine_that_stands_still_is_no_time_of_the_server() -> None:
    stops = ["sh", "-c", "read go; kill -STOP $PPID; sleep 0.3; kill -CONT $PPID"]
    with subprocess.Popen(stops, stdin=subprocess.PIPE) as process, Queue(process.pid).beside() as queue:
        process.communicate(b"go\n", PATIENCE_SECONDS)
    assert queue.late > 0.1


def test_a_client_that_was_slow_at_the_prompt_and_is_asked_for_binary_has_the_text_alone() -> None:
    """As somebody at telnet is; and a character may come in two reads."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server: Any = SimpleNamespace(port=lambda interface: door.getsockname()[1])
        with LineClient(server) as client, door.accept()[0] as peer:
            peer.sendall(OFFER_OF_BINARY + b"\xe4\xbd")
            assert client.hears_more()
            peer.sendall(b"\xa0\r\n")
            assert client.hears("\n") == "你\r\n"


def test_a_server_that_is_forked_says_and_does_what_one_does_that_is_started(tmp_path: Path) -> None:
    told = []
    for how in (None, TWISTD):
        folder = tmp_path / ("forked" if how is None else "started")
        folder.mkdir()
        with Server(folder, command=how) as server:
            with LineClient(server, "ada") as ada:
                ada.says("你好")
                ada.hears("ada: 你好")
            server.logs("would open it")
            status = server.stops()
            assert isinstance(server.process, Forked) == (how is None)
        assert server.process.poll() == status
        words = server.output.replace(str(folder), "FOLDER")
        told.append((status, re.sub(r"\d{4}-\d\d-\S+|(port|127.0.0.1|tcp:|address=\S*:|udp:)\s?\d+", "", words)))
    assert told[0] == told[1]
    assert "Traceback" not in told[0][1]


def test_a_server_that_is_forked_may_be_killed_and_waited_for(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.port("tcp")
        assert server.process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0)
        server.process.kill()
        assert server.process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        server.process.terminate()  # which is nothing any more
