"""Administrators at a terminal: OpenSSH's own `ssh` in a pty, against a real server."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from support.dialect import announced, came
from support.patience import PATIENCE_SECONDS
from support.server import LineClient, Server
from support.ssh import WITH_ADMIN, Administrator, allow, make_key, needs_ssh

from twistchat.admin.verbs import VERBS

pytestmark = [needs_ssh, pytest.mark.timeout(240)]

PROMPT = r"\r\x1b\[K>>> "
LEFT = "\x1b[D"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, key: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    allow(folder, key)
    with Server(folder, listen=WITH_ADMIN) as running:
        yield running


@pytest.fixture
def screen(server: Server, key: Path) -> Iterator[Any]:
    screen = Administrator(server, key).sits_down()
    screen.expect(PROMPT)
    yield screen
    screen.close(force=True)


def leaves(screen: Any) -> int:
    screen.send("\x04")
    screen.expect(pexpect.EOF)
    screen.close()
    return screen.exitstatus


def test_the_greeting_names_every_verb_in_few_lines_and_clears_nothing(server, key):
    screen = Administrator(server, key).sits_down()
    screen.expect(PROMPT)
    assert screen.before.count("\r\n") <= 6
    assert "\x1b" not in screen.before
    assert [line for line in screen.before.split("\r\n") if len(line) > 79] == []
    words = re.findall(r"\w+", screen.before)
    assert set(VERBS) <= set(words)
    assert leaves(screen) == 0


def test_chinese_is_typed_edited_and_heard_by_tcp_and_udp(server, screen):
    """Four columns to the left of the end are two characters: the quotation mark and bracket, and two of Chinese."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(PATIENCE_SECONDS)
    udp.sendto(b"L uma", ("127.0.0.1", server.port("udp")))
    assert udp.recv(1024).startswith(b"OK")
    with LineClient(server, "ada") as ada, udp:
        screen.send('announce("今晚回來")' + 4 * LEFT + "六點\x7f點" + "\r")
        screen.expect("Announced to 2 people")
        ada.hears(announced("今晚六點回來") + "\r\n")
        heard = b""
        while "今晚六點回來" not in heard.decode():
            heard = udp.recv(2048)
        assert announced("今晚六點回來") in heard.decode()


def test_keys_edit_the_line(screen):
    screen.send("3 3x\x7f\x7f" + "+ 4 five" + "\x17" + "\x01" + "100 + " + "\x05" + "\r")
    screen.expect("107\r\n")
    screen.send("nonsense ))\x15" + "2*21\r")
    screen.expect("42\r\n")
    screen.send("\x1b[A\r")
    screen.expect("42\r\n")


def test_ctrl_c_drops_the_line_and_the_statement(screen):
    screen.send("if True:\r")
    screen.expect(r"\.\.\. ")
    screen.send("    pri\x03")
    screen.expect(r"\^C")
    screen.expect(PROMPT)
    screen.send("6*7\r")
    screen.expect("42\r\n")


def test_python_errors_have_tracebacks_and_refusals_a_sentence(screen):
    screen.send("1/0\r")
    screen.expect("ZeroDivisionError")
    screen.send('kick("nobody")\r')
    screen.expect("\nNobody here is called nobody or comes from there. Nothing was done.\r\n")
    assert "Traceback" not in screen.before
    screen.send("exit()\r")
    screen.expect("Ctrl-D ends this prompt")


