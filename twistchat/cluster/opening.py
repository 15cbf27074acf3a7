"""What is done on each connection before anything is written: to find out what Redis has, and to put back what it lost.

| Redis is | then |
|---|---|
| a replica, or still reading its file | the connection is made anew until it is not |
| another process than before | nobody writes until all servers with a lease have said what they have, or one is over |
| short of what this server has | it is given that, with its old numbers |
| given older things than this server has, before it opens | those are taken away, and it is given this server's |
| without what this server has, and open | this server sets aside what nobody else has, and reads what the others have |
| open | what is missing here is read; what is in flight is sent again |

Rule: whoever comes here has read all that Redis has before they write. So what is in flight then and has not come is
known not to be stored.

Each opening is an epoch, later than all before it. A copy knows of which its newest entries are, and has agreed with
what Redis had when it was let in: so of two that differ at one number, what was numbered last is with the
later epoch, and the other server was away then.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import deferLater
from twisted.logger import Logger

from twistchat.cluster.batches import Batch, read_item
from twistchat.cluster.copy import Copy
from twistchat.cluster.link import RedisLink
from twistchat.cluster.ownbatches import OwnBatches
from twistchat.cluster.reader import ITEMS_AT_ONCE, STREAM, StreamReader, history_of
from twistchat.cluster.resp import CommandRefused, ConnectionGone, Word, field
from twistchat.cluster.scripts import KEPT_IN_STREAM, Scripts
from twistchat.errors import CannotStart

log = Logger()

AGAIN_SECONDS = 0.05
"""Between two times of asking whether Redis is open."""

REFUSED_SECONDS = 0.5
"""Before the connection is made anew where Redis is no master, or it is tried again where it refuses."""

_OPEN, _WAIT, _HEAL, _DIVERGED, _OTHER, _SUPERSEDE = range(6)

HEALED_AT_ONCE = 100

_SENTENCES = {
    _DIVERGED: "this server's log.db has lines that the servers' common log has not: it was away while Redis lost "
    "them, and the others have gone on",
    _OTHER: "this server's log.db is a copy of another cluster's log. Give the --state-dir or the --cluster that fits",
}


@dataclass(frozen=True)
class RedisFound:
    """How Redis was found."""

    run: str
    """Which process it is."""

    history: str
    """Which history of changes it has."""

    number: int
    """The last number."""

    done: int
    """The last of this server's batches that it has."""

    has_lease: bool
    cluster: int
    """The cluster's mark."""

    epoch: int
    """Which opening this is."""


class Apart(Exception):
    """This server's copy does not belong to what Redis has; the text says what to do."""

    def __init__(self, why: str, is_diverged: bool = False) -> None:
        super().__init__(why)
        self.is_diverged = is_diverged


