"""Whose process id is it: somebody who watches a server's process finds the one that serves, whoever watches how."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from support.dialect import came
from support.restarting import SERVE, is_alive, restart, restarted, servers_on, serving, signalled, until, who_serves
from support.server import ANY, LineClient, Server, only

TCP = only("--tcp", ANY)


def test_who_waits_for_it_as_systemd_does_is_told_and_the_old_process_ends(tmp_path: Path) -> None:
    where = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(30)
        listening.bind(where)
        with serving(tmp_path, listen=TCP, environment={"NOTIFY_SOCKET": where}) as server:
            assert listening.recv(100) == b"READY=1"
            with LineClient(server, "ada") as ada:
                restarted(server)
                new = who_serves(server)
                # The one by the old process, the other by the new: whichever comes first.
                assert {listening.recv(100), listening.recv(100)} == {f"MAINPID={new}".encode(), b"READY=1"}
                assert server.process.wait(10) == 0
                restarted(server)
                newer = who_serves(server)
                assert listening.recv(100) == f"MAINPID={newer}".encode()
                until(lambda: not is_alive(new))
                ada.says("on")
                ada.hears("ada: on")
            signalled(server, signal.SIGTERM)
            until(lambda: not servers_on(tmp_path))


def test_a_daemon_keeps_its_pid_file_and_its_log(tmp_path: Path) -> None:
    pidfile, logfile = tmp_path / "chat.pid", tmp_path / "chat.log"
    twistd = ("--pidfile", str(pidfile), "--logfile", str(logfile))
    with Server(tmp_path, listen=TCP, twistd=twistd) as server:
        assert server.process.wait(30) == 0
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
                done = subprocess.run([*inside, *words], capture_output=True, text=True, timeout=60)
                assert "1 person kept" in done.stdout, (done, server.output)
                ada.says("on")
                ada.hears("ada: on")
            os.kill(int(_child(server.process.pid)), signal.SIGTERM)
            ada.hears("Goodbye")
        assert server.process.wait(30) in (128 + signal.SIGTERM, -signal.SIGTERM)


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
        [*SERVE, "restart", "--state-dir", str(tmp_path / "state")], capture_output=True, text=True, timeout=30
    )
    assert nobody.returncode == 1
    assert "no server runs on" in nobody.stderr
