"""One session of an administrator: the prompt on a terminal, or a verb with its output and exit status."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from twisted.conch.ssh.common import getNS
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.admin import command
from twistchat.admin.console import Console
from twistchat.admin.watchdog import Watchdog, waiting_bytes
from twistchat.errors import TextTooLong
from twistchat.interfaces.ssh.channel import SessionChannel

log = Logger()

MOST_INPUT = 64 * 1024
"""Bytes of standard input that a verb may take."""

NO_TERMINAL = "The prompt needs a terminal: ssh -t HOST; or give a verb: ssh HOST help\n"


class AdminChannel(SessionChannel):
    """It serves `command.StandardStreams`, and gives a Console its terminal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._console: Console | None = None
        self._running: Deferred[int] | None = None
        self._input = bytearray()
        self._is_input_over = False
        self._readers: list[Deferred[bytes]] = []
        self._interrupted: list[Deferred[None]] = []

    # --- what the client asks for

    def resized(self, columns: int) -> None:
        """Take in another width of the terminal."""
        if self._console is not None:
            self._console.resize(columns)

    def request_shell(self, _data: bytes) -> bool:
        """Conch's hook: the prompt is wanted."""
        return self.begin(self._open_console)

    def request_exec(self, data: bytes) -> bool:
        """Conch's hook: a verb is given."""
        line = getNS(data)[0].decode("utf-8", "replace")
        return self.begin(lambda: self._run(line))

    def _open_console(self) -> None:
        if self.columns is None:
            self.error(NO_TERMINAL)
            self.finish(command.WRONG_USE)
            return
        operator, has_python = self.avatar.operator, self.avatar.has_python
        leave = partial(self.finish, command.DONE)
        self._console = Console(operator, self.columns, self._say, leave, has_python, self._guard)

    def _guard(self) -> AbstractContextManager[None]:
        """Watched over while a line runs: what the client sends meanwhile breaks it off."""
        watchdog: Watchdog = self.avatar.watchdog
        fileno = getattr(self.conn.transport.transport, "fileno", None)  # a wrapped connection has none
        return watchdog.guard(partial(waiting_bytes, -1 if fileno is None else fileno()))

    def _run(self, line: str) -> None:
        self._running = Deferred.fromCoroutine(command.run(line, self.avatar.operator, self))
        self._running.addCallbacks(self.finish, self._failed)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("admin: a verb failed in a way that it should not", failure)
            self.error("That failed because of an error in the server; its log says more.\n")
        self.finish(command.REFUSED)

    # --- what it sends

    def dataReceived(self, data: bytes) -> None:
        """Conch's hook: typed, or standard input."""
        if self._console is not None:
            self._console.receive(data)
        elif self.columns is not None and b"\x03" in data:
            self._fire_interrupted()
        elif len(self._input) + len(data) > MOST_INPUT:
            self._end_input(too_long=True)
        else:
            self._input += data

    def eofReceived(self) -> None:
        """Conch's hook: standard input has ended."""
        self._end_input()
        if self._console is not None:
            self.finish(command.DONE)

    def closed(self) -> None:
        """Conch's hook: the session is over, or the connection is."""
        super().closed()
        if self._console is not None:
            self._console.close()
        self._fire_interrupted()
        if self._running is not None:
            self._running.cancel()
        self.avatar.channels -= 1

    def _end_input(self, too_long: bool = False) -> None:
        self._is_input_over = True
        readers, self._readers = self._readers, []
        for reader in readers:
            self._answer(reader, too_long)

    def _answer(self, reader: Deferred[bytes], too_long: bool) -> None:
        if too_long:
            reader.errback(TextTooLong(MOST_INPUT))
        else:
            reader.callback(bytes(self._input))

    def _fire_interrupted(self) -> None:
        waiting, self._interrupted = self._interrupted, []
        for deferred in waiting:
            deferred.callback(None)

    # --- streams of a command

    def out(self, text: str) -> None:
        """Write to standard output."""
        self._say(text.replace("\n", "\r\n") if self.columns is not None else text)

    def error(self, text: str) -> None:
        """Write to standard error."""
        if self.columns is not None:
            self.out(text)
        else:
            self.complain(text.encode("utf-8", "replace"))

    def read(self) -> Deferred[bytes]:
        """All of standard input, once it has ended."""
        reader: Deferred[bytes] = Deferred()
        if self._is_input_over:
            self._answer(reader, too_long=False)
        else:
            self._readers.append(reader)
        return reader

    @property
    def interrupted(self) -> Deferred[None]:
        """Fires at Ctrl-C, or when the client is gone."""
        deferred: Deferred[None] = Deferred(lambda gone: self._interrupted.remove(gone))
        self._interrupted.append(deferred)
        return deferred

    def _say(self, text: str) -> None:
        self.say(text.encode("utf-8", "replace"))