class Opening:
    """Opens one connection after the other."""

    def __init__(
        self,
        server: str,
        lease: float,
        link: RedisLink,
        scripts: Scripts,
        copy: Copy,
        own: OwnBatches,
        reader: StreamReader,
        cut: Callable[[int], Awaitable[None]],
        reactor: Any,
    ) -> None:
        """Open nothing yet.

        Args:
            server: This one.
            lease: Seconds.
            link: The connection that writes.
            scripts: Its scripts.
            copy: What this server has.
            own: What is on its way.
            reader: What reads the stream.
            cut: Gives up what this server's copy has behind a number.
            reactor: Time for intervals.
        """
        self._server = server
        self._lease = lease
        self._link = link
        self._scripts = scripts
        self._copy = copy
        self._own = own
        self._reader = reader
        self._cut = cut
        self._reactor = reactor
        self._life = 0
        self.mark = 0
        """The mark of the cluster that the copy belongs to, or the one that a new cluster is given."""
        self.tell: Callable[[str | None], None] = lambda _: None
        """Called with why it is not open, where it was tried again; see `open`."""
        self.is_apart = False
        """Whether the copy does not belong to what Redis has, as it was last found."""
        self.recoveries = self.healed = 0
        """How often Redis was another process, and how many entries it was given back."""
        self._run: str | None = None

    async def open(self, then: Callable[[RedisFound], Awaitable[None]]) -> str | None:
        """Open the connection that is up.

        Args:
            then: Called with how Redis was found, once all that it has was read.

        Returns:
            Why it is not open; None where it is, or another connection has come meanwhile.
        """
        self._life += 1
        life = self._life
        self.is_apart = False
        try:
            opened = await self._opened(life)
            if opened is None or life != self._life:
                return None
            self._copy.enter(opened.epoch)
            await self._reader.catch_up(self._link, opened.number)
            await then(opened)
        except ConnectionGone:
            return None
        except CommandRefused as error:
            self._reactor.callLater(REFUSED_SECONDS, self._open_again, life, then)
            return f"Redis refuses: {error}"
        except sqlite3.Error as error:
            self._reactor.callLater(REFUSED_SECONDS, self._open_again, life, then)
            return f"this server's copy cannot be used: {error}"
        except Apart as error:
            return await self._apart(error, life)
        return None

    async def _apart(self, error: Apart, life: int) -> str | None:
        """Give up what only this server has, and open once more; or wait until somebody has set it right."""
        seconds = self._lease
        self.is_apart = True
        if error.is_diverged:
            try:
                await self._cut(await self._shared())
                seconds = 0.0
            except ConnectionGone:
                return None
            except (CommandRefused, CannotStart, sqlite3.Error) as failure:
                error = Apart(f"{error}; what only it has cannot be set aside: {failure}")
        self._reactor.callLater(seconds, self._abort, life)
        return str(error)

    async def _shared(self) -> int:
        """Up to which number the copy and the stream have the same; 0 where nothing in the stream is in the copy."""
        before = "+"
        while items := await self._link.call("XREVRANGE", STREAM, before, "-", "COUNT", ITEMS_AT_ONCE):
            for batch in map(read_item, items):
                if batch.last <= self._copy.last and self._copy.has(batch):
                    return batch.last
            before = f"({batch.last}-0"
        return 0

    def _open_again(self, life: int, then: Callable[[RedisFound], Awaitable[None]]) -> None:
        """Try once more on the same connection, by which private messages come meanwhile."""
        if life == self._life and self._link.is_up:
            Deferred.fromCoroutine(self.open(then)).addCallbacks(
                self.tell, lambda failure: log.failure("cluster: it cannot be opened", failure)
            )

    def _again(self) -> None:
        self._reactor.callLater(REFUSED_SECONDS, self._abort, self._life)

    def _abort(self, life: int) -> None:
        if life == self._life:
            self._link.abort()

    async def _opened(self, life: int) -> RedisFound | None:
        self._scripts.load()
        role = await self._link.call("ROLE")
        if role[0] != b"master":
            self._again()
            return None
        run = field(await self._link.call("INFO", "server"), "run_id")
        history = history_of(await self._link.call("INFO", "replication"))
        if self._run not in (None, run):
            log.error("cluster: Redis is another process than before")
            self.recoveries += 1
        self._run = run
        while life == self._life:
            copy = self._copy
            await self._reader.settled()
            words: list[Word] = [self._server, run, copy.last, copy.time, self._lease, self.mark, self._own.settled]
            answer = await self._scripts.run("open", *words, _words_of(copy.epoch))
            word, number, done, has_lease, mark, epoch = answer
            if word == _OPEN:
                return RedisFound(run, history, number, done, bool(has_lease), int(mark), _number_of(epoch))
            if word == _HEAL:
                await self._heal(run, number)
            elif word == _SUPERSEDE:
                await self._supersede(run)
            elif word == _WAIT:
                await deferLater(self._reactor, AGAIN_SECONDS)
            else:
                raise Apart(_SENTENCES[word], word == _DIVERGED)
        return None

    async def _supersede(self, run: str) -> bool:
        """Have taken away what another server gave back that was away while the others went on; whether it was so."""
        is_newer = await self._scripts.run("supersede", run, await self._shared(), _words_of(self._copy.epoch))
        if is_newer:
            log.warn("cluster: Redis was given older entries than this server has; they are taken away")
        return bool(is_newer)

    async def _make_room(self, run: str) -> bool:
        """Whether Redis has nothing else than this server has; what it has and is older is taken away.

        Raises:
            Apart: What it has is newer.
        """
        newest = await self._newest()
        if not newest or self._copy.agrees(read_item(newest[0])):
            return True
        if not await self._supersede(run) and await self._newest() == newest:
            raise Apart(_SENTENCES[_DIVERGED], is_diverged=True)
        return False  # all may be otherwise by now

    async def _newest(self) -> Any:
        return await self._link.call("XREVRANGE", STREAM, "+", "-", "COUNT", 1)

    async def _heal(self, run: str, number: int) -> None:
        """Put back what Redis has lost, or give a new one what it is to begin with."""
        if not await self._make_room(run):
            return
        after, before = number or self._copy.first_for_empty(), number
        while batches := self._copy.behind(after, HEALED_AT_ONCE):
            if not await self._give_back(run, before, batches):
                return  # somebody else is at it
            self.healed += sum(len(each.rows) for each in batches)
            after = before = batches[-1].last
        log.info("cluster: Redis was given the entries {first} to {last}", first=number + 1, last=after)

    async def _give_back(self, run: str, before: int, batches: Sequence[Batch]) -> bool:
        """Give batches back, without waiting for an answer between them: each is refused where one before it was."""
        epoch, given = _words_of(self._copy.epoch), []
        for each in batches:
            words: list[Word] = [before, each.last, len(each.rows), each.server, each.seq, each.time, each.packed]
            times = [json.dumps([*each.times])] if each.times else []
            given.append(self._scripts.run("heal", run, *words, KEPT_IN_STREAM, epoch, *times))
            before = each.last
        for is_there, answer in await DeferredList(given, consumeErrors=True):
            if not is_there:
                answer.raiseException()
            if not answer:
                return False
        return True


def _words_of(epoch: int) -> str:
    """An epoch as Redis has it: seconds."""
    return f"{epoch // 1_000_000}.{epoch % 1_000_000:06d}"


def _number_of(epoch: bytes) -> int:
    """An epoch as a copy has it: microseconds."""
    whole, _, part = epoch.decode().partition(".")
    return int(whole) * 1_000_000 + int(part.ljust(6, "0") if part else 0)
