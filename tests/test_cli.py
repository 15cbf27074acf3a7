"""The `twistchat` script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.server import LOOPBACK, LineClient, Server, run

from twistchat import __version__, cli

SCRIPT = (sys.executable, "-c", "from twistchat.cli import main; main()")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_says_what_there_is(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["twistchat", *words])
    cli.main()
    text = capsys.readouterr().out
    assert all(row.name in text and row.explanation in text for row in cli.SUBCOMMANDS)


@pytest.mark.parametrize("command", ["serve --help", "join --help", "--help"])
def test_a_reader_that_has_enough_ends_the_help_quietly(command: str, tmp_path: Path) -> None:
    script = f"{sys.executable} -m twistchat {command} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_what_an_operator_asks_a_server_for_needs_nothing_of_a_server() -> None:
    """Nine tenths of the time of a whole command were spent on importing it."""
    program = "import sys, twistchat.drain, twistchat.restart; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_version_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["twistchat", "--version"])
    cli.main()
    assert capsys.readouterr().out == f"twistchat {__version__}\n"


def test_an_unknown_command_is_a_sentence(tmp_path: Path) -> None:
    ended = run("sevre", folder=tmp_path, command=SCRIPT)
    assert ended.returncode == 2
    assert ended.stderr == "twistchat: there is no command 'sevre'; `twistchat --help` lists them.\n"


@pytest.mark.parametrize("command", [row.name for row in cli.SUBCOMMANDS if row.name != "serve"])
def test_ctrl_c_ends_any_command_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    def interrupted(words: object) -> int:
        raise KeyboardInterrupt

    rows = [row._replace(run=interrupted) for row in cli.SUBCOMMANDS]
    monkeypatch.setattr(cli, "SUBCOMMANDS", rows)
    monkeypatch.setattr(sys, "argv", ["twistchat", command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "")


def test_bundle_is_told_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["twistchat", "bundle", str(tmp_path / "made.pyz"), "--for", "abacus"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2


def test_serve_is_twistd_in_the_foreground_without_a_pid_file(tmp_path: Path) -> None:
    with Server(tmp_path, twistd=("serve",), command=SCRIPT, plugin=()) as server:
        with LineClient(server, "ada") as ada:
            ada.says("hi")
            ada.hears("ada: hi\r\n")
        assert not (tmp_path / "twistd.pid").exists()
        server.stops()


def test_serve_has_the_options_of_the_plugin(tmp_path: Path) -> None:
    ended = run("serve", "--help", folder=tmp_path, command=SCRIPT)
    assert ended.returncode == 0
    assert "--flood" in ended.stdout
    assert "twistd" not in ended.stdout
    assert ended.stdout.startswith("Usage: twistchat serve [OPTIONS]")


def test_serve_refuses_in_a_sentence(tmp_path: Path) -> None:
    ended = run("serve", *LOOPBACK, "--floood", "1", folder=tmp_path, command=SCRIPT)
    assert ended.returncode == 2
    assert ended.stderr == "twistchat: there is no option --floood; the nearest is flood.\n"
