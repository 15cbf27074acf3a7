"""Real clients of every kind that notice nothing of a restart; all of them share one server and one restart of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest
from support.browser import needs_chromium
from support.dialect import came
from support.ircclients import irssi
from support.pages import Open
from support.patience import PATIENCE_SECONDS
from support.relay import Loss
from support.restarting import Talker, restarted, serving, still_has, talked
from support.server import ANY, ANY_UDP, LineClient, Server, only
from support.threadrelay import ThreadRelay
from support.tutorial import TutorialTcpClient, TutorialUdpClient
from websockets.frames import Frame, Opcode

REFERENCE = Path(__file__).parent.parent / "docs" / "numbered.py"
LISTEN = only("--tcp", ANY, "--udp", ANY_UDP, "--web", ANY, "--irc", ANY, "--flood", "off")
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
LINES = 300


class Slow:
    """A device that sends one byte at a time."""

    def __init__(self, server: Server, text: str, seconds: float) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port("tcp")))
        self._text = text
        self._seconds = seconds
        self._thread = threading.Thread(target=self._send)

    def _send(self) -> None:
        for byte in self._text.encode():
            self._socket.send(bytes([byte]))
            time.sleep(self._seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()


class Socket:
    """A WebSocket, byte by byte."""

    def __init__(self, server: Server, path: str = "/chat") -> None:
        self.line = socket.create_connection(("127.0.0.1", server.port("web")))
        self.line.settimeout(PATIENCE_SECONDS)
        self.line.sendall(UPGRADE.format(path=path).encode())
        self.text = b""
        self.waits_for("\r\n\r\n")

    def frame(self, text: str, fin: bool = True, opcode: Opcode = Opcode.TEXT) -> bytes:
        """The frame of a text."""
        return Frame(opcode, text.encode(), fin).serialize(mask=True)

    def waits_for(self, wanted: str) -> None:
        while wanted.encode() not in self.text:
            part = self.line.recv(65536)
            assert part, self.text
            self.text += part

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()


class Piped:
    """A program with pipes, as a script has it."""

    def __init__(self, *words: str, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",  # at nc, who is slow at the prompt is offered binary, as if by telnet
            env={**os.environ, **(environment or {})},
        )
        self.output = ""
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def types(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def joins(server: Server, kind: str, folder: Path) -> Piped:
    """`twistchat join` by one of the ways that it knows."""
    where = f"{kind}://127.0.0.1:{server.port(kind)}"
    return Piped(
        *(sys.executable, "-m", "twistchat", "join", where, "--nick", f"by-{kind}"),
        environment={"XDG_STATE_HOME": str(folder / "joins"), "LANG": "C.UTF-8"},
    )


def until(condition: Callable[[], Any], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, listen=LISTEN) as running:
        yield running


def test_clients_of_every_kind_are_in_the_middle_of_something_and_notice_nothing(
    tmp_path: Path, server: Server
) -> None:
    with ExitStack() as stack:
        enter: Any = stack.enter_context
        ada, eve = enter(LineClient(server, "ada")), enter(LineClient(server, "eve"))
        web, irc_by_web = enter(Socket(server)), enter(Socket(server, "/irc"))
        web.line.sendall(web.frame('{"name":"web"}'))
        web.waits_for('"welcome"')
        irc_by_web.line.sendall(b"".join(irc_by_web.frame(each) for each in ("NICK wirc", "USER w 0 * :W")))
        irc_by_web.waits_for(" 366 ")
        relay = enter(ThreadRelay(("127.0.0.1", server.port("udp")), Loss(7)))
        numbered = enter(Piped(sys.executable, "-I", "-S", str(REFERENCE), "127.0.0.1", str(relay.port), "num"))
        joined = {kind: enter(joins(server, kind, tmp_path)) for kind in ("tcp", "udp")}
        tcp, udp = enter(TutorialTcpClient(server, "Threaded")), enter(TutorialUdpClient(server, "Forked"))
        terminal = irssi(tmp_path, server, "ira") if shutil.which("irssi") else None
        names = ["web", "wirc", "num", "Threaded", "Forked", *(f"by-{kind}" for kind in joined)]
        for name in (*names, *(["ira"] if terminal is not None else [])):
            still_has(eve, came(name))
        if terminal is not None:
            terminal.sees("#lobby", "ada|nicks")
            terminal.child.send("\x1b2")
        slow = enter(Slow(server, "slow\nI am slow 你好\n", 0.15))
        talker = enter(Talker(ada))
        eve.socket.sendall(b"half a l")
        frame = web.frame('{"line":"half a frame 你好"}', fin=False), web.frame("", opcode=Opcode.CONT)
        web.line.sendall(frame[0][:20])
        by_irc = irc_by_web.frame("PRIVMSG #lobby :half by irc")
        irc_by_web.line.sendall(by_irc[:9])
        numbered.types("".join(f"number {each} 你好\n" for each in range(LINES)))

        said = restarted(server)

        assert "Restarted" in said
        eve.socket.sendall("ine 你好\r\n".encode())
        web.line.sendall(frame[0][20:] + frame[1])
        irc_by_web.line.sendall(by_irc[9:])
        tcp.says("still here by tcp")
        udp.says("still here by udp")
        for kind, client in joined.items():
            client.types(f"still here by join, {kind}\n")
        if terminal is not None:
            terminal.types("still here by irssi")
        slow.__exit__()
        talker.__exit__()
        ada.says("the end")
        everything = [
            "eve: half a line 你好",
            "web: half a frame 你好",
            "wirc: half by irc",
            "Threaded: still here by tcp",
            "Forked: still here by udp",
            "slow: I am slow 你好",
            f"num: number {LINES - 1} 你好",
            *(f"by-{kind}: still here by join, {kind}" for kind in joined),
            *(["ira: still here by irssi"] if terminal is not None else []),
        ]
        for each in (*everything, "the end"):
            assert still_has(eve, each).count(each) == 1
        heard = eve.text
        numbers = [line for line in heard.split("\r\n") if line.startswith("num: number ")]
        assert numbers == [f"num: number {each} 你好" for each in range(LINES)]
        assert talked(heard) == talker.lines
        web.waits_for("the end")
        assert talked(web.text.decode("utf-8", "replace")) == talker.lines
        irc_by_web.waits_for("the end")
        assert talked(irc_by_web.text.decode("utf-8", "replace")) == talker.lines
        tcp.waits_for("the end")
        assert talked(tcp.text) == talker.lines
        udp.waits_for("the end")
        assert talked(udp.text) == talker.lines
        until(lambda: "the end" in numbered.output, lambda: numbered.output)
        assert talked(numbered.output) == talker.lines
        for client in joined.values():
            until(lambda client=client: "the end" in client.output, lambda client=client: client.output)  # type: ignore[misc]
            assert talked(client.output) == talker.lines
            assert not re.search("(?i)trying|reconnect|connected again|lost", client.output)
        if terminal is not None:
            until(lambda: "the end" in terminal.text("#lobby"), lambda: terminal.text("#lobby"))
            log = terminal.text("#lobby")
            assert talked(log) == talker.lines
            assert "Disconnected" not in log
            terminal.types("/quit")
            terminal.ends()
    assert server.stops() in (-signal.SIGTERM, 128 + signal.SIGTERM)  # by itself, or by its keeper


@needs_chromium
@pytest.mark.xdist_group("chromium")
def test_the_page_does_not_come_again_as_it_was_never_gone(server: Server, opens: Open) -> None:
    page = opens("ada")
    page.runs(
        "window.opened = 0; const Real = WebSocket;"
        "window.WebSocket = function (...words) { window.opened += 1; return new Real(...words); };"
        "Object.assign(window.WebSocket, { OPEN: 1, CONNECTING: 0, CLOSING: 2, CLOSED: 3 });"
    )
    with LineClient(server, "eve") as eve:
        page.types("#text", "half a sentence")
        restarted(server)
        page.runs("document.querySelector('#say').requestSubmit()")
        assert "ada left" not in eve.hears("ada: half a sentence\r\n")
        eve.says("and you?")
        page.sees("and you?", "#log")
        assert page.runs("return window.opened") == 0
    server.stops()
    page.waits(lambda: page.runs("return window.opened") > 0, "another try, now that the server is gone")
