"""One session on an SSH connection, as both ports have it: its terminal, its one deed, its output and its end."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.conch.ssh import session
from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import getNS
from twisted.conch.ssh.connection import EXTENDED_DATA_STDERR, MSG_CHANNEL_DATA

from twistchat.interfaces.ssh.quiet import quiet

LEAST_PACKET = 512
"""Bytes of data that a client has to take in one packet; they announce 32 KiB. With one byte each, a line were a
thousand packets."""

MOST_ENVIRONMENT = 32
"""Variables that a client may set."""

_TO = struct.Struct(">LL")  # a channel's number at its other end, and how much data follows (RFC 4254 5.2)

COLUMNS = 80
"""Of a terminal that does not say."""


class SessionChannel(SSHChannel):
    """A channel of conch's. What does not fit into the client's window waits here, where it is counted.

    Rule 1: a session does one thing, a shell, a command or a subsystem (RFC 4254 6.5), once the client has its answer.
    Rule 2: its exit status goes out once all that was said is out of here.
    """

    name = b"session"
    _log = quiet
    conn: Any
    avatar: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns: int | None = None
        """Of its terminal; None where there is none."""
        self.term = ""
        """What kind of terminal that is."""
        self.environment: dict[str, str] = {}
        self.held = 0
        """Bytes that wait for the client's window."""
        self._kept: deque[tuple[bytes, int | None]] = deque()
        self._status: int | None = None
        self.is_begun = False
        """Whether it was asked to do something."""

    # --- what the client asks for

    def requestReceived(self, requestType: bytes, data: bytes) -> Any:
        """Conch's hook. It would log whatever a request that cannot be read makes it raise, each time."""
        try:
            return super().requestReceived(requestType, data)
        except Exception as error:
            self.conn.transport.not_understood(error)
            return False

    def request_pty_req(self, data: bytes) -> bool:
        """Conch's hook: the client has a terminal."""
        kind, size, _modes = session.parseRequest_pty_req(data)
        self.term = kind.decode("ascii", "replace")
        self.columns = size[1] or COLUMNS
        return True

    def request_window_change(self, data: bytes) -> bool:
        """Conch's hook: the terminal has another size."""
        self.columns = session.parseRequest_window_change(data)[1] or COLUMNS
        self.resized(self.columns)
        return True

    def request_env(self, data: bytes) -> bool:
        """Conch's hook: ssh sends LANG and the like; nothing else is kept."""
        name, value, _ = getNS(data, 2)
        is_kept = name.startswith((b"LC_", b"LANG")) or name == b"NO_COLOR"
        if is_kept and len(self.environment) < MOST_ENVIRONMENT:
            self.environment[name.decode("ascii", "replace")] = value[:100].decode("utf-8", "replace")
        return is_kept

    def begin(self, what: Callable[[], object]) -> bool:
        """Do it once the client has its answer, which goes out when this returns; once in a session (RFC 4254 6.5)."""
        if self.is_begun:
            return False
        self.is_begun = True
        self.conn.transport.began()
        self.avatar.turns.ask(lambda: None if self.localClosed else what())
        return True

    def resized(self, columns: int) -> None:
        """Take in another width of the terminal."""

    # --- what it is sent

    def say(self, data: bytes, kind: int | None = None) -> None:
        """Send bytes, or keep them until the client's window opens.

        Args:
            data: What.
            kind: Of extended data (RFC 4254 5.2); None for standard output.
        """
        if self.localClosed or self.closing:
            return
        if not self._kept and len(data) <= self.remoteWindowLeft:
            self._put(data, kind)
            return
        self._kept.append((data, kind))
        self.held += len(data)
        self._fill_window()  # all of it: a client may open it again only once it is half full
        self.conn.transport.check_held()

    def complain(self, data: bytes) -> None:
        """Send bytes to standard error."""
        self.say(data, EXTENDED_DATA_STDERR)

    def _put(self, data: bytes, kind: int | None) -> None:
        self.remoteWindowLeft -= len(data)
        for start in range(0, len(data), self.remoteMaxPacket):
            part = data[start : start + self.remoteMaxPacket]
            if kind is not None:
                self.conn.sendExtendedData(self, kind, part)
            elif not self.localClosed:  # a delivery: conch's sendData would copy it twice
                head = _TO.pack(self.conn.channelsToRemoteChannel[self], len(part))
                self.conn.transport.sendPacket(MSG_CHANNEL_DATA, head + part)

    def addWindowBytes(self, data: int) -> None:
        """Conch's hook: the client has read."""
        self.remoteWindowLeft += data
        self._fill_window()
        self._finish_when_all_is_out()

    def _fill_window(self) -> None:
        while self._kept and self.remoteWindowLeft > 0 and not self.localClosed:
            frame, kind = self._kept.popleft()
            part = frame[: self.remoteWindowLeft]
            if len(part) < len(frame):
                self._kept.appendleft((frame[len(part) :], kind))
            self.held -= len(part)
            self._put(part, kind)

    # --- the end

    def finish(self, status: int) -> None:
        """Tell the exit status and close, once all that was said is out."""
        self._status = status
        self._finish_when_all_is_out()

    def _finish_when_all_is_out(self) -> None:
        if self._status is None or self._kept or self.localClosed:
            return
        self.conn.sendRequest(self, b"exit-status", struct.pack(">L", self._status))
        self.conn.sendEOF(self)
        self.loseConnection()

    def closed(self) -> None:
        """Conch's hook: the session is over, or the connection is."""
        self._kept.clear()
        self.held = 0
