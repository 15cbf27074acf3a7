"""A real server in a process of its own, on loopback and ports that the kernel picks."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Self

from support.dialect import came
from support.patience import PATIENCE_SECONDS, doings
from support.processor import Queue
from support.template import Forked

from twistchat.interfaces.table import INTERFACES
from twistchat.wire.telnet import BINARY, DO, IAC

TWISTD = (sys.executable, "-c", "from twisted.scripts.twistd import run; run()")
STOP_SECONDS = 3.0
"""How soon the server has promised to be gone."""

OFFER_OF_BINARY = bytes((IAC, DO, BINARY))

ANY = "tcp:0:interface=127.0.0.1"
ANY_UDP = "udp:0:interface=127.0.0.1"


def only(*words: str) -> tuple[str, ...]:
    """Words of the command line, and `off` for every interface that they do not name, whichever there are."""
    given = {word.partition("=")[0] for word in words}
    others = [option for row in INTERFACES if (option := f"--{row.name}") not in given]
    return (*words, *(word for option in others for word in (option, "off")))


LOOPBACK = only("--tcp", ANY, "--udp", ANY_UDP)


def run(*words: str, folder: Path, command: tuple[str, ...] = TWISTD) -> subprocess.CompletedProcess[str]:
    """Run a command that is expected to end by itself, such as one that is refused."""
    if {"twistchat", "serve"} & {*words} and not {"--help", "--version"} & {*words}:
        check_no_default_port(words, folder)
    return subprocess.run(
        [*command, *words], cwd=folder, env=_environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


def check_no_default_port(words: tuple[str, ...], folder: Path) -> None:
    """Refuse to start a server one of whose interfaces is not given: another server may have its default port.

    Args:
        words: The whole command.
        folder: Its current folder, where a configuration may be.
    """
    given = {word.partition("=")[0] for word in words}
    for option, file in pairwise(words):
        if option == "--config" and (folder / file).is_file():
            given |= {f"--{name}" for name in tomllib.loads((folder / file).read_text("utf-8"))}
    left = [row.name for row in INTERFACES if row.default != "off" and f"--{row.name}" not in given]
    assert not left, f"give each interface a port of 0, or off; not given: {', '.join(left)}"


def wait_for_file(path: Path, text: str) -> None:
    """Wait until a file has a text; a file has no event to wait for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < deadline, f"{path} never had {text!r}"
        time.sleep(0.02)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", "TZ": "UTC"}


class Server:
    """A server that runs while the `with` block does; its log is read as it comes."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        twistd: tuple[str, ...] = ("--nodaemon", "--pidfile="),
        listen: tuple[str, ...] = LOOPBACK,
        command: tuple[str, ...] | None = None,
        plugin: tuple[str, ...] = ("twistchat",),
        environment: Mapping[str, str] | None = None,
        is_alone: bool = False,
    ) -> None:
        """Say how it is started.

        Args:
            folder: Its current folder; what it keeps goes into `state` there.
            options: Further options of twistchat.
            twistd: Options of twistd itself.
            listen: Where it listens.
            command: The program, as for a test of how it starts; otherwise one is forked that has been imported.
            plugin: What twistd is told to run; nothing for what runs nothing else.
            environment: Variables beside the test's own.
            is_alone: Whether its machine is one of its own, where it may have the default ports.
        """
        self._environment = {**_environment(), **(environment or {})}
        self.folder = folder
        state = ("--state-dir", str(folder / "state"))
        self._words = [*(command or TWISTD), *twistd, *plugin, *listen, *state, *options]
        self._may_be_forked = command is None and not environment
        if not is_alone:
            check_no_default_port((*listen, *options), folder)
        self.output = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self.stdin = subprocess.DEVNULL
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._may_be_forked and self.stdin == subprocess.DEVNULL:
            self.process: subprocess.Popen[bytes] | Forked = Forked(
                self._words[len(TWISTD) :], self.folder, self._environment
            )
            return self
        self.process = subprocess.Popen(
            self._words,
            cwd=self.folder,
            env=self._environment,
            stdin=self.stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def port(self, interface: str) -> int:
        """The port of an interface, once it listens."""
        return int(self.logs(rf"{interface}: listening on \S+ port (\d+)")[1])

    def logs(self, pattern: str) -> re.Match[str]:
        """Wait until the log has something, and return it; it may have been there already."""
        found = self._until(lambda: re.search(pattern, self.output))
        assert found, f"{pattern!r} never came:\n{self.output}\n{doings(self.folder)}"
        return found

    def _until(self, condition: object) -> re.Match[str] | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found: re.Match[str] | None = condition()  # type: ignore[operator]
            if found or not self._read_more(deadline - time.monotonic()):
                return found

    def _read_more(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, seconds))
        more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
        self.output += self._decode(more)
        return bool(more)

    def stops(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, see that the server is gone as soon as it has promised, and return its exit status.

        What it and this process wait for a processor is not counted: that is others' time.
        """
        begun, queue = time.monotonic(), Queue(self.process.pid, os.getpid())
        self.process.send_signal(by)
        queue.follow_to_the_end(self.process.pid, PATIENCE_SECONDS)
        took = time.monotonic() - begun - queue.seconds
        status = self.process.wait(PATIENCE_SECONDS)
        while self._read_more(0):
            pass
        assert took < STOP_SECONDS, f"it took {took:.1f} s"
        return status


class LineClient:
    """Somebody at a plain TCP connection."""

    def __init__(self, server: Server, name: str = "", receive_buffer: int = 0, interface: str = "tcp") -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_SECONDS)
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._server = server
        self.text = ""
        with ExitStack() as if_not_let_in:
            if_not_let_in.callback(self.socket.close)
            self.socket.connect(("127.0.0.1", server.port(interface)))
            if name:
                self.hears("NICKNAME")
                self.says(name)
                self.hears(came(name) + "\r\n")
            if_not_let_in.pop_all()

    def says(self, line: str) -> None:
        self.socket.sendall(f"{line}\r\n".encode())

    def hears(self, wanted: str) -> str:
        """Wait for some text, and return what came up to and with it."""
        while wanted not in self.text:
            assert self.hears_more(), f"closed before {wanted!r}: {self.text!r}"
        before, _, self.text = self.text.partition(wanted)
        return before + wanted

    def hears_out(self) -> str:
        """Wait until the server hangs up, and return what came before that."""
        while self.hears_more():
            pass
        self.socket.close()
        return self.text

    def hears_more(self) -> bool:
        """Take what comes next to what has come; whether anything has, before the server hung up.

        Whoever sends the name late, as on a busy machine, is taken for a person at telnet and asked for binary.
        """
        try:
            part = self.socket.recv(65536)
        except TimeoutError:
            raise AssertionError(f"nothing more came: {self.text!r}\n{doings(self._server.folder)}") from None
        self.text += self._decode(part.replace(OFFER_OF_BINARY, b""))
        return bool(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
