"""The log on disk: SQLite files in the state folder. What `append` has answered survives the end of the process.

Rule 1: one batch, one commit, before anyone sees it; at `normal` durability in the reactor's thread, as it takes
microseconds and waits for nothing.
Rule 2: whatever may wait for the disk or for a lock is done in another thread: reading, searching, checkpoints.

Who holds which lock, so that none of our own threads makes another fail:

| thread | log.db | search.db |
|---|---|---|
| reactor (`commits` at `power`): `Writer` | writes, for microseconds; waits for nobody, tries again in 3 ms | never |
| `reads`: `LogReader` | reads, a statement at a time | never |
| `searches`: `search` | reads, a second at most | reads; waits 0.2 s where it is being made, then does without |
| `upkeep`: `Upkeep` | writes, 2 ms at a time, to forget; checkpoints | |
| `upkeep`: `Index` | reads: it is attached so that it cannot be locked | writes; nobody else does |
| another process: import, export | writes, 3 ms at a time; reads 1,000 lines at a time | never |

Rule 3: no lock of log.db is asked for while one of search.db is held, nor the other way round: forgetting takes entries
out of the index, ends that, and then deletes them from the log.
Rule 4: readers never wait for the writer, nor the writer for readers: the files have write-ahead logs. Only who waits
for all readers (a checkpoint with RESTART, once 64 MiB were written) is in everybody's way, for 0.2 s at most.
Rule 5: who meets a damaged part has the whole file checked, in the upkeep's thread; until it is found sound nothing is
stored, as nobody could start on a damaged file: what people saw would be lost.
Rule 6: what is held between two steps is the writer's reading (see writer.py), a second or 500 commits at most.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, gatherResults, maybeDeferred, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.core.clocks import DelayedCall, WallClock, cancel
from twistchat.core.events import Entry, Stored
from twistchat.core.ports import Committed, Deliver, to_nobody
from twistchat.errors import CannotStart, NotRead, NotStored, Phrase
from twistchat.log.disk import Disk
from twistchat.log.failures import DAMAGED, Trouble, is_busy, is_damage, reason
from twistchat.log.index import Index
from twistchat.log.questions import Questions
from twistchat.log.schema import prepare, put_back
from twistchat.log.upkeep import CHECKPOINT_COMMITS, Keep, Upkeep
from twistchat.log.worker import ThreadWorker, Worker
from twistchat.log.writer import NumberedRows, Writer

log = Logger()

T = TypeVar("T")
V = TypeVar("V")

LOG_FILE = "log.db"
SEARCH_FILE = "search.db"
"""In the state folder."""

SYNCHRONOUS = {"normal": "NORMAL", "power": "FULL"}
"""What `--durability` may be, and SQLite's word for it."""

LOCKED_SECONDS = 5.0
"""How long a batch waits for another program that writes to the file; an import needs it for 2 ms at a time."""

RETRY_SECONDS = 0.003

IDLE_SECONDS = 1.0
"""Between steps of the upkeep when nothing is due."""

BEHIND_SECONDS = 0.02
"""Between steps of the upkeep when there is more to do: it takes a third of one core then."""

DAMAGED_SECONDS = 10.0
"""Between checks of a file that was found damaged: each reads all of it."""

MOST_READS = 4096
"""Questions that may wait; a person has one at most, as their next line waits for the answer."""

MOST_SEARCHES = 64


