"""One session of an administrator: the prompt on a terminal, or a verb with its output and exit status."""

from __future__ import annotations

import struct
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from twisted.conch.ssh import session
from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import getNS
from twisted.conch.ssh.connection import EXTENDED_DATA_STDERR
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.admin import command
from twistchat.admin.console import Console
from twistchat.admin.watchdog import Watchdog, waiting_bytes
from twistchat.errors import TextTooLong
from twistchat.interfaces.ssh.quiet import quiet

log = Logger()

MOST_INPUT = 64 * 1024
"""Bytes of standard input that a verb may take."""

MOST_HELD = 1024 * 1024
"""Bytes kept for a client that does not read; over that its session ends."""

NO_TERMINAL = "The prompt needs a terminal: ssh -t HOST; or give a verb: ssh HOST help\n"


class AdminChannel(SSHChannel):
    """A channel of conch's; it serves `command.StandardStreams`, and gives a Console its terminal."""

    name = b"session"
    _log = quiet
    conn: Any
    avatar: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._columns: int | None = None  # None where there is no terminal
        self._console: Console | None = None
        self._running: Deferred[int] | None = None
        self._input = bytearray()
        self._is_input_over = False
        self._readers: list[Deferred[bytes]] = []
        self._interrupted: list[Deferred[None]] = []
        self._status: int | None = None
        self._is_begun = False

    # --- what the client asks for

    def request_pty_req(self, data: bytes) -> bool:
        """Conch's hook: the client has a terminal."""
        _kind, size, _modes = session.parseRequest_pty_req(data)
        self._columns = size[1]
        return True

    def request_window_change(self, data: bytes) -> bool:
        """Conch's hook: the terminal has another size."""
        self._columns = session.parseRequest_window_change(data)[1]
        if self._console is not None:
            self._console.resize(self._columns)
        return True

    def request_env(self, data: bytes) -> bool:
        """Conch's hook: ssh sends LANG and the like, which are let be; we speak UTF-8 in any case."""
        return getNS(data)[0].startswith((b"LC_", b"LANG"))

    def request_shell(self, _data: bytes) -> bool:
        """Conch's hook: the prompt is wanted."""
        return self._begin(self._open_console)

    def request_exec(self, data: bytes) -> bool:
        """Conch's hook: a verb is given."""
        line = getNS(data)[0].decode("utf-8", "replace")
        return self._begin(lambda: self._run(line))

    def _begin(self, what: Any) -> bool:
        """Do it once the client has its answer, which goes out when this returns; once in a session (RFC 4254 6.5)."""
        if self._is_begun:
            return False
        self._is_begun = True
        self.avatar.clock.callLater(0, lambda: None if self.localClosed else what())
        return True

    def _open_console(self) -> None:
        if self._columns is None:
            self.error(NO_TERMINAL)
            self._finish(command.WRONG_USE)
            return
        operator, has_python = self.avatar.operator, self.avatar.has_python
        leave = partial(self._finish, command.DONE)
        self._console = Console(operator, self._columns, self._say, leave, has_python, self._guard)

    def _guard(self) -> AbstractContextManager[None]:
        """Watched over while a line runs: what the client sends meanwhile breaks it off."""
        watchdog: Watchdog = self.avatar.watchdog
        fileno = getattr(self.conn.transport.transport, "fileno", None)  # a wrapped connection has none
        return watchdog.guard(partial(waiting_bytes, -1 if fileno is None else fileno()))

    def _run(self, line: str) -> None:
        self._running = Deferred.fromCoroutine(command.run(line, self.avatar.operator, self))
        self._running.addCallbacks(self._finish, self._failed)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("admin: a verb failed in a way that it should not", failure)
            self.error("That failed because of an error in the server; its log says more.\n")
        self._finish(command.REFUSED)

    # --- what it sends

    def dataReceived(self, data: bytes) -> None:
        """Conch's hook: typed, or standard input."""
        if self._console is not None:
            self._console.receive(data)
        elif self._columns is not None and b"\x03" in data:
            self._fire_interrupted()
        elif len(self._input) + len(data) > MOST_INPUT:
            self._end_input(too_long=True)
        else:
            self._input += data

    def eofReceived(self) -> None:
        """Conch's hook: standard input has ended."""
        self._end_input()
        if self._console is not None:
            self._finish(command.DONE)

    def closed(self) -> None:
        """Conch's hook: the session is over, or the connection is."""
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
        self._say(text.replace("\n", "\r\n") if self._columns is not None else text)

    def error(self, text: str) -> None:
        """Write to standard error."""
        if self._columns is not None:
            self.out(text)
        elif not self.localClosed:
            self.writeExtended(EXTENDED_DATA_STDERR, text.encode("utf-8", "replace"))

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
        if self.localClosed or self.closing:
            return
        if len(self.buf) > MOST_HELD:
            log.info("admin: a session of {who} let go: it does not read", who=self.avatar.operator.who)
            self.buf = b""
            self.loseConnection()
            return
        self.write(text.encode("utf-8", "replace"))

    # --- the end

    def addWindowBytes(self, data: int) -> None:
        """Conch's hook: the client has read."""
        super().addWindowBytes(data)
        self._finish_when_all_is_out()

    def _finish(self, status: int) -> None:
        """Tell the exit status and close, once all that was written is out."""
        self._status = status
        self._finish_when_all_is_out()

    def _finish_when_all_is_out(self) -> None:
        if self._status is None or self.buf or self.extBuf or self.localClosed:
            return
        self.conn.sendRequest(self, b"exit-status", struct.pack(">L", self._status))
        self.conn.sendEOF(self)
        self.loseConnection()
