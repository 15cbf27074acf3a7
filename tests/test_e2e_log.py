"""The stored log of a real server: it outlives a start, is one server's alone, and is checked before anybody comes."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.dialect import came
from support.server import LOOPBACK, LineClient, Server, run

from twistchat.log.schema import connect, prepare

FOREGROUND = ("--nodaemon", "--pidfile=", "twistchat", *LOOPBACK, "--state-dir", "state")
TOOL = (sys.executable, "-m", "twistchat")


def refused(folder: Path, *words: str) -> str:
    """Start a server that must not start, and return its sentence."""
    ended = run(*FOREGROUND, *words, folder=folder)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr + ended.stdout
    (sentence,) = ended.stderr.splitlines()
    return sentence


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The log's file of a server that has not been started yet."""
    (tmp_path / "state").mkdir(mode=0o700)
    return tmp_path / "state" / "log.db"


def test_what_was_said_is_shown_searched_and_paged_after_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server, LineClient(server, "ada") as ada:
        ada.says("欢迎来到聊天室")
        ada.hears("ada: 欢迎来到聊天室")
        server.stops()
    with Server(tmp_path) as server, LineClient(server) as bob:
        bob.says("bob")
        assert "] ada: 欢迎来到聊天室" in bob.hears(came("bob"))
        bob.says("/search 聊天")
        assert "#2 [" in bob.hears("Nothing else was found.")
        bob.says("/history")
        bob.hears("/history 20 before 2 shows what is older.")


def test_everybodys_leaving_is_stored_when_the_server_stops(tmp_path: Path) -> None:
    with Server(tmp_path) as server, LineClient(server, "ada"), LineClient(server, "bob"):
        server.stops()
    with closing(sqlite3.connect(tmp_path / "state" / "log.db")) as db:
        left = [name for (name,) in db.execute("SELECT name FROM entries WHERE kind = 'gone' ORDER BY name")]
    assert left == ["ada", "bob"]
    assert {path.name for path in (tmp_path / "state").iterdir()} >= {"lock", "log.db", "search.db"}
    assert not (tmp_path / "state" / "log.db-wal").exists()


def test_the_log_in_memory_leaves_nothing_on_disk(tmp_path: Path) -> None:
    with Server(tmp_path, "--log", "memory") as server, LineClient(server, "ada") as ada:
        ada.says("hello")
        ada.hears("ada: hello")
        ada.says("/history")
        ada.hears("#2 [")
        server.stops()
    assert [path.name for path in (tmp_path / "state").iterdir() if path.suffix == ".db"] == []


def test_power_durability_serves_as_the_normal_one_does(tmp_path: Path) -> None:
    with Server(tmp_path, "--durability", "power") as server, LineClient(server, "ada") as ada:
        ada.says("hello")
        ada.hears("ada: hello")
        server.stops()


def test_a_second_server_on_the_same_folder_names_the_firsts_process(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.port("tcp")
        server.logs("starting up")
        sentence = refused(tmp_path)
        pid = server.process.pid
        assert sentence == (
            f"twistchat: Another twistchat, process {pid}, uses {tmp_path}/state. Stop it, or give another --state-dir."
        )


def test_a_damaged_log_is_a_sentence_and_stays_as_it_is(tmp_path: Path, file: Path) -> None:
    file.write_bytes(b"this was a log once " * 500)
    sentence = refused(tmp_path)
    assert sentence.startswith(f"twistchat: The log {tmp_path}/state/log.db is damaged (file is not a database).")
    assert "Put a copy back in its place, or move it away to begin an empty one" in sentence
    assert file.read_bytes() == b"this was a log once " * 500


def test_a_log_of_a_newer_version_is_a_sentence(tmp_path: Path, file: Path) -> None:
    prepare(file)
    with closing(connect(file)) as db:
        db.execute("PRAGMA user_version = 99")
    assert "was written by a newer twistchat (its version 99, this one knows 4)" in refused(tmp_path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--log", "paper"], "--log paper: there is sqlite, memory."),
        (["--durability", "some"], "--durability some: there is normal, power."),
        (["--keep", "90"], "--keep: '90' is not a time such as 45m, 12h, 2d or 4w"),
        (["--keep-lines", "0"], "--keep-lines: '0' is not a whole number above 0"),
    ],
)
def test_options_of_the_log_that_cannot_be_are_a_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    assert refused(tmp_path, *words) == f"twistchat: {sentence}"


def test_lines_are_forgotten_as_the_operator_says(tmp_path: Path) -> None:
    with Server(tmp_path, "--keep", "90d", "--keep-lines", "2") as server, LineClient(server, "ada") as ada:
        for text in ("one", "two", "three", "four"):
            ada.says(text)
            ada.hears(f"ada: {text}")
        server.stops()
    with Server(tmp_path, "--keep-lines", "2") as server, LineClient(server, "bob") as bob:
        for _ in range(50):
            bob.says("/search o")
            if "ada: one" not in bob.hears("Nothing else was found."):
                break
        else:
            pytest.fail("the first line is still there")


def test_lines_go_in_and_out_while_people_talk(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("".join(f"eva: old line {number}\n" for number in range(20_000)))
    state = ("--state-dir", str(tmp_path / "state"))
    with Server(tmp_path, "--flood", "off") as server, LineClient(server, "ada") as ada:
        put = run("import", *state, "old.txt", folder=tmp_path, command=TOOL)
        assert put.stderr.splitlines()[-1] == "lines stored: 20000"
        for number in range(100):
            ada.says(f"new line {number}")
            ada.hears(f"ada: new line {number}\r\n")
        got = run("export", *state, folder=tmp_path, command=TOOL)
        ada.says("/search from:eva line 19999")
        ada.hears("eva: old line 19999")
    texts = [json.loads(line)["text"] for line in got.stdout.splitlines()]
    assert [text for text in texts if text.startswith("new")] == [f"new line {number}" for number in range(100)]
    assert len([text for text in texts if text.startswith("old")]) == 20_000


def test_a_line_that_is_said_during_an_import_waits_for_it_by_moments(tmp_path: Path) -> None:
    """The import holds the file again and again; nobody is refused, and the server goes on answering."""
    (tmp_path / "old.txt").write_text("".join(f"eva: old line {number}\n" for number in range(30_000)))
    with Server(tmp_path, "--flood", "off") as server, LineClient(server, "ada") as ada:
        pid = os.spawnv(
            os.P_NOWAIT,
            sys.executable,
            [*TOOL, "import", "--state-dir", str(tmp_path / "state"), str(tmp_path / "old.txt")],
        )
        said = 0
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            said += 1
            ada.says(f"new line {said}")
            ada.hears(f"ada: new line {said}\r\n")
        assert said > 5
