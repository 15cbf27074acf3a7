"""Redis's protocol on one connection: commands go out as they come, answers come back in their order (RESP3).

Not txredisapi: a command and its answer cost it 46 us of CPU, and 9 here; it queues commands without bound while it is
not connected, and knows no RESP3, so that private messages would need a connection of their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

MOST_UNANSWERED = 4096
"""Commands that may wait for their answers on one connection; a server has one batch and a few questions at a time."""

Word = str | bytes | int | float


def field(info: bytes | str, name: str) -> str:
    """One of the fields of what INFO answers."""
    text = info.decode() if isinstance(info, bytes) else info
    return next(line for line in text.split("\r\n") if line.startswith(f"{name}:")).partition(":")[2]


class ConnectionGone(Exception):
    """There is no connection, or it was lost before the answer came: whether the command was done is not known."""


class CommandRefused(Exception):
    """Redis, or one of our scripts, refused a command; the text begins with a word that says why."""

    @property
    def word(self) -> str:
        """The word that says why, such as `OOM`."""
        return str(self).partition(" ")[0]


class RedisProtocol(Protocol):
    """One connection."""

    def __init__(
        self,
        came: Callable[[RedisProtocol], None],
        went: Callable[[RedisProtocol], None],
        pushed: Callable[[list[Any]], None],
    ) -> None:
        """Wait for the connection.

        Args:
            came: Called once it is there.
            went: Called once it is gone, after all commands that were not answered have failed.
            pushed: Called with what Redis says unasked: published messages.
        """
        self._came, self._went, self._pushed = came, went, pushed
        self._reader = hiredis.Reader()
        self._asked: deque[Deferred[Any]] = deque()
        self.answered = 0
        """Commands that were answered."""

    @property
    def unanswered(self) -> int:
        """Commands that wait for an answer."""
        return len(self._asked)

    @property
    def is_idle(self) -> bool:
        """Whether no answer is waited for, and nothing has come in part: another process can go on with it."""
        return not self._asked and not self._reader.has_data()

    def connectionMade(self) -> None:
        assert self.transport is not None
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)  # a batch waits for the answer to the one before
        self._came(self)

    def call(self, *words: Word) -> Deferred[Any]:
        """Send a command.

        Returns:
            Its answer. Fails with ConnectionGone or CommandRefused.
        """
        if not self.connected or len(self._asked) >= MOST_UNANSWERED:
            return fail(ConnectionGone())
        assert self.transport is not None
        self.transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]
        answer: Deferred[Any] = Deferred()
        self._asked.append(answer)
        return answer

    def subscribe(self, channel: str) -> None:
        """Have what is published on a channel pushed; RESP3 answers that by a push, too."""
        if self.connected:
            assert self.transport is not None
            self.transport.write(hiredis.pack_command(("SUBSCRIBE", channel)))  # type: ignore[arg-type]

    def dataReceived(self, data: bytes) -> None:
        self._reader.feed(data)
        while self.connected and (reply := self._next()) is not False:
            self._take(reply)

    def _next(self) -> Any:
        """The next answer; False while there is none, or none that can be read."""
        try:
            return self._reader.gets()
        except (hiredis.ProtocolError, TypeError):  # the latter for a map that has a list for a key
            self.abort()
            return False

    def _take(self, reply: Any) -> None:
        if isinstance(reply, hiredis.PushNotification):
            self._pushed(reply)
        elif not self._asked:
            self.abort()  # not what we talk to
        elif isinstance(reply, hiredis.ReplyError):
            self._answered().errback(CommandRefused(str(reply)))
        else:
            self._answered().callback(reply)

    def _answered(self) -> Deferred[Any]:
        self.answered += 1
        return self._asked.popleft()

    def abort(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.connected = 0
        asked, self._asked = self._asked, deque()
        for each in asked:
            each.errback(ConnectionGone())
        self._went(self)
