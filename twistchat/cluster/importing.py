"""Putting old lines into the servers' common log: Redis numbers them, every server keeps them, nobody is shown them as
news.

Rule 1: what is imported is known by its content. A batch is stored once, also where it is sent again after a lost
    connection; and whoever imports the same again after it was broken off goes on where it stood.
Rule 2: no server is left so far behind that the stream forgets what it has not read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import deferLater

from twistchat.cluster.batches import IMPORTED, packed, written
from twistchat.cluster.link import RedisLink
from twistchat.cluster.resp import CommandRefused, ConnectionGone, Word, field
from twistchat.cluster.scripts import ABOUT, KEPT_IN_STREAM, LEASES, STATE, Scripts
from twistchat.errors import CannotStart
from twistchat.log.importing import FitLine, Progress

LINES_AT_ONCE = 100
"""Servers take 200 batches at a time: 20,000 lines, a tenth of a second."""

MOST_AHEAD = 20_000
"""Entries that the slowest server may be behind; each says once in a fifth of its lease how far it is."""

PATIENCE_SECONDS = 60.0
"""How long Redis may be away, or not open, or full, before the import is broken off."""

AGAIN_SECONDS = 0.2


class ClusterStoring:
    """Stores lines in the common log."""

    def __init__(self, endpoint: IStreamClientEndpoint, login: Sequence[str], digest: str, reactor: Any) -> None:
        """Begin with nothing.

        Args:
            endpoint: Where Redis is.
            login: A user and a password, where Redis wants them.
            digest: What is imported, in short.
            reactor: What to connect with, and time for intervals.
        """
        self._who = IMPORTED + digest
        hello: list[Word] = ["HELLO", 3, *(["AUTH", *login] if login else []), "SETNAME", "twistchat-import"]
        self._link = RedisLink(reactor, endpoint, hello, self._up, lambda: None, lambda _: None)
        self._scripts = Scripts(self._link)
        self._reactor = reactor
        self._run = ""
        self._number = 0
        self.stored = 0
        """How many are stored."""
        self.upto = 0
        """The place of the last one in what was read; all that is fit up to there is stored, whatever happens then."""

    def _up(self) -> None:
        self._run = ""
        self._scripts.load()

    async def store(self, lines: Iterable[FitLine], progress: Progress) -> None:
        """Store lines, some at a time.

        Args:
            lines: In their order; those that were stored before it was last broken off are left out.
            progress: Told how far in what was read it is.

        Raises:
            CannotStart: They cannot be stored; those before are.
        """
        self._link.start()
        try:
            self.upto = int(await self._patiently(self._stored_before) or 0)
            source = (line for line in lines if line.number > self.upto)
            while batch := [*islice(source, LINES_AT_ONCE)]:
                await self._patiently(lambda batch=batch: self._append(batch))  # type: ignore[misc]
                self.stored += len(batch)
                self.upto = batch[-1].number
                progress(self.upto)
                await self._patiently(lambda: self._keep_up(MOST_AHEAD))
            await self._patiently(lambda: self._keep_up(0))
            await self._patiently(lambda: self._link.call("HDEL", STATE, f"seq:{self._who}"))
        finally:
            self._link.stop()

    async def _stored_before(self) -> Any:
        return await self._link.call("HGET", STATE, f"seq:{self._who}")

    async def _append(self, batch: Sequence[FitLine]) -> None:
        times = [round(line.time, 6) for line in batch]
        entries = packed([line.row[:4] for line in batch])
        words: list[Word] = [self._who, self._run, batch[-1].number, len(batch), KEPT_IN_STREAM, entries]
        last = await self._scripts.run("import", *words, json.dumps(times), written(times[-1]))
        self._number = last or self._number

    async def _keep_up(self, most: int) -> None:
        """Wait until no server that lives is further behind than that."""
        while self._number - await self._slowest() > most:
            await deferLater(self._reactor, AGAIN_SECONDS)

    async def _slowest(self) -> int:
        alive = set(await self._link.call("ZRANGE", LEASES, 0, -1))
        about = await self._link.call("HGETALL", ABOUT)
        return min(
            (json.loads(told)["last"] for server, told in about.items() if server in alive), default=self._number
        )

    async def _patiently(self, ask: Callable[[], Any]) -> Any:
        """Ask something as often as it takes, as long as that is not too long."""
        until = self._reactor.seconds() + PATIENCE_SECONDS
        while True:
            try:
                if not self._run:
                    await self._find_run()
                return await ask()
            except ConnectionGone:
                why = f"no connection to Redis: {self._link.trouble or 'it was lost'}"
            except CommandRefused as error:
                why = f"Redis refuses: {error}"
                self._run = ""
            if self._reactor.seconds() >= until:
                raise CannotStart(f"{why}.")
            await deferLater(self._reactor, AGAIN_SECONDS)

    async def _find_run(self) -> None:
        if (await self._link.call("ROLE"))[0] != b"master":
            self._link.abort()
            raise CommandRefused("READONLY it is a replica")
        run = field(await self._link.call("INFO", "server"), "run_id")
        opened = await self._link.call("HGET", STATE, "run")
        if opened is None:
            raise CommandRefused("EMPTY no server has begun a log there; start one with --cluster first")
        if opened.decode() != run:
            raise CommandRefused("RECOVERING not every server has said what it has")
        self._run = run


def import_by(reactor: Any, storing: ClusterStoring, lines: Iterable[FitLine], progress: Progress) -> None:
    """Run the reactor until all is stored.

    Raises:
        CannotStart: Not all of it could be.
        KeyboardInterrupt: It was broken off.
    """
    failed: list[BaseException] = [KeyboardInterrupt()]

    def done(result: Any) -> None:
        failed[:] = [] if result is None else [result.value]
        reactor.stop()

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(storing.store(lines, progress)).addBoth(done))
    reactor.run()
    if failed:
        raise failed[0]
