"""Real programs at a terminal of their own, as people have them."""

from __future__ import annotations

import shutil
import signal
from typing import Self

import pexpect
import pytest
from support.dialect import came
from support.patience import PATIENCE_SECONDS
from support.server import Server


class Terminal:
    """A program that runs at a pseudo-terminal; what it shows is kept."""

    def __init__(self, nickname: str, program: str, *words: str, stays: bool = False) -> None:
        """Start it, or skip the test where it is not installed.

        Args:
            nickname: Who is at it.
            program: What runs.
            words: Its arguments.
            stays: It goes on reading keys once the server has closed.
        """
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")
        self.nickname = nickname
        self.text = ""
        self._stays = stays
        self._child = pexpect.spawn(
            program,
            [*words],
            encoding="utf-8",
            codec_errors="replace",  # at nc, who is slow at the prompt is offered binary, as if by telnet
            timeout=PATIENCE_SECONDS,
            echo=False,
            dimensions=(50, 500),
        )
        self._child.delaybeforesend = None

    def comes_in(self) -> None:
        """Answer the prompt."""
        self.waits_for("NICKNAME")
        self.says(self.nickname)
        self.waits_for(came(self.nickname))

    def says(self, text: str) -> None:
        self._child.sendline(text)

    def types(self, text: str) -> None:
        """Type without Enter."""
        self._child.send(text)

    def presses(self, key: str) -> None:
        """Press Ctrl and a key."""
        self._child.sendcontrol(key)

    def waits_for(self, wanted: str) -> None:
        """Wait until it was shown, perhaps long ago."""
        while wanted not in self.text:
            try:
                self.text += self._child.read_nonblocking(65536, PATIENCE_SECONDS)
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                raise AssertionError(f"{wanted!r} never came: {self.text!r}") from error

    def leaves(self) -> None:
        """Say goodbye, and wait until the program has ended."""
        self.says("/quit")
        self.waits_for("Goodbye.")
        if self._stays:
            self.presses("d")
        self.ends()

    def ends(self) -> None:
        """Wait until the program has ended; what it still showed is kept."""
        try:
            while True:
                self.text += self._child.read_nonblocking(65536, PATIENCE_SECONDS)
        except pexpect.EOF:
            self._child.wait()
        except pexpect.TIMEOUT as error:
            raise AssertionError(f"it never ended: {self.text!r}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()
        self._child.close()


def telnet(server: Server, nickname: str) -> Terminal:
    """Debian's telnet."""
    return Terminal(nickname, "telnet", "127.0.0.1", str(server.port("tcp")))


def nc(server: Server, nickname: str) -> Terminal:
    """OpenBSD's netcat."""
    return Terminal(nickname, "nc", "127.0.0.1", str(server.port("tcp")), stays=True)
