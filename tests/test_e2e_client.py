"""The client as people start it: its own process, in pipes, against a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.certificates import key_and_certificate
from support.dialect import came, went
from support.patience import PATIENCE_SECONDS
from support.server import ANY, LineClient, Server, only

JOIN = (sys.executable, "-c", "import sys; from twistchat.cli import main; sys.argv[0] = 'twistchat'; main()")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), "--flood", "off") as server:
        yield server


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return {**kept, "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")), "LANG": "C.UTF-8", "TZ": "UTC"}


def at(server: Server, kind: str) -> str:
    return f"{kind}://127.0.0.1:{server.port(kind)}"


class Client:
    """`twistchat join` with pipes."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        self.process = subprocess.Popen(
            [*JOIN, "join", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            bufsize=0,
        )

    def types(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    def shows(self, wanted: str) -> str:
        """Read lines up to one that has some text in it, and return that."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            line = self.process.stdout.readline().decode()
            assert line, f"{wanted!r} never came"
            if wanted in line:
                return line
        raise AssertionError(f"{wanted!r} never came")

    def ends(self) -> tuple[int, str, str]:
        """Close its input, wait for its end: exit status, and the rest of what it wrote."""
        try:
            output, errors = self.process.communicate(timeout=2 * PATIENCE_SECONDS)
        finally:
            self.process.kill()
        return self.process.returncode, output.decode(), errors.decode()


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_builds_output_is_said_and_it_leaves_once_the_server_has_everything(
    server: Server, environment: dict[str, str], kind: str
) -> None:
    lines = ["make: 進入目錄", "/usr/bin/ld: error", "", *(f"step {number}" for number in range(200))]
    with LineClient(server, f"eve-{kind}") as eve:
        eve.says(f"/join ci-{kind}")
        eve.says("/leave lobby")
        eve.hears("You left lobby.")
        build = Client(environment, at(server, kind), "--plain", "--nick", f"build-{kind}", "--room", f"ci-{kind}")
        build.types(*lines)
        status, output, errors = build.ends()
        assert (status, errors) == (0, "")
        said = [line for line in lines if line]
        assert [line for line in output.splitlines() if ": " in line] == [f"build-{kind}: {line}" for line in said]
        heard = eve.hears(went(f"build-{kind}"))
        assert [line for line in heard.splitlines() if line.startswith("build-") and ": " in line] == [
            f"build-{kind}: {line}" for line in said
        ]
        assert "\x1b" not in output


def test_with_commands_a_slash_begins_one(server: Server, environment: dict[str, str]) -> None:
    client = Client(environment, at(server, "tcp"), "--nick", "cmd", "--commands")
    client.types("/me waves")
    status, output, _ = client.ends()
    assert status == 0
    assert "* cmd waves" in output.splitlines()


@pytest.mark.parametrize("goodbye", ["/quit", "/bye", "/退出", "/再見"])
def test_a_goodbye_by_any_name_ends_it_well(server: Server, environment: dict[str, str], goodbye: str) -> None:
    words = ("--plain", "--commands", "--stay", "--language", "zh_CN", "--nick", "byebye")
    client = Client(environment, at(server, "tcp"), *words)
    client.types(goodbye)
    status, _, errors = client.ends()
    assert (status, errors) == (0, "")


def test_json_is_for_programs(server: Server, environment: dict[str, str]) -> None:
    client = Client(environment, at(server, "udp"), "--json", "--nick", "bot")
    client.types("hello 小明")
    status, output, errors = client.ends()
    assert (status, errors) == (0, "")
    values = [json.loads(line) for line in output.splitlines()]
    assert [value["text"] for value in values if value["kind"] == "said" and value["name"] == "bot"] == ["hello 小明"]


def test_with_stay_it_goes_on_listening_until_it_is_stopped(server: Server, environment: dict[str, str]) -> None:
    client = Client(environment, at(server, "tcp"), "--nick", "stayer", "--stay")
    client.types("here")
    assert client.process.stdin is not None
    client.process.stdin.close()
    client.shows("stayer: here")
    with LineClient(server, "talker") as talker:
        talker.says("still there?")
        client.shows("talker: still there?")
    client.process.stdin = None
    client.process.send_signal(signal.SIGINT)
    assert client.ends()[0] == 130


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--nick", "a b"], 1, "A name cannot have spaces"),
        (["--nick", "x", "tcp://127.0.0.1:1"], 1, "No connection"),
        (["--nick", "x", "udp://127.0.0.1:1"], 1, "No connection: nobody listens there"),
        (["--nick", "x", "http://127.0.0.1"], 2, "is a page for a browser"),
        (["--nick", "x", "--language", "klingon"], 2, "klingon is not spoken here. There are: en English, zh"),
        (["--nick", "x", "--ca", "/nowhere.pem"], 2, "/nowhere.pem"),
        (["--nosuch"], 2, "--nosuch"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_an_exit_status(
    server: Server, environment: dict[str, str], words: list[str], status: int, complaint: str
) -> None:
    if not any("//" in word for word in words):
        words = [at(server, "tcp"), *words]
    came, _, errors = Client(environment, *words).ends()
    assert came == status
    assert complaint in errors
    assert "Traceback" not in errors


def test_the_web_port_is_told_apart_from_the_chats(tmp_path: Path, environment: dict[str, str]) -> None:
    with Server(tmp_path, listen=only("--web", ANY)) as server:
        address = f"tcp://127.0.0.1:{server.port('web')}"
        status, _, errors = Client(environment, address, "--nick", "lost", "--stay").ends()
    assert status == 1
    assert errors.startswith(f"{address} says nothing, so it is no TCP port of a chat.")
    assert len(errors.splitlines()) == 1


def test_a_name_must_be_given_where_nobody_can_be_asked(environment: dict[str, str], tmp_path: Path) -> None:
    status, _, errors = Client({**environment, "XDG_STATE_HOME": str(tmp_path)}).ends()
    assert (status, errors) == (2, "twistchat: give a name with --nick NAME.\n")


def test_a_refused_line_makes_the_exit_status_1(server: Server, environment: dict[str, str]) -> None:
    client = Client(environment, at(server, "tcp"), "--nick", "longish")
    client.types("x" * 1001, "fine")
    status, output, errors = client.ends()
    assert status == 1
    assert "longish: fine" in output
    assert errors.startswith("That message is too long")


def test_the_name_is_remembered_in_a_file_of_ones_own(
    server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    kept = {**environment, "XDG_STATE_HOME": str(tmp_path)}
    assert Client(kept, at(server, "tcp"), "--nick", "elephant").ends()[0] == 0
    file = tmp_path / "twistchat" / "client.json"
    assert file.stat().st_mode & 0o777 == 0o600
    client = Client(kept, at(server, "tcp"))
    client.types("I remember")
    assert "elephant: I remember" in client.ends()[1]


def test_a_reader_that_goes_away_ends_it_without_a_traceback(server: Server, environment: dict[str, str]) -> None:
    client = Client(environment, at(server, "tcp"), "--nick", "piper")
    client.shows(came("piper"))
    assert client.process.stdout is not None
    client.process.stdout.close()
    client.types("into the void")
    assert client.process.stderr is not None and client.process.stdin is not None
    assert client.process.wait(PATIENCE_SECONDS) == 1
    assert b"Traceback" not in client.process.stderr.read()
    client.process.stdin.close()
    client.process.stderr.close()


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_restart_of_the_server_loses_and_repeats_nothing(
    tmp_path: Path, environment: dict[str, str], kind: str
) -> None:
    with Server(tmp_path, "--flood", "off") as server:
        ports = {name: server.port(name) for name in ("tcp", "udp")}
        client = Client(environment, at(server, kind), "--nick", "ada", "--stay")
        client.types("before")
        client.shows("ada: before")
        server.stops()
        client.shows("The server is stopping.")
        client.types("while away 離線")
    listen = ("--tcp", f"tcp:{ports['tcp']}:interface=127.0.0.1", "--udp", f"udp:{ports['udp']}:interface=127.0.0.1")
    again = Server(tmp_path, "--flood", "off", listen=only(*listen))
    with again, LineClient(again, "bob") as bob:
        bob.says("missed?")
        bob.hears("ada: while away 離線")
        client.shows("ada: while away 離線")
        client.process.send_signal(signal.SIGTERM)
        _, output, _ = client.ends()
        bob.says("/history 50")
        history = bob.hears("/history 50 before")
    assert history.count("while away") == 1
    assert history.count("ada: before") == 1
    assert "while away" not in output


def test_tls_is_checked_against_the_certificates_that_are_given(tmp_path: Path, environment: dict[str, str]) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=chat", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", *words, *names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    sealed = f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}"
    with Server(tmp_path, listen=only("--tcp", sealed)) as server:
        address = f"tls://127.0.0.1:{server.port('tcp')}"
        trusting = Client(environment, address, "--nick", "safe", "--ca", str(certificate))
        trusting.types("sealed")
        status, output, errors = trusting.ends()
        assert (status, errors) == (0, "")
        assert "safe: sealed" in output
        other = tmp_path / "other"
        other.mkdir()
        key_and_certificate(other)
        status, _, errors = Client(environment, address, "--nick", "wary", "--ca", str(other / "cert.pem")).ends()
        assert status == 1
        assert "certificate" in errors.casefold()


# --- the scripts


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_the_scripts_need_nothing_but_python(
    server: Server, environment: dict[str, str], tmp_path: Path, kind: str
) -> None:
    printed = subprocess.run(
        [*JOIN, "client-script", kind], capture_output=True, env=environment, timeout=PATIENCE_SECONDS, check=True
    )
    script = tmp_path / "chat.py"
    script.write_bytes(printed.stdout)
    with LineClient(server, f"listener-{kind}") as listener:
        chat = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script), "127.0.0.1", str(server.port(kind)), f"script-{kind}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin", "LANG": "C.UTF-8"},
            cwd=tmp_path,
        )
        listener.hears(came(f"script-{kind}"))
        listener.says("你好 \x1b[31mred")
        assert chat.stdin is not None and chat.stdout is not None
        while "你好" not in (line := chat.stdout.readline().decode()):
            assert line, "it ended"
        chat.stdin.write("hello from a script 小明\n".encode())
        chat.stdin.flush()
        listener.hears(f"script-{kind}: hello from a script 小明")
        output, errors = chat.communicate(timeout=PATIENCE_SECONDS)
        listener.hears(went(f"script-{kind}"))
    assert (chat.returncode, errors) == (0, b"")
    assert b"\x1b" not in output


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_script_without_its_words_says_how_it_is_used(kind: str) -> None:
    script = Path(__file__).parent.parent / "twistchat" / "client" / "scripts" / f"{kind}.py"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", str(script)], capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert ran.returncode == 1
    assert "python3 chat.py HOST [PORT] NAME" in ran.stderr


# --- at a terminal


class Screen:
    """`twistchat join` at a pseudo-terminal that interprets nothing: what it writes is kept as it is."""

    def __init__(self, environment: dict[str, str], *words: str, columns: int = 80, term: str = "xterm") -> None:
        import pexpect

        self.child = pexpect.spawn(
            JOIN[0],
            [*JOIN[1:], "join", *words],
            env={**environment, "TERM": term},
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
            dimensions=(24, columns),
        )
        self.child.delaybeforesend = None

    def shows(self, wanted: str) -> None:
        self.child.expect_exact(wanted)

    def ends(self) -> int:
        import pexpect

        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus)


def test_two_people_talk_chinese_at_terminals(server: Server, environment: dict[str, str]) -> None:
    ming = Screen(environment, at(server, "tcp"), "--nick", "小明", "--room", "茶館")
    ming.shows(came("小明"))
    li = Screen(
        {**environment, "LANG": "zh_TW.UTF-8"}, at(server, "udp"), "--nick", "小李", "--room", "茶館", columns=40
    )
    li.shows("小李 進入了 茶館")
    ming.child.send("我打了一半")
    ming.shows("我打了一半")
    li.child.send("大家好 🙂\r")
    ming.shows("大家好 🙂")
    ming.shows("我打了一半")
    ming.child.setwinsize(12, 30)
    ming.child.send("，現在打完了\r")
    li.shows("我打了一半，現在打完了")
    li.child.send("\x04")
    assert li.ends() == 0
    ming.shows(went("小李"))
    ming.child.send("\x03")
    ming.shows("Press Ctrl-C once")
    ming.child.send("\x03")
    assert ming.ends() == 130


def test_the_plain_client_at_a_terminal_has_a_prompt_and_no_escape_codes(
    server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    """As screen readers like it."""
    ada = Screen({**environment, "XDG_STATE_HOME": str(tmp_path)}, at(server, "tcp"), "--plain")
    ada.shows("NICKNAME: ")
    ada.child.send("reader\n")
    ada.shows(came("reader") + "\r\n> ")
    ada.child.send("/who\n")
    ada.shows("In lobby")
    ada.child.send("/quit\n")
    assert ada.ends() == 0
    assert "\x1b" not in str(ada.child.before)


def test_a_dumb_terminal_in_the_c_locale_gets_plain_lines_and_chinese(
    server: Server, environment: dict[str, str]
) -> None:
    plain = {**environment, "LC_ALL": "C", "PYTHONUTF8": "0"}
    ada = Screen(plain, at(server, "tcp"), "--nick", "dummy", term="dumb")
    ada.shows("This terminal (dumb) cannot move its cursor")
    ada.shows("dummy joined!")
    ada.child.send("你好\n")
    ada.shows("dummy: 你好")
    ada.child.send("\x04")
    assert ada.ends() == 0
    assert "\x1b" not in str(ada.child.before)


def test_without_its_library_the_plain_client_runs_and_says_why(
    server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "prompt_toolkit.py").write_text("raise ImportError('not here')")
    ada = Screen({**environment, "PYTHONPATH": str(tmp_path)}, at(server, "tcp"), "--nick", "poor")
    ada.shows("prompt-toolkit is not installed, so this is the plain client.")
    ada.shows(came("poor"))
    ada.child.send("\x04")
    assert ada.ends() == 0
