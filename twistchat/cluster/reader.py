"""The one way in: the stream, read in its order, kept in the copy and only then handed on.

Rule: nothing is read but of a Redis of which it is known that it goes on from what the copy has. So reading waits, from
when the connection that writes is lost until it was opened again, and each connection that reads is first asked whether
its Redis has the history of that one; a replica has its master's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.cluster.batches import Batch, read_item
from twistchat.cluster.copy import Copy
from twistchat.cluster.link import RedisLink
from twistchat.cluster.resp import ConnectionGone, field
from twistchat.cluster.scripts import PREFIX

log = Logger()

STREAM = PREFIX + "log"

ITEMS_AT_ONCE = 200
"""Of which one takes 30 ms to keep and to deliver where each has a hundred lines; 3 where each has one."""

BLOCK_MILLISECONDS = 1000
"""How long Redis holds a reading of which nothing comes; less than what makes a connection count as dead."""

AGAIN_SECONDS = 0.2
"""Before it is asked again whether Redis may be read."""


def history_of(info: bytes | str) -> str:
    """Which history of changes a Redis has, as its INFO says: the same at a master and its replicas."""
    return field(info, "master_replid")


class StreamReader:
    """Takes what the stream has, from the number on that the copy ends with."""

    def __init__(self, copy: Copy, deliver: Callable[[Sequence[Batch]], None], reactor: Any) -> None:
        """Read nothing yet.

        Args:
            copy: Where all goes first.
            deliver: Takes what was kept.
            reactor: Time for intervals.
        """
        self._copy = copy
        self._reactor = reactor
        self._deliver = deliver
        self._link: RedisLink | None = None
        self._turn = 0  # counts the times that reading was begun: what was asked before is nobody's
        self._history = ""
        """That of the Redis that may be read; empty while none may."""
        self._taken: Deferred[None] = succeed(None)
        self._taking = 0

    def follow(self, link: RedisLink) -> None:
        """Read what comes from now on by a connection, which is up or will be."""
        self._link = link
        self.read()

    def pause(self) -> None:
        """Take nothing, as it is not known any more what Redis has."""
        self._history = ""
        self._turn += 1

    def resume(self, history: str) -> None:
        """Go on, as it is known that the Redis of this history goes on from the copy."""
        self._history = history
        self.read()

    def read(self) -> None:
        """Begin to read; to be called, too, whenever the connection is up again."""
        self._turn += 1
        if self._link is not None and self._link.is_up and self._history:
            asked = self._link.call("INFO", "replication")
            asked.addCallback(self._asked, self._turn).addErrback(self._not_read)

    def _asked(self, info: bytes | str, turn: int) -> Any:
        if turn != self._turn:
            return
        if history_of(info) == self._history:
            self._read_more(turn)
        else:  # a replica that has not followed yet, or another Redis than the one that writes
            self._reactor.callLater(AGAIN_SECONDS, lambda: self.read() if turn == self._turn else None)

    def _read_more(self, turn: int) -> None:
        assert self._link is not None
        words = (
            "XREAD",
            "COUNT",
            ITEMS_AT_ONCE,
            "BLOCK",
            BLOCK_MILLISECONDS,
            "STREAMS",
            STREAM,
            f"{self._copy.last}-0",
        )
        self._link.call(*words).addCallback(self._was_read, turn).addErrback(self._not_read)

    def _was_read(self, answer: Any, turn: int) -> Any:
        if turn != self._turn:
            return None
        if not answer:
            return self._read_more(turn)
        items = answer[STREAM.encode()] if isinstance(answer, dict) else answer[0][1]
        return self.take(items).addCallback(lambda _: self._read_more(turn) if turn == self._turn else None)

    def _not_read(self, failure: Failure) -> None:
        if not failure.check(ConnectionGone):
            log.error("cluster: the stream cannot be read: {error}", error=failure.getErrorMessage())
            assert self._link is not None
            self._link.abort()

    async def settled(self) -> None:
        """Wait until what was read is kept: before that the copy has less than people will see of it."""
        await self.take(())

    async def catch_up(self, link: RedisLink, number: int) -> None:
        """Take what there is up to a number.

        Raises:
            ConnectionGone, CommandRefused: Not all of it was taken.
        """
        while self._copy.last < number:
            after = f"({self._copy.last}-0"
            items = await link.call("XRANGE", STREAM, after, f"{number}-0", "COUNT", ITEMS_AT_ONCE)
            if not items:
                return
            await self.take(items)

    @property
    def is_idle(self) -> bool:
        """Whether all that was read is in the copy and was handed on."""
        return not self._taking

    def take(self, items: Sequence[Any]) -> Deferred[None]:
        """Take items; what came already is left out, as two connections may bring the same."""
        self._taking += 1
        self._taken.addCallback(lambda _: Deferred.fromCoroutine(self._kept_and_delivered(items)))
        self._taken.addErrback(lambda failure: log.failure("cluster: what the stream brought cannot be taken", failure))
        taken: Deferred[None] = Deferred()
        self._taken.addCallback(lambda _: self._was_taken(taken))
        return taken

    def _was_taken(self, taken: Deferred[None]) -> None:
        self._taking -= 1
        taken.callback(None)

    async def _kept_and_delivered(self, items: Sequence[Any]) -> None:
        last = self._copy.last
        batches = [batch.after(last) for batch in map(read_item, items) if batch.last > last]
        if not batches:
            return
        if batches[0].first != last + 1:
            log.error(
                "cluster: the entries {first} to {last} are not in the common log any more, and not in this copy",
                first=last + 1,
                last=batches[0].first - 1,
            )
        if await self._copy.keep(batches):
            self._deliver(batches)