class SqliteLog(Questions):
    """The log in a folder. Its files: `log.db`, and `search.db`, which can be made anew from it."""

    def __init__(
        self,
        folder: Path,
        reactor: Any,
        wall: WallClock,
        durability: str = "normal",
        keep: Keep | None = None,
        worker: Callable[[str, int], Worker] | None = None,
    ) -> None:
        """Name the folder; nothing is opened yet, so that the process may still fork.

        Args:
            folder: Where the files are, or will be.
            reactor: Time for intervals, and where answers are given.
            wall: The time of day.
            durability: `normal` or `power`.
            keep: How much is kept; everything unless given.
            worker: Makes what works off the reactor's thread, of a name and of how many calls may wait.
        """
        super().__init__(folder / LOG_FILE, folder / SEARCH_FILE)
        self._reactor = reactor
        self._make_worker = worker or partial(ThreadWorker, reactor)
        self._writer = Writer(self._path, wall, SYNCHRONOUS[durability])
        self._commits_elsewhere = durability == "power"
        self._index = Index(self._search_path, self._path)
        self._upkeep = Upkeep(self._path, self._index, keep or Keep(), wall)
        self._workers: dict[str, Worker] = {}
        self._commits = self._asked = 0
        self._writing, self._reading, self._keeping = Trouble(), Trouble(), Trouble()
        self._disk = Disk(folder)
        self._next_step: DelayedCall | None = None
        self._is_checked = False
        self._is_suspect = False  # somebody met damage since the whole file was last checked
        self._deliver: Deliver = to_nobody

    def check(self) -> None:
        """Make the file, or bring it up to date.

        Raises:
            CannotStart: It cannot be used.
        """
        left_out = prepare(self._path)
        if left_out is not None:
            log.error(
                "log: a part of {path}-wal was damaged when the last server ended, so that the newest lines are lost. "
                "What is in it was copied to {copy}.",
                path=str(self._path),
                copy=str(left_out),
            )
        self._is_checked = True

    def open(self) -> None:
        """Begin.

        Raises:
            CannotStart: The file cannot be used.
        """
        if not self._is_checked:
            self.check()
        try:
            self._started = self._writer.last()
        except sqlite3.Error as error:
            raise CannotStart(f"The log {self._path} cannot be used: {reason(error)}.") from error
        for name, most in (("commits", 2), ("reads", MOST_READS), ("searches", MOST_SEARCHES), ("upkeep", 2)):
            self._workers[name] = self._make_worker(name, most)
        if not self._index.is_possible:
            log.warn("log: this SQLite cannot index parts of words (FTS5, trigram): searches read the log itself.")
        self._next_step = self._reactor.callLater(0, self._keep_up)

    # --- handed to another process

    def portrait(self) -> dict[str, Any]:
        """What another process needs to go on, beside the files."""
        return {"started": self._started}

    def revive(self, portrait: dict[str, Any]) -> None:
        """Be where another process was, as far as that is not in the files; it is open."""
        self._started = portrait.get("started", self._started)

    def pause(self) -> None:
        """Hold no lock: another process opens the files, and may bring them up to date. Nothing is being written."""
        self._writer.release()

    def resume(self) -> None:
        """Go on after all. What another process brought up to date is put back, as this one knows no such tables."""
        try:
            if put_back(self._path):
                log.info("log: a newer version brought it up to date and did not take over; it was put back.")
        except (sqlite3.Error, OSError):
            log.failure("log: a newer version brought it up to date, and it could not be put back")

    # --- writing

    def follow(self, deliver: Deliver) -> None:
        """Have all that is committed from now on brought."""
        self._deliver = deliver

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present: by the latest commit, by a look at the files, or as they are damaged."""
        for reading in (self._reading, self._keeping):
            if reading.reason == DAMAGED:
                return DAMAGED
        return self._writer.trouble or self._writing.reason or self._disk.trouble

    def append(self, events: Sequence[Stored]) -> Deferred[None]:
        """Commit events, all or none, in their order."""
        if not self._workers:
            return fail(NotStored(Phrase("the server is stopping")))
        if self._writing.reason == DAMAGED:
            return fail(NotStored(DAMAGED))
        if not self._commits_elsewhere:
            try:
                entries = self._writer.commit(events)
            except sqlite3.Error as error:
                if not self._may_wait(error):
                    return fail(self._refusal(error))
            except Exception:
                return fail()
            else:
                self._stored(entries)
                return succeed(None)
        return Deferred.fromCoroutine(self._append_patiently(events))

    async def keep(self, batches: Sequence[NumberedRows]) -> None:
        """Store what another log has numbered, all or none; it is brought to nobody.

        Raises:
            NotStored: Nothing of it is stored.
        """
        await self._patiently(self._writer.keep, batches)
        self._committed()

    def cut(self, aside: Path, after: int) -> Deferred[int]:
        """Set the entries behind a number aside, in a log of their own; nothing may be stored meanwhile.

        Args:
            aside: That log.
            after: The number.

        Returns:
            How many there were. Fails with sqlite3.Error or CannotStart; nothing is lost then.
        """
        self._writer.release()
        return self._workers["upkeep"].call(self._upkeep.cut, aside, after)

    def last(self) -> int:
        """The number of the newest entry; 0 in an empty log.

        Raises:
            sqlite3.Error: It cannot be read.
        """
        return self._writer.last()

    async def _append_patiently(self, events: Sequence[Stored]) -> None:
        self._stored(await self._patiently(self._writer.commit, events))

    async def _patiently(self, write: Callable[[Sequence[V]], T], what: Sequence[V]) -> T:
        """Write in the other thread, or try again while somebody else is writing."""
        until = self._reactor.seconds() + LOCKED_SECONDS
        while self._workers:
            try:
                if self._commits_elsewhere:
                    return await self._workers["commits"].call(self._writer.once, write, what)
                return write(what)
            except sqlite3.Error as error:
                if self._reactor.seconds() >= until or not self._may_wait(error):
                    raise self._refusal(error) from error
            await deferLater(self._reactor, RETRY_SECONDS)
        raise NotStored(Phrase("the server is stopping"))

    def _may_wait(self, error: sqlite3.Error) -> bool:
        """Whether the batch may be tried again; once somebody has waited in vain, nobody waits until it works again."""
        return is_busy(error) and self._writing.reason is None

    def _stored(self, entries: list[Entry]) -> None:
        self._committed()
        self._deliver([Committed(entries)])

    def _committed(self) -> None:
        self._commits += 1
        self._can_store()
        if self._commits - self._asked >= CHECKPOINT_COMMITS:
            self._hurry()

    def _can_store(self) -> None:
        self._disk.took(True)
        if self._writing.ends():
            log.info("log: lines can be stored again.")

    def _refusal(self, error: sqlite3.Error) -> NotStored:
        why = reason(error)
        self._disk.took(False)
        self._cannot_store(why)
        return NotStored(why)

    def _cannot_store(self, why: str) -> None:
        if self._writing.begins(why):
            log.error("log: nothing can be stored: {reason} ({path}).", reason=why, path=str(self._path))
        if why == DAMAGED:
            self._is_suspect = True

    def _try_again(self) -> None:
        """See whether it works again; those who ask `trouble` may be the ones who keep people away.

        Not where the file is damaged, as the page that is written may be a sound one.
        """
        call = self._workers["commits"].call if self._commits_elsewhere else maybeDeferred
        call(self._writer.try_out).addCallbacks(lambda _: self._can_store(), self._still_cannot)

    def _still_cannot(self, failure: Failure) -> None:
        if isinstance(failure.value, sqlite3.Error):
            self._refusal(failure.value)
        else:
            log.failure("log: trying whether it can be stored to failed in a way that it should not", failure)

    # --- reading

    def _ask(self, worker: str, function: Callable[..., T], *args: Any) -> Deferred[T]:
        if not self._workers:
            return fail(NotRead(Phrase("the server is stopping")))
        return self._workers[worker].call(function, *args).addCallbacks(self._read, self._not_read)

    def _read(self, answer: T) -> T:
        if self._writing.reason != DAMAGED:  # what was read now may be a sound part
            self._can_read()
        return answer

    def _can_read(self) -> None:
        if self._reading.ends():
            log.info("log: it can be read again.")

    def _not_read(self, failure: Failure) -> Any:
        error = failure.value
        if not isinstance(error, sqlite3.Error):
            return failure
        why = reason(error)
        if self._reading.begins(why):
            log.error("log: it cannot be read: {reason} ({path}).", reason=why, path=str(self._path))
        if why == DAMAGED:
            self._cannot_store(why)
        raise NotRead(why) from error

    # --- upkeep

    def _hurry(self) -> None:
        """There is enough for a checkpoint: do not wait for the next second."""
        if self._next_step is not None and self._next_step.active():
            self._next_step.cancel()
            self._keep_up()

    def _keep_up(self) -> None:
        self._next_step, self._asked = None, self._commits
        self._writer.look()
        self._disk.look()
        if self._writing.reason not in (None, DAMAGED) and self._disk.trouble is None:
            self._try_again()
        if not self._commits_elsewhere:
            self._writer.release()
        step: Deferred[float]
        if self._is_suspect:
            step = self._workers["upkeep"].call(self._upkeep.is_sound).addCallbacks(self._checked, self._not_kept_up)
        else:
            step = self._workers["upkeep"].call(self._upkeep.step, self._commits)
            step.addCallbacks(self._kept_up, self._not_kept_up)
        step.addCallback(self._rest)

    def _checked(self, is_sound: bool) -> float:
        self._is_suspect = not is_sound
        if not is_sound:
            self._cannot_store(DAMAGED)
            return DAMAGED_SECONDS
        self._can_store()
        self._can_read()
        return BEHIND_SECONDS

    def _kept_up(self, is_behind: bool) -> float:
        if self._keeping.ends():
            log.info("log: its upkeep works again.")
        return BEHIND_SECONDS if is_behind else IDLE_SECONDS

    def _not_kept_up(self, failure: Failure) -> float:
        error = failure.value
        self._is_suspect |= isinstance(error, sqlite3.Error) and is_damage(error)
        if not isinstance(error, sqlite3.Error):
            log.failure("log: its upkeep failed in a way that it should not", failure)
        elif not is_busy(error) and self._keeping.begins(reason(error)):
            log.error("log: its upkeep has to wait: {reason}.", reason=reason(error))
        return IDLE_SECONDS

    def _rest(self, seconds: float) -> None:
        if self._workers:
            self._next_step = self._reactor.callLater(seconds, self._keep_up)

    # --- the end

    def close(self) -> Deferred[None]:
        """End, once what was begun is done; nothing is stored or read from now on. Idempotent."""
        workers, self._workers = self._workers, {}
        cancel(self._next_step)
        closings = {"commits": self._writer.close, "reads": self._reader.close, "upkeep": self._upkeep.close}
        ended = [worker.end(closings.get(name, _nothing)) for name, worker in workers.items()]
        return gatherResults(ended).addCallback(lambda _: None)


def _nothing() -> None:
    pass