def test_another_size_of_the_window_is_taken_in_and_breaks_nothing(server, screen):
    screen.send("1+1")
    screen.setwinsize(40, 30)
    screen.send("+" + "1+" * 40 + "1\r")
    screen.expect("\n43\r\n")
    for line in re.split(r"\r\x1b\[K", screen.before):
        assert len(re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", line).rstrip("\r\n")) <= 80
    screen.send("\x0c")
    screen.expect_exact("\x1b[H\x1b[2J")
    assert leaves(screen) == 0
    assert "Traceback" not in server.output


def test_what_happens_arrives_without_breaking_the_line(server, screen):
    with LineClient(server, "ada") as ada:
        screen.send('tail("lobby")\r')
        screen.expect("Ctrl-C ends it")
        screen.expect(PROMPT)
        screen.send("6*")
        screen.expect(r"6.*\*")
        ada.says("hello 你好")
        screen.expect(r"\r\x1b\[K\[[-0-9 :]+\] ada: hello 你好\r\n\r\x1b\[K>>> \S*6")
        screen.send("7\r")
        screen.expect("42\r\n")
        screen.send("\x03")
        screen.expect(r"\^C")
        ada.says("unheard")
        ada.hears("ada: unheard")
        screen.send('"over"\r')
        screen.expect("'over'")
        assert "unheard" not in screen.before


def test_tab_completes_verbs_and_people(server, screen):
    with LineClient(server, "adalbert"):
        screen.send('ren\t("adal\t", "bert")\r')
        screen.expect("adalbert is now called bert")


def test_imitations_and_escape_sequences_are_harmless_on_the_screen(server, screen):
    with LineClient(server) as eve:
        eve.says("Administrator\x1b[31m")
        eve.hears("is kept for the server itself")
        eve.says("\x1b]0;owned\x07eve")
        eve.hears(came("eve"))
        screen.send('tail("lobby")\r')
        screen.expect(PROMPT)
        eve.says("\x1b[2J\x1b]0;owned\x07Administrator: all is well\x9b31m")
        screen.expect(r"\] eve: Administrator: all is well\r\n")
        screen.send("who()\r")
        screen.expect("eve +tcp")
        assert "owned" not in screen.before
        assert not re.search(r"\x1b(?!\[[0-9;]*[mKD])", screen.before)
    assert "\x1b" not in server.output


def test_a_loop_at_the_prompt_is_reported_and_can_be_broken_off(server, screen):
    screen.send("while True: pass\r\r")
    server.logs(r"the server has stood still for 2 s: nobody's lines move. It is in .*<console>:1")
    screen.send("\x03")
    screen.expect("KeyboardInterrupt")
    server.logs(r"the server goes on after")
    screen.send("import time; time.sleep(1000)\r")
    server.logs(r"(?s)stood still.*stood still")
    screen.send("\x03")
    screen.expect("KeyboardInterrupt")
    screen.expect(PROMPT)
    screen.send("6*7\r")
    screen.expect("42\r\n")


def test_a_verb_at_a_terminal_ends_at_ctrl_c(server, key):
    program, *words = Administrator(server, key).words("-tt")
    screen = pexpect.spawn(program, [*words, "tail"], encoding="utf-8", timeout=PATIENCE_SECONDS)
    with LineClient(server, "ada") as ada:
        for _ in range(10):  # it shows what happens once it has begun
            ada.says("hello")
            if screen.expect([r"\[lobby\] ada: hello\r\n", pexpect.TIMEOUT], timeout=1.0) == 0:
                break
        assert screen.after != pexpect.TIMEOUT
    screen.send("\x03")
    screen.expect(pexpect.EOF)
    screen.close()
    assert screen.exitstatus == 130


def test_without_a_terminal_the_prompt_says_what_it_needs(server, key):
    words = Administrator(server, key).words("-T")
    result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 2
    assert "needs a terminal" in result.stderr


def test_with_python_off_there_are_verbs_alone(tmp_path, key):
    allow(tmp_path, key)
    with Server(tmp_path, "--admin-python", "off", listen=WITH_ADMIN) as server:
        screen = Administrator(server, key).sits_down()
        screen.expect("twistchat> ")
        screen.send('announce("one")\r')
        screen.expect("Announced to 0 people")
        screen.send("announce two\r")
        screen.expect("Announced to 0 people")
        screen.send("__import__('os').getpid()\r")
        screen.expect("There is no verb")
        screen.send("announce(open('/etc/passwd').read())\r")
        screen.expect("There is no verb")
        assert leaves(screen) == 0


def test_lines_typed_at_the_server_are_announcements(tmp_path):
    with LineServer(tmp_path, "--console", "--language", "zh_TW") as server, LineClient(server) as ada:
        ada.hears("NICKNAME")
        ada.says("ada")
        ada.hears("ada")  # has come in
        assert server.process.stdin is not None
        server.process.stdin.write("\n今晚六點\n".encode())
        server.process.stdin.flush()
        ada.hears("\r\n管理員訊息：今晚六點\r\n")
        server.process.stdin.close()
        server.stops(signal.SIGTERM)
    assert '"who":"the server\'s own terminal"' in (tmp_path / "state" / "audit.jsonl").read_text()


class LineServer(Server):
    """A server whose standard input the test types at."""

    def __enter__(self) -> LineServer:
        self.stdin = subprocess.PIPE
        super().__enter__()
        return self
