"""A connection to Redis that comes back by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.cluster.resp import CommandRefused, ConnectionGone, RedisProtocol, Word
from twistchat.core.clocks import Clock, DelayedCall, cancel

log = Logger()

FIRST_DELAY, LONGEST_DELAY = 0.05, 0.5
"""Seconds before the next try; each is twice the one before. A takeover takes a second and more, a restart a tenth."""

CONNECT_SECONDS = 2.0

ANSWER_SECONDS = 3.0
"""How long an answer may take; then the connection is taken for dead, as where a cable was pulled."""


class _Connecting(Factory["RedisProtocol"]):
    noisy = False

    def __init__(self, make: Callable[[], RedisProtocol]) -> None:
        self._make = make

    def buildProtocol(self, addr: IAddress | None) -> RedisProtocol:
        return self._make()


class RedisLink:
    """One connection to Redis, or none for a while."""

    def __init__(
        self,
        clock: Clock,
        endpoint: IStreamClientEndpoint,
        hello: Sequence[Word],
        up: Callable[[], None],
        down: Callable[[], None],
        pushed: Callable[[list[Any]], None],
    ) -> None:
        """Name where it goes; nothing is connected yet.

        Args:
            clock: Time for intervals.
            endpoint: Where Redis is.
            hello: The first command: that RESP3 is spoken, and who this is.
            up: Called each time that a connection is there and its hello was taken.
            down: Called each time that it is gone.
            pushed: Called with what Redis says unasked.
        """
        self._clock = clock
        self._endpoint = endpoint
        self._hello = hello
        self._up, self._down, self._pushed = up, down, pushed
        self._protocol: RedisProtocol | None = None
        self._is_wanted = self._is_up = False
        self._delay = FIRST_DELAY
        self._next: DelayedCall | None = None
        self._seen = (-1, 0.0)  # how many answers there were, and since when there are no more
        self._was_silent = 0.0
        self._handed: Callable[[RedisProtocol], object] | None = None
        self.trouble: str | None = None
        """Why there is no connection, as far as that is known."""

    @property
    def is_up(self) -> bool:
        """Whether commands can be given."""
        return self._is_up

    def start(self) -> None:
        """Connect, and whenever the connection is lost do so again; idempotent."""
        if not self._is_wanted:
            self._is_wanted = True
            self._connect()

    def stop(self) -> None:
        """End; idempotent."""
        self._is_wanted = False
        cancel(self._next)
        self.abort()

    def abort(self) -> None:
        """End the connection that there is, so that a new one is made."""
        if self._protocol is not None:
            self._protocol.abort()

    def call(self, *words: Word) -> Deferred[Any]:
        """Give a command; see `RedisProtocol.call`."""
        return fail(ConnectionGone()) if self._protocol is None or not self._is_up else self._protocol.call(*words)

    def subscribe(self, channel: str) -> None:
        """Have what is published on a channel pushed, as long as this connection lasts."""
        if self._protocol is not None:
            self._protocol.subscribe(channel)

    # --- handed to another process

    @property
    def is_idle(self) -> bool:
        """Whether it is up, and nothing is on its way."""
        return self._is_up and self._protocol is not None and self._protocol.is_idle

    @property
    def transport(self) -> Any:
        """What the connection that there is goes by."""
        return None if self._protocol is None else self._protocol.transport

    def go_on_with(self, connect: Callable[[RedisProtocol], object]) -> None:
        """Begin with a connection that another process had, in place of a new one: what came by it still waits there.

        Args:
            connect: Gives it to a protocol.
        """
        self._handed = connect

    # ---

    @property
    def silence(self) -> float:
        """For how many seconds Redis has left commands without an answer, as `look` has seen, or did at the end."""
        protocol = self._protocol
        if protocol is None:
            return self._was_silent
        if not protocol.unanswered or protocol.answered != self._seen[0]:
            return 0.0
        return self._clock.seconds() - self._seen[1]

    def look(self) -> None:
        """End the connection where an answer is overdue; to be called every second or so."""
        now, protocol = self._clock.seconds(), self._protocol
        if protocol is None or not protocol.unanswered or protocol.answered != self._seen[0]:
            self._seen = (-1 if protocol is None else protocol.answered, now)
        elif now - self._seen[1] >= ANSWER_SECONDS:
            log.error("cluster: Redis has not answered for {seconds} seconds", seconds=ANSWER_SECONDS)
            protocol.abort()

    def _connect(self) -> None:
        self._next = None
        if self._handed is not None:
            connect, self._handed = self._handed, None
            connect(self._protocol_of_its_own())
            return
        factory = _Connecting(self._protocol_of_its_own)
        connecting = self._endpoint.connect(factory)
        connecting.addTimeout(CONNECT_SECONDS, self._clock)  # type: ignore[arg-type]
        connecting.addErrback(self._not_connected)

    def _protocol_of_its_own(self) -> RedisProtocol:
        return RedisProtocol(self._came, self._went, self._pushed)

    def _not_connected(self, failure: Failure) -> None:
        self._tell(failure.getErrorMessage())
        self._connect_later()

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.error("cluster: no connection to Redis: {trouble}", trouble=trouble)
        self.trouble = trouble

    def _connect_later(self) -> None:
        if self._is_wanted and self._next is None:
            self._next = self._clock.callLater(self._delay, self._connect)
            self._delay = min(2 * self._delay, LONGEST_DELAY)

    def _came(self, protocol: RedisProtocol) -> None:
        if not self._is_wanted or self._protocol is not None:
            protocol.abort()
            return
        self._protocol = protocol
        protocol.call(*self._hello).addCallbacks(lambda _: self._greeted(protocol), self._not_greeted)

    def _greeted(self, protocol: RedisProtocol) -> None:
        self.trouble = None
        self._delay = FIRST_DELAY
        self._is_up = True
        self._up()

    def _not_greeted(self, failure: Failure) -> None:
        if failure.check(CommandRefused):
            self._tell(f"it refuses us: {failure.value}")
            self._delay = LONGEST_DELAY
        self.abort()

    def _went(self, protocol: RedisProtocol) -> None:
        if protocol is not self._protocol:
            return
        self._was_silent, self._protocol = self.silence, None
        was_up, self._is_up = self._is_up, False
        if was_up:
            self._down()
        self._connect_later()
