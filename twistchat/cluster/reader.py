"""The one way in: the stream, read in its order, kept in the copy and only then handed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.cluster.batches import Batch, read_item
from twistchat.cluster.copy import Copy
from twistchat.cluster.link import RedisLink
from twistchat.cluster.resp import ConnectionGone
from twistchat.cluster.scripts import PREFIX

log = Logger()

STREAM = PREFIX + "log"

ITEMS_AT_ONCE = 200
"""Of which one takes 30 ms to keep and to deliver where each has a hundred lines; 3 where each has one."""

BLOCK_MILLISECONDS = 1000
"""How long Redis holds a reading of which nothing comes; less than what makes a connection count as dead."""


class StreamReader:
    """Takes what the stream has, from the number on that the copy ends with."""

    def __init__(self, copy: Copy, deliver: Callable[[Sequence[Batch]], None]) -> None:
        """Read nothing yet.

        Args:
            copy: Where all goes first.
            deliver: Takes what was kept.
        """
        self._copy = copy
        self._deliver = deliver
        self._link: RedisLink | None = None
        self._taken: Deferred[None] = succeed(None)

    def follow(self, link: RedisLink) -> None:
        """Read what comes from now on by a connection, which is up or will be."""
        self._link = link
        if link.is_up:
            self.read()

    def read(self) -> None:
        """Wait for more; to be called, too, whenever the connection is up again."""
        if self._link is None:
            return
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
        self._link.call(*words).addCallback(self._was_read).addErrback(self._not_read)

    def _was_read(self, answer: Any) -> Any:
        if not answer:
            self.read()
            return None
        items = answer[STREAM.encode()] if isinstance(answer, dict) else answer[0][1]
        return self.take(items).addCallback(lambda _: self.read())

    def _not_read(self, failure: Failure) -> None:
        if not failure.check(ConnectionGone):
            log.error("cluster: the stream cannot be read: {error}", error=failure.getErrorMessage())
            assert self._link is not None
            self._link.abort()

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

    def take(self, items: Sequence[Any]) -> Deferred[None]:
        """Take items; what came already is left out, as two connections may bring the same."""
        self._taken.addCallback(lambda _: Deferred.fromCoroutine(self._kept_and_delivered(items)))
        self._taken.addErrback(lambda failure: log.failure("cluster: what the stream brought cannot be taken", failure))
        taken: Deferred[None] = Deferred()
        self._taken.addCallback(taken.callback)
        return taken

    async def _kept_and_delivered(self, items: Sequence[Any]) -> None:
        last = self._copy.last
        batches = [batch for batch in map(read_item, items) if batch.last > last]
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
