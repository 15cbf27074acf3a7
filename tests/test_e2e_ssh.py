"""People by SSH, with the clients that they have: OpenSSH's, dropbear's and PuTTY's, against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pexpect
import pytest
from support.patience import PATIENCE_SECONDS
from support.server import ANY, LineClient, Server, only
from support.shell import DROPBEAR, needs_dropbear, ssh_words
from support.ssh import Administrator, allow, make_key, needs_ssh

pytestmark = [needs_ssh, pytest.mark.timeout(240)]

PLINK = shutil.which("plink")
needs_plink = pytest.mark.skipif(PLINK is None, reason="PuTTY's plink is not installed (putty-tools)")

LEFT, UP = "\x1b[D", "\x1b[A"
_numbers = count()


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, key: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    allow(folder, key)
    listen = only("--tcp", ANY, "--ssh", ANY, "--admin", ANY, "--flood", "off")
    with Server(folder, listen=listen) as running:
        yield running


@pytest.fixture
def name() -> str:
    """One that nobody has."""
    return f"user{next(_numbers)}"


def runs_client(words: list[str], stdin: str = "") -> Any:
    return subprocess.run(
        words, input=stdin, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS, check=False
    )


def fingerprint(public: Path) -> str:
    return str(runs_client(["ssh-keygen", "-lf", str(public)]).stdout.split()[1])


def runs(server: Server, name: str, *command: str, options: Any = (), key: Path | None = None, stdin: str = "") -> Any:
    words = [*ssh_words(server.port("ssh"), name, *options, key=key and str(key)), *command]
    return subprocess.run(
        words, input=stdin, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS, check=False
    )


def sits_down(server: Server, name: str, columns: int = 80, **environment: str) -> Any:
    program, *words = ssh_words(server.port("ssh"), name, "-o", "SendEnv=LANG LC_ALL NO_COLOR")
    env = {**os.environ, "TERM": "xterm", "LC_ALL": "", "LANG": "C.UTF-8", **environment}
    size = (24, columns)
    return pexpect.spawn(program, words, encoding="utf-8", timeout=PATIENCE_SECONDS, dimensions=size, env=env)


def leaves(screen: Any) -> int:
    screen.send("\x04")
    screen.expect(pexpect.EOF)
    screen.close()
    return int(screen.exitstatus)


# --- at a terminal


def test_a_half_typed_line_stays_whole_while_others_talk(server, name):
    screen = sits_down(server, name)
    screen.expect(f"{name} joined!")
    with LineClient(server, f"{name}b") as other:
        screen.expect_exact(f"{name}b joined!")
        screen.send("半句话 half" + 5 * LEFT)
        screen.expect_exact("> 半句话 half\x1b[5D")
        other.says("meanwhile 你好")
        screen.expect(rf"\r\x1b\[K\S*{name}b\S*: meanwhile 你好\r\n\r\x1b\[K> 半句话 half\x1b\[5D")
        screen.send("，\r")
        other.hears(f"{name}: 半句话， half")
    screen.send(UP + "!\r")
    screen.expect(f"{name}\\S*: 半句话， half!")
    assert leaves(screen) == 0


def test_tab_completes_names_commands_and_rooms(server, name):
    screen = sits_down(server, name)
    screen.expect(f"{name} joined!")
    with LineClient(server, f"tab{name}") as other:
        screen.expect_exact(f"tab{name} joined!")
        screen.send("tab\t")
        screen.expect_exact(f"> tab{name}: ")
        screen.send("hi\r")
        other.hears(f"{name}: tab{name}: hi")
        screen.send("/who\t")
        screen.expect_exact("/whois ")
        screen.send("\x15/join lob\t")
        screen.expect_exact("> /join lobby")
        screen.send("\x03")
        screen.expect_exact("^C")
    leaves(screen)


def test_another_width_is_taken_in(server, name):
    screen = sits_down(server, name)
    screen.expect(f"{name} joined!")
    screen.setwinsize(24, 30)
    screen.send("x" * 60)
    screen.expect(r"\r\x1b\[K> (x+)$")
    screen.send("y")
    screen.expect(r"\r\x1b\[K> (x+)y$")
    assert len(screen.match[1]) < 30
    screen.send("\x15")
    assert leaves(screen) == 0


def test_names_have_colours_and_ones_own_stands_out_where_others_say_it(server, name):
    screen = sits_down(server, name)
    screen.expect(f"{name} joined!")
    with LineClient(server, f"{name}c") as other:
        other.says(f"hello {name}!")
        screen.expect(rf"\x1b\[1;\d\dm{name}c\x1b\[0m: hello \x1b\[1;7m{name}\x1b\[0m!")
        screen.send("/color off\r")
        screen.expect("Names have colours: off")
        other.says(f"and {name}?")
        screen.expect(rf"\x1b\[K{name}c: and {name}\?")
    leaves(screen)


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_there_are_no_colours_where_they_are_not_wanted(server, name, environment):
    screen = sits_down(server, name, **environment)
    screen.expect("Connected to server!")
    screen.send("plain\r")
    screen.expect(rf"\r\x1b\[K{name}: plain\r\n")
    leaves(screen)


def test_a_name_that_is_taken_is_told_and_the_next_line_is_another(server, name):
    with LineClient(server, name):
        screen = sits_down(server, name)
        screen.expect("Choose another name.")
        screen.send(f"{name}x\r")
        screen.expect("Connected to server!")
    assert leaves(screen) == 0


def test_the_locale_chooses_the_language(server, name):
    screen = sits_down(server, name, LANG="zh_TW.UTF-8")
    screen.expect("已連上伺服器")
    leaves(screen)


def test_who_quits_is_gone_with_status_0(server, name):
    screen = sits_down(server, name)
    screen.expect("Connected to server!")
    screen.send("/quit\r")
    screen.expect("Goodbye.")
    screen.expect(pexpect.EOF)
    screen.close()
    assert screen.exitstatus == 0


# --- without one


def test_a_file_is_said_line_by_line_and_the_last_is_stored(server, name):
    with LineClient(server, f"{name}r") as other:
        done = runs(server, name, "-T", stdin="".join(f"line {number}\n" for number in range(300)) + "the last")
        assert (done.returncode, done.stderr) == (0, "")
        other.hears(f"{name}: the last")
    assert [f"{name}: line {number}" in done.stdout.splitlines() for number in range(300)] == [True] * 300
    assert f"{name}: the last\n" in done.stdout
    assert "\r" not in done.stdout


def test_what_is_refused_goes_to_standard_error_and_makes_the_status_1(server, name):
    done = runs(server, name, "-T", stdin="fine\n/nope\n")
    assert done.returncode == 1
    assert "There is no /nope" in done.stderr
    assert f"{name}: fine\n" in done.stdout


def test_one_line_or_one_command_is_done_and_only_its_answer_shown(server, name):
    with LineClient(server, f"{name}w") as other:
        said = runs(server, name, "Back at six")
        other.hears(f"{name}: Back at six")
        assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
        asked = runs(server, name, "/whois", name)
        assert asked.stdout.startswith(f"{name}: by ssh, ")
        refused = runs(server, name, "/nope")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("There is no /nope")
        taken = runs(server, f"{name}w", "hello")
        assert (taken.returncode, taken.stdout) == (1, "")
        assert "is taken" in taken.stderr


def test_programs_have_their_dialect(server, name):
    lines = [{"v": 1, "name": name}, {"line": "from a program", "id": "1"}]
    done = runs(server, "anybody", "json", options=["-s"], stdin="".join(f"{json.dumps(line)}\n" for line in lines))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0]["kind"] == "welcome"
    assert {"kind": "done", "id": "1"}.items() <= told[-1].items()
    wrong = runs(server, "anybody", "json", options=["-s"], stdin="hello\n")
    assert json.loads(wrong.stdout.splitlines()[0])["code"] == "not-a-request"
    assert runs(server, name, "sftp", options=["-s"]).returncode != 0


def test_keys_are_exchanged_again_and_again_without_losing_a_line(server, name):
    text = "".join(f"line {number} {'x' * 200}\n" for number in range(300))
    done = runs(server, name, "-T", options=["-o", "RekeyLimit=16K", "-v"], stdin=text)
    assert done.stdout.count(f"{name}: line ") == 300
    assert done.stderr.count("SSH2_MSG_NEWKEYS received") >= 4


def test_a_connection_is_one_person(server, name, tmp_path):
    control = ["-o", f"ControlPath={tmp_path / 'c'}"]
    words = ssh_words(server.port("ssh"), name, "-T", "-M", *control)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdin is not None and first.stdout is not None
        while f"{name} joined!" not in first.stdout.readline():
            pass
        second = runs(server, name, "/who", options=control)
        assert second.returncode != 0
        first.stdin.write("still here\n")
        first.stdin.close()
        assert f"{name}: still here" in first.stdout.read()
    assert first.returncode == 0


# --- keys


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_every_kind_of_key_gets_in_without_a_question(server, name, tmp_path, kind):
    done = runs(server, name, "/who", options=["-o", "BatchMode=yes"], key=make_key(tmp_path, kind))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_script_without_a_key_is_told_to_have_one(server, name):
    """OpenSSH leaves keyboard-interactive out with BatchMode."""
    done = runs(server, name, "/who", options=["-o", "BatchMode=yes"])
    assert done.returncode == 255
    assert "Permission denied (publickey,keyboard-interactive)" in done.stderr


def test_whoever_has_many_keys_gets_in_with_the_first(server, name, tmp_path):
    keys = [make_key(tmp_path, comment=f"k{number}") for number in range(15)]
    options = [word for key in keys for word in ("-i", str(key))]
    assert runs(server, name, "/who", options=options).returncode == 0


def test_a_ban_by_fingerprint_holds_whatever_the_name_and_for_that_key_alone(server, key, name, tmp_path):
    loud = make_key(tmp_path, comment="loud")
    assert runs(server, name, "/who", key=loud).returncode == 0
    operator = Administrator(server, key)
    banned = operator.runs(f"ban {fingerprint(loud)} --for 10m")
    assert banned.returncode == 0, banned.stderr
    refused = runs(server, f"{name}x", "/who", key=loud)
    assert refused.returncode == 1
    assert "is banned" in refused.stderr
    assert runs(server, name, "/who").returncode == 0


# --- other clients


@needs_dropbear
def test_dropbears_client_gets_in(server, name):
    words = [DROPBEAR or "", "-y", "-y", "-p", str(server.port("ssh")), "-l", name, "127.0.0.1"]
    done = runs_client([*words, "/who"])
    assert (done.returncode, name in done.stdout) == (0, True)
    program, *rest = [*words[:3], "-t", *words[3:]]
    screen = pexpect.spawn(
        program, rest, encoding="utf-8", timeout=PATIENCE_SECONDS, env={**os.environ, "TERM": "xterm"}
    )
    screen.expect(f"{name} joined!")
    screen.send("从 dropbear\r")
    screen.expect(f"{name}\\S*: 从 dropbear")
    assert leaves(screen) == 0


@needs_plink
def test_puttys_client_gets_in(server, name):
    server.port("ssh")  # its key is there by then
    public = server.folder / "state" / "ssh_host_ed25519_key.pub"
    found = subprocess.run(
        ["ssh-keygen", "-lf", str(public)], capture_output=True, text=True, check=True
    ).stdout.split()
    words = ["-batch", "-P", str(server.port("ssh")), "-hostkey", found[1], f"{name}@127.0.0.1"]
    done = subprocess.run(
        [PLINK or "", *words, "/who"], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (done.returncode, name in done.stdout) == (0, True)
    screen = pexpect.spawn(PLINK or "", ["-t", *words], encoding="utf-8", timeout=PATIENCE_SECONDS)
    screen.expect(f"{name} joined!")
    screen.send("from PuTTY\r")
    screen.expect(f"{name}\\S*: from PuTTY")
    assert leaves(screen) == 0


def test_nothing_of_all_this_is_an_error_and_no_secret_is_in_the_log(server):
    assert "Traceback" not in server.output
    assert not re.search(r"PRIVATE KEY|BEGIN OPENSSH", server.output)
