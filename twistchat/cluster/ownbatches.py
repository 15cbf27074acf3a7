"""This server's batches that are on their way into the common log.

Rule 1: each has a number of its own that grows, so that one which is sent again is stored once.
Rule 2: one that was sent and is not answered may be stored. It waits, and is sent again on the next connection, until
    it comes by the stream or its time is up; whoever said it is then told that this is not known.
Rule 3: one that was given up does not come later unless it was stored by then: `settled` says so to Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.cluster.batches import Batch, Row, packed
from twistchat.cluster.names import FAR, ClusterNames
from twistchat.cluster.peoplebyserver import moves
from twistchat.cluster.resp import CommandRefused, ConnectionGone, Word
from twistchat.cluster.scripts import KEPT_IN_STREAM, Scripts
from twistchat.core.clocks import Clock, DelayedCall
from twistchat.errors import NotStored, Phrase, StillUnknown

KNOWN_SECONDS = 5.0
"""How long somebody waits for what they said before they are told that nobody knows what became of it."""

STORES_NOTHING = Phrase("the servers' common log stores nothing at present")

_ANSWERED_BY_OPENING = ("RECOVERING", "FENCED", "READONLY", "NOSCRIPT")
"""Refusals after which the connection is opened anew, which finds out what became of a batch."""


@dataclass
class OwnBatch:
    """A batch that is on its way."""

    seq: int
    rows: Sequence[Row]
    packed: bytes
    is_of_chat: bool
    """Whether it is the chat's, which waits for one at a time; else it is an act, or sets right who is where."""

    ops: Sequence[str] = ()
    """Who comes and goes in it, and which keys of names are free from it on, as the script has it."""

    answer: Deferred[Batch] = field(default_factory=Deferred)
    """Fires with it once it was brought."""

    freed: Sequence[str] = ()
    """Those keys."""

    deadline: DelayedCall | None = None
    was_sent: bool = False


class OwnBatches:
    """Those that have not come by the stream yet."""

    def __init__(self, scripts: Scripts, clock: Clock, server: str, names: ClusterNames) -> None:
        """Have none yet.

        Args:
            scripts: Those of the connection that writes.
            clock: Time for intervals.
            server: This one.
            names: Tells which keys of names are free from a batch on.
        """
        self._scripts = scripts
        self._clock = clock
        self._server = server
        self._names = names
        self._last = 0
        self._waiting: dict[int, OwnBatch] = {}
        self.run: str | None = None
        """Which process Redis is, while it is open; None while nothing is to be sent."""
        self.lost: Callable[[], None] = lambda: None
        """Called where the connection is to be made anew to find out what became of a batch."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def settled(self) -> int:
        """Up to which of them none is waited for."""
        return min(self._waiting) - 1 if self._waiting else self._last

    def count_on(self, last: int) -> None:
        """Go on with the numbers where another process of this server has ended, all of whose batches are stored."""
        self._last = last

    def add(self, rows: Sequence[Row], is_of_chat: bool, ops: Sequence[str] = ()) -> Deferred[Batch]:
        """Send a batch, as soon as Redis is open.

        Args:
            rows: What is in it.
            is_of_chat: Whether it is the chat's.
            ops: What Redis shall do with it, beside what follows from who comes and goes in it.

        Returns:
            It, once it was brought. Fails with NotStored, or with StillUnknown.

        Raises:
            UnicodeEncodeError: It cannot be written.
        """
        written = packed(rows)
        self._last += 1
        own = self._waiting[self._last] = OwnBatch(self._last, rows, written, is_of_chat, ops)
        own.deadline = self._clock.callLater(KNOWN_SECONDS, self._is_late, own)
        if self.run is not None:
            self._send(own)
        return own.answer

    def came(self, batch: Batch) -> OwnBatch | None:
        """The batch that the stream has brought, if it is one of these; it waits no more."""
        return self._taken_out(batch.seq) if batch.server == self._server else None

    def send_again(self, run: str, done: int) -> None:
        """Send what waits, as Redis is open again.

        Args:
            run: Which process it is.
            done: The last of this server's batches that it has.
        """
        self.run = run
        for seq, own in sorted(self._waiting.items()):
            if seq > done:
                self._send(own)

    def give_up(self) -> None:
        """Fail all that wait: it is known that they are not stored."""
        for seq in sorted(self._waiting):
            self._fail(seq, NotStored(FAR))

    def _send(self, own: OwnBatch) -> None:
        if not own.was_sent:
            own.was_sent = True
            self._look_at_moves(own)
        words: list[Word] = [self._server, self.run or "", own.seq, len(own.rows), KEPT_IN_STREAM, own.packed]
        sent = self._scripts.run("append", *words, *own.ops)
        sent.addErrback(self._not_stored, own.seq)

    def _look_at_moves(self, own: OwnBatch) -> None:
        changes = [*moves(own.rows)]
        if changes:
            own.freed = self._names.freed(changes)
            freed = [word for key in own.freed for word in ("f", key)]
            own.ops = [*(word for change in changes for word in change), *freed]

    def _not_stored(self, failure: Failure, seq: int) -> None:
        error = failure.value
        if isinstance(error, ConnectionGone):
            return  # it is sent again
        assert isinstance(error, CommandRefused), failure
        if error.word in _ANSWERED_BY_OPENING:
            self.run = None
            self.lost()
        else:
            self._fail(seq, NotStored(STORES_NOTHING))

    def _is_late(self, own: OwnBatch) -> None:
        error = StillUnknown() if own.was_sent else NotStored(FAR)
        self._fail(own.seq, error)
        if own.was_sent:
            self.run = None
            self.lost()

    def _fail(self, seq: int, error: NotStored | StillUnknown) -> None:
        own = self._taken_out(seq)
        if own is not None:
            self._names.not_freed(own.freed)
            own.answer.errback(error)

    def _taken_out(self, seq: int) -> OwnBatch | None:
        own = self._waiting.pop(seq, None)
        if own is not None and own.deadline is not None and own.deadline.active():
            own.deadline.cancel()
        return own
