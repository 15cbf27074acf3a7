"""One server of several: its connections, its lease, and what is done with what the common log brings."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twistchat.cluster import promises
from twistchat.cluster.batches import Batch, Row
from twistchat.cluster.callsplace import SharedPlace
from twistchat.cluster.connectedchat import ConnectedChat
from twistchat.cluster.copy import Copy
from twistchat.cluster.correcting import Correction
from twistchat.cluster.lease import Lease
from twistchat.cluster.link import RedisLink
from twistchat.cluster.log import ClusterLog
from twistchat.cluster.names import FAR, ClusterNames
from twistchat.cluster.opening import Opening, RedisFound
from twistchat.cluster.ownbatches import STORES_NOTHING, OwnBatches
from twistchat.cluster.peoplebyserver import PeopleByServer, room_and_name
from twistchat.cluster.reader import StreamReader
from twistchat.cluster.resp import CommandRefused, ConnectionGone, Word
from twistchat.cluster.scripts import ACTS, PREFIX, Scripts
from twistchat.core.ports import Committed
from twistchat.errors import Phrase
from twistchat.log.belonging import belongs, cluster_of
from twistchat.log.sqlite import LOG_FILE, SqliteLog

log = Logger()

APART = Phrase("this server and the common log do not fit together; its operator can read why")

BEATS = 5
"""In a lease."""


class Cluster:
    """This server's part in it."""

    def __init__(
        self,
        copy: SqliteLog,
        folder: Path,
        reactor: Any,
        endpoint: IStreamClientEndpoint,
        read_endpoint: IStreamClientEndpoint,
        name: str,
        lease: float,
        login: Sequence[str] = (),
        server: str | None = None,
    ) -> None:
        """Join the parts; nothing is connected yet.

        Args:
            copy: What keeps this server's copy.
            folder: Where that is.
            reactor: Time for intervals.
            endpoint: Where Redis is.
            read_endpoint: Where the stream is read; it may be a replica.
            name: What this server is called. It is another one each time that it starts, whatever its name.
            lease: Seconds after which others say that its people are gone, if it is not heard of.
            login: A user and a password, where Redis wants them.
            server: Its id, where it takes another process's place.
        """
        self.server = server or f"{name}.{secrets.token_hex(4)}"
        self.name = name
        self.lease = lease
        self._path = folder / LOG_FILE
        self.about: Callable[[], dict[str, object]] = dict
        """What other servers can see of this one, beside its name and how far its copy goes."""
        hello: list[Word] = ["HELLO", 3, *(["AUTH", *login] if login else []), "SETNAME", f"twistchat-{self.server}"]
        self.link = RedisLink(reactor, endpoint, hello, self._up, self._down, self._pushed)
        self._reading = RedisLink(reactor, read_endpoint, hello, self._reading_up, lambda: None, lambda _: None)
        self.scripts = Scripts(self.link)
        self.attendance = PeopleByServer(self.server)
        self.copy = Copy(copy, self._path, reactor)
        self.names = ClusterNames(self.scripts, reactor, self.server, self.attendance)
        self.own = OwnBatches(self.scripts, reactor, self.server, self.names)
        self.own.lost = self._lose
        self.log = ClusterLog(copy, self.own, reactor)
        self.log.silence = lambda: self.link.silence
        self._reader = StreamReader(self.copy, self._deliver, reactor)
        self.opening = Opening(
            self.server, lease, self.link, self.scripts, self.copy, self.own, self._reader, self._cut, reactor
        )
        self.opening.tell = self._not_opened
        self._chat: ConnectedChat | None = None
        self.calls: SharedPlace | None = None  # what calls need of all servers, where this one does any
        self._run: str | None = None
        self._has_begun = self._is_cut = self._is_stopping = False
        self._correction = Correction(self.own, self.attendance, self.server, reactor)
        self.leased = Lease(self.scripts, self.own, self.server, lease, reactor)
        self.leased.about = lambda: {"name": self.name, "last": self.copy.last, **self.about()}
        self.leased.kept, self.leased.refused = self._has_beaten, self._not_beaten
        self._told: str | None = None  # why it could not be opened, as the operator knows
        self._reactor = reactor
        self._beating = LoopingCall(self._beat)
        self._beating.clock = reactor

    @property
    def is_open(self) -> bool:
        """Whether this server can store now."""
        return self.log.apart is None

    # --- beginning and ending

    def join(self, chat: ConnectedChat) -> None:
        """Name the chat that this is for."""
        self._chat = self._correction.chat = chat
        self.names.drained = chat.settled

    def start(self) -> None:
        """Connect, once the log that keeps the copy is open.

        Raises:
            CannotStart: The copy cannot be read.
        """
        self._open_copy()
        self._connect()

    def _open_copy(self) -> None:
        self.copy.open()
        self.opening.mark = cluster_of(self._path) or secrets.randbits(52)

    def _connect(self) -> None:
        self.link.start()
        self._beating.start(self.lease / BEATS, now=False)

    def stop(self) -> Deferred[None]:
        """End, and have nobody wait for the lease; idempotent."""
        self._is_stopping = True
        if self._beating.running:
            self._beating.stop()
        self.copy.close()
        self.own.give_up()
        bye = self.scripts.run("leave", self.server, self.own.run or "")
        bye.addErrback(lambda _: None).addCallback(lambda _: self._hang_up())
        return bye

    def _hang_up(self) -> None:
        self.link.stop()
        self._reading.stop()

    # --- from one process to another

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way into the common log, from it, or to Redis."""
        return not len(self.own) and self._reader.is_idle and self.link.is_idle

    def prolong(self, seconds: float) -> None:
        """Have others wait so long for this server, from now and from each beat on."""
        self.leased.seconds = seconds
        self.leased.beat()

    def take_over(self, run: str | None) -> None:
        """Be a server that has begun, in another process; nothing is connected before `go_on`.

        Args:
            run: Which process Redis was.

        Raises:
            CannotStart: The copy cannot be read.
        """
        self._open_copy()
        self._has_begun, self._run = True, run
        self.log.handed(math.inf)

    def go_on(self) -> None:
        """Connect, and read on behind what the copy has."""
        self.log.handed(self._reactor.seconds())
        self._connect()
        self._reader.follow(self._reading)
        self._reading.start()

    # --- the connection that writes

    def _up(self) -> None:
        self.link.subscribe(f"{PREFIX}to:{self.server}")
        opened = Deferred.fromCoroutine(self.opening.open(self._opened))
        opened.addCallbacks(self._not_opened, lambda failure: log.failure("cluster: it cannot be opened", failure))

    def _not_opened(self, why: str | None) -> None:
        if why is not None and not self._is_stopping:
            if why != self._told:
                log.critical("cluster: {why}.", why=why)
            self._told = why
            self.log.closed(APART if self.opening.is_apart else STORES_NOTHING)

    def _down(self) -> None:
        if self.is_open:
            log.error("cluster: the connection to Redis is lost; lines wait, and are refused if that lasts")
        self.own.run = self.names.run = None
        self._reader.pause()
        self.log.closed(FAR)
        if self.calls is not None:
            self.calls.lose()

    def _lose(self) -> None:
        """Have the connection made anew, so that it is found out what became of what is in flight."""
        self._down()
        self.link.abort()

    async def _opened(self, opened: RedisFound) -> None:
        assert self._chat is not None, "it is joined before it starts"
        if cluster_of(self._path) != opened.cluster:
            belongs(self._path, opened.cluster)
            self.opening.mark = opened.cluster
        if not self._has_begun:
            await self._begin()
        elif self._is_cut:
            await self._begin_again()
        elif not opened.has_lease or self._run != opened.run:
            await self._come_back(opened.has_lease)
        self._run = opened.run
        if self.calls is not None:
            await self.calls.opened()
        self.own.send_again(opened.run, opened.done)
        self._told = None
        self._reader.resume(opened.history)
        self.log.opened()
        self.names.opened(opened.run)
        log.info("cluster: open at number {number} as {server}", number=self.copy.last, server=self.server)
        self._beat()
        self._correction.soon()
        self.link.call("CONFIG", "GET", "append*").addCallbacks(promises.tell, lambda _: None)

    async def _begin(self) -> None:
        await self._register()
        await self._share_acts()
        number, *people = await self.scripts.run("snapshot")
        await self._reader.catch_up(self.link, number)
        lines = [line.decode() for line in people]
        self.attendance.begin(lines)
        assert self._chat is not None
        await self._chat.begin([room_and_name(line.partition("\n")[2]) for line in lines])
        self._has_begun = True
        self._reader.follow(self._reading)
        self._reading.start()

    async def _cut(self, after: int) -> None:
        """Give up what this server's copy has behind a number, as the others have gone on without it."""
        self._reading.stop()
        count, name = await self.copy.cut(after)
        log.critical(
            "cluster: this server was away while Redis lost {count} entries behind number {after} that no other has, "
            "and the others have gone on. They are in {name} now; what the others have is read anew.",
            count=count,
            after=after,
            name=str(self._path.with_name(name)),
        )
        self.attendance.clear()
        if self._has_begun and self._chat is not None:
            self._is_cut = True
            await self._chat.cut(after, count)

    async def _begin_again(self) -> None:
        """Know what the others have, after this server's copy was cut: people here were brought what it lacked."""
        assert self._chat is not None
        self.own.give_up()
        number, *people = await self.scripts.run("snapshot")
        await self._reader.catch_up(self.link, number)
        lines = [line.decode() for line in people]
        self.attendance.clear()
        self.attendance.begin(lines)
        await self._chat.begin_again([room_and_name(line.partition("\n")[2]) for line in lines])
        await self._come_back(has_lease=False)
        self._is_cut = False
        self._reading.start()

    async def _come_back(self, has_lease: bool) -> None:
        """Have this server's names and people known again, and those of others of whom Redis may know no more."""
        if not has_lease:
            self.own.give_up()
        taken = await self._register()
        if taken:
            keys = frozenset(key.decode() for key in taken)
            log.error("cluster: this server was taken for dead; {count} keys of names are others' now", count=len(keys))
            self.names.lost(keys)
            assert self._chat is not None
            self._chat.displace(keys)
        await self._share_acts()
        for server in self.attendance.servers():
            if server and server != self.server:
                await self.scripts.run("vouch", server, self.lease, *self.attendance.of(server))

    async def _register(self) -> list[bytes]:
        held = sorted(self.names.held)
        people = self.attendance.of(self.server)
        words: list[Word] = [self.server, self.lease, self.own.settled, len(held), *held, *people]
        taken: list[bytes] = await self.scripts.run("register", *words)
        return taken

    async def _share_acts(self) -> None:
        """Have Redis know which acts last, and this server, too."""
        assert self._chat is not None
        mine = self._chat.lasting_acts()
        theirs = {int(number): line for number, line in (await self.link.call("HGETALL", ACTS)).items()}
        missing = [word for number, line in mine.items() if number not in theirs for word in (number, line)]
        if missing:
            await self.link.call("HSET", ACTS, *missing)
        self._chat.learn_acts([line for number, line in sorted(theirs.items()) if number not in mine])

    # --- the lease

    def _beat(self) -> None:
        self.link.look()
        self._reading.look()
        self.leased.beat()

    def _has_beaten(self, sent: float) -> None:
        if self.calls is not None and self.own.run is not None:
            self.calls.beaten(sent, self.own.run)

    def _not_beaten(self, why: str) -> None:
        log.error("cluster: the lease was not prolonged: {error}", error=why)
        self._lose()

    # --- what comes

    def _reading_up(self) -> None:
        self._reader.read()

    def _deliver(self, batches: Sequence[Batch]) -> None:
        parts: list[Committed] = []
        answered: list[tuple[Deferred[Batch], Batch]] = []
        is_amiss = False
        for batch in filter(attrgetter("is_news"), batches):
            own = self.own.came(batch)
            is_amiss |= own is None and batch.server.removeprefix("~") == self.server
            self.attendance.take(batch)
            if self._has_begun:
                if batch.acts():
                    self._bring(parts)
                parts.append(Committed(batch.entries(), own is not None and own.is_of_chat))
            self._enact(batch, own is not None)
            if own is not None:
                answered.append((own.answer, batch))
        self._bring(parts)
        for answer, batch in answered:
            answer.callback(batch)
        if is_amiss:
            self._correction.soon()

    def _bring(self, parts: list[Committed]) -> None:
        if parts:
            self.log.bring([*parts])
            others = [entry for part in parts if not part.is_own for entry in part.entries]
            if others and self._chat is not None:
                self._chat.announced(others)
            parts.clear()

    def _enact(self, batch: Batch, is_own: bool) -> None:
        for number, act in batch.acts():
            assert self._chat is not None
            self._chat.enact(number, float(batch.time), act, is_own)

    def _pushed(self, push: list[Any]) -> None:
        if push[0] != b"message" or self._chat is None:
            return
        try:
            message = json.loads(push[2])
        except ValueError:
            return
        if isinstance(message, dict):
            self._chat.heard(message)

    # --- what goes

    def append(self, rows: Sequence[Row], ops: Sequence[str] = ()) -> Deferred[Batch]:
        """Store what does not come of the chat; see `OwnBatches.add`."""
        return self.own.add(rows, is_of_chat=False, ops=ops)

    def tell(self, server: str, message: dict[str, Any]) -> Deferred[int]:
        """Say something to another server; gives how many heard it."""
        return self.link.call("PUBLISH", f"{PREFIX}to:{server}", json.dumps(message))

    def whisper(self, key: str, message: dict[str, Any]) -> Deferred[bytes | None]:
        """Say something to the server that has a name; gives that server, or None."""
        return self.scripts.run("whisper", key, json.dumps(message))


Unreachable = (ConnectionGone, CommandRefused)
