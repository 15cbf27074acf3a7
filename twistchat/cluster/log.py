"""The Log port over the servers' common log: what is appended goes to Redis, and what Redis brings is delivered.

Rule 1: what comes of the stream is kept in this server's copy, and only then delivered. So no server has people who saw
    what it has not, and a Redis that comes back with less is given the rest by the copies.
Rule 2: the past is read from the copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred, fail

from twistchat.cluster.batches import rows_of
from twistchat.cluster.names import FAR
from twistchat.cluster.ownbatches import OwnBatches
from twistchat.core.clocks import Clock
from twistchat.core.events import Entry, Stored
from twistchat.core.names import Place
from twistchat.core.ports import Committed, Deliver, to_nobody
from twistchat.core.queries import Found, Missed, Query, Seen
from twistchat.errors import NotStored, Phrase
from twistchat.log.sqlite import SqliteLog

PATIENCE_SECONDS = 2.0
"""How long lines wait for a connection that was just lost; after that they are refused at once."""


class ClusterLog:
    """The common log, as the chat sees it."""

    def __init__(self, copy: SqliteLog, own: OwnBatches, clock: Clock) -> None:
        """Join the parts.

        Args:
            copy: Where the past is read.
            own: What is on its way.
            clock: Time for intervals.
        """
        self._copy = copy
        self._own = own
        self._clock = clock
        self._deliver: Deliver = to_nobody
        self._closed_since: float | None = None
        self.apart: str | None = Phrase("this server is starting")
        """Why nothing is stored, where it is not the copy; None where all is well."""
        self.silence: Callable[[], float] = lambda: 0.0
        """For how many seconds Redis has not answered."""

    # --- the Log port

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        if self.silence() >= PATIENCE_SECONDS:
            return FAR
        return self._copy.trouble or (None if self._may_wait else self.apart)

    @property
    def _may_wait(self) -> bool:
        since = self._closed_since
        return self.apart is None or (since is not None and self._clock.seconds() - since < PATIENCE_SECONDS)

    def follow(self, deliver: Deliver) -> None:
        """Have all that is committed from now on brought."""
        self._deliver = deliver

    def append(self, events: Sequence[Stored]) -> Deferred[None]:
        """Store events in the common log, all or none, in their order.

        The Deferred fails with NotStored: nobody has seen them; or with StillUnknown: they may come yet, by `follow`.
        """
        if not self._may_wait:
            return fail(NotStored(self.apart or FAR))
        return self._own.add(rows_of(events), is_of_chat=True).addCallback(lambda _: None)

    def latest(self, room: Place, count: int) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room, after what set its topic if that is older."""
        return self._copy.latest(room, count)

    def history(self, room: Place, count: int, before: int | None = None) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room below a number, oldest first."""
        return self._copy.history(room, count, before)

    def between(self, room: str, after: int, before: int, count: int, newest: bool) -> Deferred[Sequence[Entry]]:
        """The entries of a room between two numbers, oldest first."""
        return self._copy.between(room, after, before, count, newest)

    def after(self, number: int, count: int) -> Deferred[Sequence[Entry]]:
        """The entries above a number, of all places, oldest first."""
        return self._copy.after(number, count)

    def terms(self, room: str) -> Deferred[Sequence[Entry]]:
        """What a room's terms follow from."""
        return self._copy.terms(room)

    def first_since(self, time: float) -> Deferred[int]:
        """The number of the first entry from a time on, or one above all."""
        return self._copy.first_since(time)

    def seen(self, after: int, count: int) -> Deferred[Seen]:
        """Whose coming and going is among the next entries."""
        return self._copy.seen(after, count)

    def missed(self, room: str, name: str, count: int, after: int = 0) -> Deferred[Missed | None]:
        """What was said between a person's last two stays in a room."""
        return self._copy.missed(room, name, count, after)

    def search(self, query: Query) -> Deferred[Found]:
        """The newest entries that match, as far as one can look in a second."""
        return self._copy.search(query)

    def close(self) -> Deferred[None]:
        """End; idempotent."""
        self.closed(Phrase("the server is stopping"))
        self._closed_since = None
        return self._copy.close()

    # --- what the cluster tells it

    def opened(self) -> None:
        """Take what is appended from now on."""
        self.apart = self._closed_since = None

    def handed(self, since: float) -> None:
        """Have lines wait for a moment, as when a connection was lost: another process has just stored the last ones.

        Args:
            since: When the moment began, by the clock for intervals.
        """
        self.apart, self._closed_since = FAR, since

    def closed(self, why: str) -> None:
        """Refuse what is appended, after a moment in which that may be over."""
        if self.apart is None:
            self._closed_since = self._clock.seconds()
        self.apart = why

    def bring(self, parts: Sequence[Committed]) -> None:
        """Deliver what was committed."""
        self._deliver(parts)
