"""What calls need of several servers: one key, one place for how far each call is, and whose turn it is.

Rule 1: Redis says whose turn it is: who calls goes on as long as its lease holds, and then whoever asks first. Servers
    ask with each beat, so that another takes over within a lease and a fifth of one.
Rule 2: a server calls only while it knows that its lease holds: it counts from when it asked, by its own clock. With
    the connection it loses its turn at once, and breaks off what it waits for.
Rule 3: before each request, and after it, the position is kept in Redis, by whose turn it is alone. So two servers that
    live do not send the same, but for a request that was on its way when the lease ended.
Rule 4: each server keeps in its folder what Redis has, the key too, and gives it back to a Redis that has lost it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.calls.places import OwnPlace
from twistchat.calls.positions import Position
from twistchat.cluster.copy import Copy
from twistchat.cluster.resp import CommandRefused, ConnectionGone
from twistchat.cluster.scripts import PREFIX, Scripts
from twistchat.core.clocks import Clock, DelayedCall, cancel

log = Logger()

CALLED = PREFIX + "called"
"""Where Redis keeps how far each call is, by the number of its act."""


class SharedPlace:
    """The CallsPlace of one server of several; it is their Positions, too."""

    are_shared = True

    def __init__(self, scripts: Scripts, copy: Copy, clock: Clock, server: str, lease: float, own: OwnPlace) -> None:
        """It is not this server's turn yet.

        Args:
            scripts: Those of the connection that writes.
            copy: This server's copy of the log.
            clock: Time for intervals.
            server: This one.
            lease: Seconds.
            own: The state folder's, which has what Redis has.
        """
        self._scripts = scripts
        self._copy = copy
        self._clock = clock
        self._server = server
        self._lease = lease
        self._own = own
        self._changed: Callable[[], None] | None = None
        self._run = ""
        self._number = 0
        self._until: float | None = None
        self._ending: DelayedCall | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is this server's turn."""
        return self._until is not None and self._clock.seconds() < self._until

    @property
    def positions(self) -> SharedPlace:
        """How far each call has come."""
        return self

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing of the state folder's is being written; what Redis is told it deals with in order."""
        return self._own.is_at_rest

    def key(self) -> bytes:
        """What secrets are made of; all servers have the same once they have met."""
        return self._own.key()

    def start(self, changed: Callable[[], None]) -> None:
        """Take turns from now on."""
        self._changed = changed

    def stop(self) -> Deferred[None]:
        """Take none any more; another has its turn once this server has left."""
        self._changed = None
        self.lose()
        return self._own.stop()

    # --- what the cluster tells it

    async def opened(self) -> None:
        """Have the key that all have.

        Raises:
            ConnectionGone, CommandRefused: Redis does not say.
        """
        if self._changed is None:
            return
        had_one = self._own.has_key
        try:
            mine = self._own.key()
        except OSError as error:
            log.error("calls: their key cannot be had: {error}", error=str(error))
            return
        theirs = await self._scripts.run("callkey", mine)
        if theirs != mine:
            if had_one:
                log.error("calls: the others have another key: calls that were made here alone have new secrets now.")
            try:
                self._own.take_key(theirs)
            except OSError as error:
                log.error("calls: the key of all servers cannot be kept here: {error}", error=str(error))

    def beaten(self, sent: float, run: str) -> None:
        """Ask whose turn it is, as the lease holds.

        Args:
            sent: When it was asked to be prolonged, by the clock for intervals.
            run: Which process Redis is.
        """
        if self._changed is not None:
            self._run = run
            asked = self._scripts.run("caller", self._server, run)
            asked.addCallback(self._told, sent).addErrback(_not_told)

    def lose(self) -> None:
        """It is not this server's turn, as far as it knows; idempotent."""
        had, self._until = self._until is not None, None
        cancel(self._ending)
        if had and self._changed is not None:
            log.info("calls: this server does them no more.")
            self._changed()

    def _told(self, answer: Sequence[Any], sent: float) -> None:
        if self._changed is None:
            return
        holder, self._number, *found = answer
        for call, text in zip(found[::2], found[1::2], strict=True):
            self._learn(int(call), _read(text))
        until = sent + self._lease
        if holder != self._server.encode() or until <= self._clock.seconds():
            self.lose()
        else:
            self._have(until)

    def _have(self, until: float) -> None:
        had, self._until = self._until is not None, until
        cancel(self._ending)
        self._ending = self._clock.callLater(until - self._clock.seconds(), self.lose)
        if not had and self._changed is not None:
            log.info("calls: this server does them.")
            self._changed()

    def _learn(self, call: int, position: Position) -> None:
        known = self._own.positions.get(call)
        if (known is None or position.at >= known.at) and position != known:
            self._own.positions.put(call, position)

    # --- the Positions port

    def get(self, call: int) -> Position | None:
        """Where a call has come to, which is not behind the end of the common log."""
        position, last = self._own.positions.get(call), max(self._number, self._copy.last)
        return Position(last) if position is not None and position.at > last else position

    def put(self, call: int, position: Position) -> Deferred[bool]:
        """Keep one in Redis, if it is this server's turn there, and here."""
        text = f"{position.at} {position.to or 0} {position.skipped}"
        kept = self._scripts.run("called", self._server, self._run, call, text)
        return kept.addCallbacks(self._kept, _not_kept, callbackArgs=(call, position))

    def _kept(self, is_ours: int, call: int, position: Position) -> bool:
        if not is_ours:
            self.lose()
        elif self._changed is not None:
            self._own.positions.put(call, position)
        return bool(is_ours)

    def forget_others(self, calls: set[int]) -> None:
        """Keep those of these calls alone, and of those that this server may not have heard of yet."""
        known = self._own.positions
        gone = {call for call in known.numbers - calls if call <= self._copy.last}
        known.forget_others(known.numbers - gone)
        if gone:
            self._scripts.forget(CALLED, gone).addErrback(_not_told)


def _read(text: bytes) -> Position:
    at, to, skipped = map(int, text.split())
    return Position(at, to or None, skipped)


def _not_told(failure: Failure) -> None:
    failure.trap(ConnectionGone, CommandRefused)  # the cluster itself says what is wrong


def _not_kept(failure: Failure) -> bool:
    failure.trap(ConnectionGone, CommandRefused)
    return False
