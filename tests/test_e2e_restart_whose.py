"""Whose process id is it: somebody who watches a server's process finds the one that serves, whoever watches how."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.dialect import came
from support.patience import PATIENCE_SECONDS
from support.restarting import (
    SERVE,
    Restarting,
    is_alive,
    restart,
    restarted,
    servers_on,
    serving,
    signalled,
    until,
    who_serves,
)
from support.server import ANY, LineClient, Server, only

TCP = only("--tcp", ANY)


def test_who_waits_for_it_as_systemd_does_is_told_and_the_old_process_ends(tmp_path: Path) -> None:
    where = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        listening.bind(where)
        with serving(tmp_path, listen=TCP, environment={"NOTIFY_SOCKET": where}) as server:
            assert listening.recv(100) == b"READY=1"
            with LineClient(server, "ada") as ada:
                restarted(server)
                new = who_serves(server)
                # The one by the old process, the other by the new: whichever comes first, here and below.
                assert {listening.recv(100), listening.recv(100)} == {f"MAINPID={new}".encode(), b"READY=1"}
                assert server.process.wait(PATIENCE_SECONDS) == 0
                restarted(server)
                newer = who_serves(server)
                assert {listening.recv(100), listening.recv(100)} == {f"MAINPID={newer}".encode(), b"READY=1"}
                until(lambda: not is_alive(new))
                ada.says("on")
                ada.hears("ada: on")
            signalled(server, signal.SIGTERM)
            until(lambda: not servers_on(tmp_path))


def test_a_daemon_keeps_its_pid_file_and_its_log(tmp_path: Path) -> None:
    pidfile, logfile = tmp_path / "chat.pid", tmp_path / "chat.log"
    twistd = ("--pidfile", str(pidfile), "--logfile", str(logfile))
    with Restarting(tmp_path, listen=TCP, twistd=twistd) as server:
        assert server.process.wait(PATIENCE_SECONDS) == 0
        until(lambda: logfile.exists() and "can hold" in logfile.read_text())
        server.output = logfile.read_text()
        first = int(pidfile.read_text())
        with LineClient(server, "ada") as ada:
            for _ in range(2):
                before = int(pidfile.read_text())
                restarted(server)
                until(lambda before=before: int(pidfile.read_text()) == who_serves(server) != before)
                until(lambda before=before: not is_alive(before))
                ada.says("on")
                ada.hears("ada: on")
        assert not is_alive(first)
        assert "stood still" in logfile.read_text()
        os.kill(int(pidfile.read_text()), signal.SIGTERM)
        until(lambda: not servers_on(tmp_path))
        until(lambda: not pidfile.exists())


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None, reason="root and unshare make a PID 1")
def test_a_containers_first_process_stays_that_and_ends_with_the_server(tmp_path: Path) -> None:
    # Within, process ids are others: the lock's is of no use out here.
    command = ("unshare", "--fork", "--pid", "--mount-proc", "--kill-child", *SERVE)
    with Server(tmp_path, listen=TCP, command=command, twistd=(), plugin=("serve",)) as server:
        with LineClient(server, "ada") as ada:
            words = [*SERVE, "restart", "--state-dir", str(tmp_path / "state")]
            inside = ["nsenter", "--target", _child(server.process.pid), "--pid", "--mount"]
            for _ in range(2):
                done = subprocess.run([*inside, *words], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
                assert "1 person kept" in done.stdout, (done, server.output)
                ada.says("on")
                ada.hears("ada: on")
            os.kill(int(_child(server.process.pid)), signal.SIGTERM)
            ada.hears("Goodbye")
        assert server.process.wait(PATIENCE_SECONDS) in (128 + signal.SIGTERM, -signal.SIGTERM)


def _child(process: int) -> str:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()[0]


def test_a_server_that_would_be_killed_by_the_signal_is_not_sent_it(tmp_path: Path) -> None:
    with serving(tmp_path, listen=TCP) as server:
        server.logs("can hold about")
        lock = tmp_path / "state" / "lock"
        lock.write_text(f"{server.process.pid}\n")
        refused = restart(server)
        assert refused.returncode == 1
        assert "of a version that cannot hand over" in refused.stderr
        with LineClient(server, "ada") as ada:
            lock.write_text(f"{server.process.pid} usr2\n")
            restarted(server)
            bob = LineClient(server, "bob")
            ada.hears(came("bob"))
            bob.socket.close()
        server.stops()
    nobody = subprocess.run(
        [*SERVE, "restart", "--state-dir", str(tmp_path / "state")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert nobody.returncode == 1
    assert "no server runs on" in nobody.stderr


AS_SYSTEMD = """
import os, socket, sys
with socket.create_server(("127.0.0.1", 0)) as opened:
    os.dup2(opened.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="chat")
    os.execv(sys.executable, [sys.executable, "-m", "twistchat", *sys.argv[1:]])
"""
"""Starts a server with a port that is open already (sd_listen_fds(3))."""


def test_a_port_that_systemd_opened_goes_along_and_who_stops_the_new_server_twice_has_it_end_as_once(
    tmp_path: Path,
) -> None:
    listen = only("--tcp", "systemd:domain=INET:index=0")
    how: dict[str, Any] = {"command": (sys.executable, "-c", AS_SYSTEMD), "twistd": (), "plugin": ("serve",)}
    with Restarting(tmp_path, listen=listen, **how) as server, LineClient(server, "ada") as ada:
        for name in ("bob", "cleo"):
            restarted(server)
            with LineClient(server, name):
                ada.hears(came(name))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            server.process.send_signal(number)
        assert "The server is stopping." in ada.hears_out()
        assert server.process.wait(PATIENCE_SECONDS) in (128 + signal.SIGTERM, 128 + signal.SIGINT)
        assert server.process.stdout is not None
        server.output += server.process.stdout.read().decode()
        assert not re.search("(?i)traceback|critical|exception", server.output)
    until(lambda: not servers_on(tmp_path))
