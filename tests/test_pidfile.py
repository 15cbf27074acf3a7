"""twistd's pid file is in nobody's way in the foreground, and where it is, a sentence says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.server import LOOPBACK, TWISTD, LineClient, Server, run
from support.standin import stand_in
from twisted.python import usage

from twistchat import pidfile


class Twistd(usage.Options):
    """As much of twistd's options as are looked at."""

    def __init__(self, **given: Any) -> None:
        super().__init__()
        self.update({"nodaemon": True, "debug": False, "pidfile": "twistd.pid", **given})


@pytest.mark.parametrize("text", ["1\n", "", "no number"])
def test_in_the_foreground_a_file_that_was_left_stops_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "twistd.pid").write_text(text)
    with Server(tmp_path, twistd=("--nodaemon",), command=TWISTD) as server:
        LineClient(server, "ada").socket.close()
        server.stops()
    assert (tmp_path / "twistd.pid").read_text() == text


@pytest.mark.parametrize("twistd", [(), ("--nodaemon", "--pidfile=twistd.pid"), ("-n", "--pid=twistd.pid")])
@pytest.mark.parametrize(("text", "why"), [("1", "process 1, which it names, is running"), ("", "no number")])
def test_where_it_is_used_what_is_in_the_way_is_a_sentence(
    tmp_path: Path, twistd: tuple[str, ...], text: str, why: str
) -> None:
    (tmp_path / "twistd.pid").write_text(text)
    ended = run(*twistd, "twistchat", *LOOPBACK, "--state-dir", "state", folder=tmp_path)
    assert ended.returncode == 2
    (sentence,) = ended.stderr.splitlines()
    assert why in sentence
    assert "Remove it if no server of yours runs there" in sentence
    assert sorted(path.name for path in tmp_path.iterdir()) == ["twistd.pid"], "nothing was made"


@pytest.mark.parametrize("how", [{"nodaemon": True}, {"nodaemon": False, "debug": True}])
def test_in_the_foreground_there_is_none_unless_it_is_asked_for(how: dict[str, bool]) -> None:
    twistd = Twistd(**how)
    pidfile.arrange(twistd, ["-n", "twistchat"])
    assert twistd["pidfile"] == ""


def test_python_m_twisted_has_none() -> None:
    twistd = Twistd()
    del twistd["pidfile"]
    pidfile.arrange(twistd, [])
    assert "pidfile" not in twistd


@pytest.mark.parametrize("text", [None, "4194999", "9" * 30])
def test_a_file_that_is_not_there_or_names_no_process_is_taken(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "x.pid"
    if text is not None:
        path.write_text(text)
    twistd = Twistd(nodaemon=False, pidfile=str(path))
    pidfile.arrange(twistd, [])
    assert twistd["pidfile"] == str(path)


def refusal(path: Path) -> str:
    with pytest.raises(usage.UsageError) as raised:
        pidfile.arrange(Twistd(pidfile=str(path)), [f"--pidfile={path}"])
    return str(raised.value).replace(str(path.parent), "FOLDER")


def test_a_file_that_cannot_be_made_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path / "none" / "x") == "--pidfile FOLDER/x: there is no folder FOLDER. Give another."
    (tmp_path / "folder").mkdir()
    assert refusal(tmp_path / "folder") == "--pidfile FOLDER/folder: Is a directory. Give another."
    stand_in(monkeypatch, pidfile, "os", access=lambda *_: False)  # root may write everywhere
    assert refusal(tmp_path / "x") == "--pidfile FOLDER/x: FOLDER cannot be written to. Give another."
    (tmp_path / "x").write_text("4194999")
    assert refusal(tmp_path / "x") == "--pidfile FOLDER/x: it cannot be written to. Give another."


@pytest.mark.parametrize("text", ["", "12 34", "-1"])
def test_what_is_no_number_of_a_process_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    assert "there is no number of a process in it" in refusal(tmp_path / "x")


def test_a_process_of_another_user_is_one_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_yours(*_: int) -> None:
        raise PermissionError

    stand_in(monkeypatch, pidfile, "os", kill=not_yours)
    (tmp_path / "x").write_text("77")
    assert "process 77, which it names, is running" in refusal(tmp_path / "x")
