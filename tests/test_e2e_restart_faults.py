"""Whatever goes wrong while a server hands over, everybody is served by exactly one process after it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.dialect import came
from support.patience import PATIENCE_SECONDS
from support.restarting import (
    Talker,
    is_alive,
    outcome,
    restart,
    restarted,
    servers_on,
    serving,
    signalled,
    still_has,
    talked,
    until,
    who_serves,
    with_faults,
)
from support.server import ANY, LineClient, Server, only

from twistchat.log.schema import STEPS

UNTIL_GO = (
    "import",
    "killed before READY",
    "silent",
    "killed after READY",
    "migration",
    "newer, and people",
    "killed in migration",
    "ports",
    "people",
    "killed with people",
    "killed before TAKEN",
    "silent with all",
    "killed before GO",
)
SHORT = ("import", "killed after READY", "migration", "newer, and people", "killed before TAKEN", "killed before GO")
"""As each takes a start of the program; TEST_EVERY_FAULT=1 tries all of them, and needs `--timeout 300`."""


def version_of_the_log(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "state" / "log.db")) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def talk(server: Server, ada: LineClient, bob: LineClient, word: str) -> None:
    """See that all are served, once, by one process, and that others can come."""
    for person in (ada, bob):
        person.says(word)
    for person in (ada, bob):
        heard = person.hears(f"bob: {word}\r\n") if f"ada: {word}" in person.text else person.hears(f"{word}\r\n")
        assert heard.count(f"ada: {word}") <= 1
    with LineClient(server) as new:
        new.says(f"n{abs(hash(word)) % 10**8}")
        new.hears(" joined!")
    until(lambda: len(servers_on(server.folder)) == 1)
    assert servers_on(server.folder) == [who_serves(server)]


def test_until_the_new_process_goes_on_everything_goes_back(tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    config.write_text("")
    environment = with_faults(tmp_path)
    words = ("--config", str(config), "--flood", "off")
    with (
        serving(tmp_path, *words, listen=only("--tcp", ANY), environment=environment) as server,
        LineClient(server, "ada") as ada,
        LineClient(server, "bob") as bob,
        LineClient(server, "eve") as eve,
        LineClient(server, "tom") as tom,
        Talker(tom, 0.05) as talker,
    ):
        for fault in UNTIL_GO if os.environ.get("TEST_EVERY_FAULT") else SHORT:
            (tmp_path / "fault").write_text(fault)
            done = restart(server)
            assert done.returncode == 1, (fault, done)
            assert "was not restarted, and goes on as it was" in done.stderr, (fault, done)
            assert who_serves(server) == server.process.pid
            talk(server, ada, bob, fault)
            still_has(eve, f"talk {talker.said - 1}.")
        assert version_of_the_log(tmp_path) == len(STEPS)
        (tmp_path / "fault").write_text("newer")
        config.write_text("nonsense = 1")
        refused = restart(server)
        assert refused.returncode == 1
        assert "nonsense" in refused.stderr
        talk(server, ada, bob, "config")
        config.write_text("")
        assert "4 people kept" in restarted(server)  # with a log that is brought up to date
        assert version_of_the_log(tmp_path) == len(STEPS) + 1
        talk(server, ada, bob, "at last")
        talker.__exit__()
        assert talked(still_has(eve, talker.lines[-1])) == talker.lines
        server.stops()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A state folder on a disk of its own, of a few megabytes."""
    disk = tmp_path / "state"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="root mounts a disk that can be full")
def test_a_disk_that_is_full_before_or_meanwhile_costs_nobody_their_place(tmp_path: Path, small_disk: Path) -> None:
    filler = small_disk / "filler"
    environment = with_faults(tmp_path)
    with (
        serving(tmp_path, listen=only("--tcp", ANY), environment=environment) as server,
        LineClient(server, "ada") as ada,
        LineClient(server, "bob") as bob,
    ):
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        ada.says("before")
        ada.hears("disk is full")
        refused = restart(server)
        assert refused.returncode == 1, refused
        assert "nothing can be stored at present: the disk is full" in refused.stderr
        assert servers_on(tmp_path) == [server.process.pid]
        filler.unlink()
        talk(server, ada, bob, "again")
        (tmp_path / "fault").write_text(f"fills {filler}")
        assert "kept" in restarted(server)
        assert filler.exists() and who_serves(server) != server.process.pid
        ada.says("/who")
        ada.hears("(2)")
        filler.unlink()
        (tmp_path / "fault").write_text("")
        talk(server, ada, bob, "at last")
        server.stops()


def test_the_old_process_may_be_killed_once_all_is_taken(tmp_path: Path) -> None:
    environment = with_faults(tmp_path)
    with (
        serving(tmp_path, listen=only("--tcp", ANY), environment=environment) as server,
        LineClient(server, "ada") as ada,
        LineClient(server, "bob") as bob,
    ):
        (tmp_path / "fault").write_text("GO")
        restarted(server)
        assert server.process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        (tmp_path / "fault").write_text("")
        talk(server, ada, bob, "on")
        signalled(server, signal.SIGTERM)
        until(lambda: not servers_on(tmp_path))


def test_a_new_process_that_is_killed_once_it_is_the_server_is_a_server_that_is_killed(tmp_path: Path) -> None:
    environment = with_faults(tmp_path)
    with (
        serving(tmp_path, listen=only("--tcp", ANY), environment=environment) as server,
        LineClient(server, "ada") as ada,
    ):
        (tmp_path / "fault").write_text("killed after GO")
        told = restart(server)
        assert told.returncode == 1
        assert "the server has ended. Its log says why; start it again." in told.stderr
        ada.hears_out()
        assert server.process.wait(PATIENCE_SECONDS) == 128 + signal.SIGKILL
        assert not servers_on(tmp_path)


def test_peers_that_reset_or_connect_while_all_stand_still_and_two_signals_at_once(tmp_path: Path) -> None:
    environment = with_faults(tmp_path)
    with (
        serving(tmp_path, listen=only("--tcp", ANY), environment=environment) as server,
        LineClient(server, "ada") as ada,
        LineClient(server, "bob") as bob,
        LineClient(server, "eve") as eve,
    ):
        (tmp_path / "fault").write_text("slow")
        first = who_serves(server)
        signalled(server)
        server.logs("a new process is started")
        signalled(server)
        server.logs("asking for another changes nothing")
        server.logs(r"(?s)tcp: listening.*tcp: listening")
        eve.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        eve.socket.close()
        ada.says("while frozen")
        with LineClient(server) as new:
            new.says("new")
            until(lambda: who_serves(server) != first and outcome(server))
            bob.hears("eve left")
            bob.hears("ada: while frozen")
            new.hears(came("new"))
            talk(server, ada, bob, "on")
        time.sleep(0.1)
        assert outcome(server)["done"]
        until(lambda: is_alive(who_serves(server)))
        server.stops()
