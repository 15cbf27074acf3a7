"""The one way into the log and out: what is submitted in a turn is committed together, and only then delivered.

Rule 1: one batch at a time is with the log. What is submitted meanwhile goes with the next, in its order, and with
    those after it where it is more than one batch takes (`twistchat.core.queue`).
Rule 2: what the log brings is delivered in the log's order. Own entries find their submissions waiting, one for one;
    what is not stored (private messages) keeps its place among them.
Rule 3: what could not be stored is taken back, last first, and with it what was submitted since, as it counted on that.
    Then each author is told once.
Rule 4: who is gone cannot try again: their leaving, where others were told of their coming, goes with the next batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.core.author import Author, NobodyHere, Proclamation
from twistchat.core.clocks import Clock, WallClock
from twistchat.core.dispatch import Dispatch
from twistchat.core.events import Aside, Entry, Event, Left, Signal, Stored
from twistchat.core.figures import Figures
from twistchat.core.ignoring import Ignoring
from twistchat.core.member import Member
from twistchat.core.ports import Committed, Log
from twistchat.core.queue import Queue
from twistchat.core.rooms import Rooms
from twistchat.core.submission import Delivered, Submission
from twistchat.core.turn import Turn
from twistchat.errors import ChatError, NotStored, Overloaded, Phrase

log = Logger()

MOST_PENDING = 16384
"""Events waiting for a log that is slow; past that people are asked to try again."""

Watcher = Callable[[Sequence[Entry]], None]


class Pipeline:
    """Submits what happens here, and takes what the log brings."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        turn: Turn,
        wall: WallClock,
        rooms: Rooms,
        ignoring: Ignoring[Member],
        dispatch: Dispatch,
        figures: Figures,
    ) -> None:
        """Follow a log.

        Args:
            log: Where events are kept.
            clock: Says how long commits take.
            turn: What says when a turn ends; it is full once it has brought a batch.
            wall: Gives the time of what is delivered and not stored.
            rooms: The rooms that are open here, which stay open for what is on its way to them.
            ignoring: Who ignores whom, as a line costs more whose author many ignore.
            dispatch: What delivers.
            figures: Where commits are counted.
        """
        self._log = log
        self._clock = clock
        self._turn = turn
        self._wall = wall
        self._rooms = rooms
        self._dispatch = dispatch
        self._figures = figures
        self._ignored = ignoring.by_key
        self._pending = Queue(ignoring)
        self._lines = self._pending.waiting  # looked at for each line
        self._owed: list[Submission] = []
        self._in_flight: list[Submission] = []
        self._is_committing = False
        self._telling = 0
        """How many have waited and are told in turn."""
        self._commit_began = 0.0
        self._watchers: list[Watcher] = []
        self._settled = 0  # how many ever were committed or taken back
        self._waiting: deque[tuple[int, Deferred[None]]] = deque()  # until so many are settled
        log.follow(self.come)

    @property
    def pending(self) -> int:
        """Events that wait for the log."""
        return len(self._pending)

    @property
    def is_busy(self) -> bool:
        """Whether anything that was submitted is still to be committed and delivered."""
        return self._is_committing

    # --- submitting

    def check_load(self) -> None:
        """Make sure that the log is not too far behind.

        Raises:
            Overloaded: It is.
        """
        if len(self._pending) >= MOST_PENDING:
            raise Overloaded

    def check_storing(self) -> None:
        """Make sure that the log stores what it is given, as far as it knows without trying.

        Raises:
            NotStored: It does not.
        """
        if (reason := self._log.trouble) is not None:
            raise NotStored(reason)

    def submit(
        self, author: Author, member: Member, *events: Event, recipient: Member | None = None, beside: str | None = None
    ) -> None:
        """Put events on their way into the log; they are delivered once they are committed.

        Args:
            author: Who caused them, and is told if they cannot be stored.
            member: The same as those know them who are in a room with them.
            events: In their order; the rooms they name must be open.
            recipient: Who gets a private message.
            beside: What stands beside them as they happen.

        Raises:
            Overloaded: The log is too far behind; none was taken. Leaving is always taken.
        """
        if len(self._pending) >= MOST_PENDING and not all(isinstance(event, Left) for event in events):
            raise Overloaded
        for event in events:
            last = Submission(event, author, member, recipient, beside=beside, is_last=False)
            self._put(last)
        if events:
            last.tag, last.is_last = author.handed_on(), True

    def submit_line(self, author: Author, member: Member, event: Event) -> None:
        """Put one event of a room on its way that costs one line unless its author is ignored; see `submit`.

        Nearly all events are such, and alone.

        Raises:
            Overloaded: The log is too far behind; it was not taken.
        """
        lines = self._lines
        if len(lines) >= MOST_PENDING:
            raise Overloaded
        submission = Submission(event, author, member, None, author.handed_on())
        if self._ignored:
            self._put(submission)
            return
        lines.append(submission)
        self._rooms.expect(event.room, 1)
        if not self._is_committing:
            self._schedule()
        if len(lines) >= self._pending.fills_at:
            self._fill()

    def relay(self, signal: Signal, beside: str | None) -> None:
        """Tell those in an open room of a signal of somebody at another server; where much waits nobody is told.

        Args:
            signal: It.
            beside: What stands beside it.
        """
        if len(self._pending) < MOST_PENDING:
            self._put(Submission(signal, NobodyHere(), beside=beside))

    def proclaim(self, event: Stored) -> Deferred[Entry]:
        """Put something that an administrator or a moderator says on its way into the log.

        Returns:
            What was committed, once it is delivered. Fails with Overloaded, NotStored or, where it names a room that is
            not open, NoSuchRoom: nobody has seen it.
        """
        author = Proclamation()
        try:
            if isinstance(event.room, str):
                self._rooms.check_open(event.room)
            self.check_load()
        except ChatError as error:
            author.not_stored(error, ())
        else:
            self._put(Submission(event, author, tag=author.handed_on()))
        return author.answer

    def _put(self, submission: Submission) -> None:
        self._pending.put(submission)
        self._rooms.expect(submission.event.room, 1)
        if not self._is_committing:
            self._schedule()
        if self._pending.is_full:
            self._fill()

    def _fill(self) -> None:
        """Bring no more in this turn than it has brought, unless it is the log that is slow."""
        if not self._in_flight:
            self._turn.fill()

    def _schedule(self) -> None:
        self._is_committing = True
        self._turn.at_end(self._commit)

    # --- committing

    def _commit(self) -> None:
        self._commit_began = self._clock.seconds()
        self._in_flight, self._owed = self._owed + self._pending.take(), []
        events = [one.event for one in self._in_flight if isinstance(one.event, Stored)]
        if events:
            maybeDeferred(self._log.append, events).addErrback(self._not_stored)
        else:
            self.come([Committed(())])

    def come(self, parts: Sequence[Committed]) -> None:
        """Take what the log brings, own and others' batches in its order, and deliver all of it at once."""
        batch: list[Delivered] = []
        own: list[Submission] = []
        for part in parts:
            if part.is_own and self._in_flight:
                own, self._in_flight = self._in_flight, []
                batch.extend(_matched(part.entries, own, self._wall))
            else:
                batch.extend((entry, None) for entry in part.entries)
        self._settled += len(own)
        try:
            self._deliver(batch)
        except Exception:
            log.failure("what was committed could not be delivered")
        if own:
            self._figures.commits += 1
            self._figures.commit_seconds += self._clock.seconds() - self._commit_began
            self._go_on()

    def _deliver(self, batch: list[Delivered]) -> None:
        self._dispatch.deliver(batch)
        for told, submission in batch:
            if submission is not None and submission.tag is not None:
                submission.author.done(submission.tag, told)
        if self._watchers:
            entries = [told for told, _ in batch if isinstance(told, Entry)]
            for watcher in list(self._watchers):
                watcher(entries)

    def _go_on(self) -> None:
        self._is_committing = False
        if self._lines:
            self._schedule()
            if self._pending.is_full:
                self._turn.fill()
        while self._waiting and self._waiting[0][0] <= self._settled:
            self._tell_soon(self._waiting.popleft()[1])

    def _tell_soon(self, settled: Deferred[None]) -> None:
        self._telling += 1
        self._turn.wait(partial(self._tell, settled))

    def _tell(self, settled: Deferred[None]) -> None:
        self._telling -= 1
        settled.callback(None)

    # --- taking back

    def _not_stored(self, failure: Failure) -> None:
        self._figures.failures += 1
        error = failure.value
        if not isinstance(error, ChatError):
            log.failure("the log failed in a way that it should not", failure)
            error = NotStored(Phrase("an error in the server"))
        batch = self._in_flight + self._pending.take_all()
        self._in_flight = []
        self._settled += len(batch)
        self._take_back(batch, error)
        self._rooms.close_empty({submission.event.room for submission in batch})
        self._go_on()

    def _take_back(self, batch: list[Submission], error: ChatError) -> None:
        members: dict[Author, Member | None] = {}
        tags: dict[Author, list[str]] = {}
        for submission in reversed(batch):
            self._rooms.expect(submission.event.room, -1)
            submission.author.taken_back(submission.event)
        for submission in batch:
            members[submission.author] = submission.member
            of_lines = tags.setdefault(submission.author, [])
            if submission.tag is not None:
                of_lines.append(submission.tag)
        for author, member in members.items():
            for event in author.owed():
                self._owed.append(Submission(event, author, member))
                self._rooms.expect(event.room, 1)
        for author, of_lines in tags.items():
            author.not_stored(error, of_lines)

    # --- watching

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Have something called with the stored entries of each batch, in their order, once it is delivered.

        Returns:
            What ends it; idempotent.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def drained(self) -> Deferred[None]:
        """Wait until all that was submitted so far is committed and delivered, or refused."""
        if not self._is_committing and not self._telling:
            return succeed(None)
        settled: Deferred[None] = Deferred()
        if not self._is_committing:  # behind whoever waits for the same, and has not been told yet
            self._tell_soon(settled)
            return settled
        before = self._settled + len(self._in_flight) + len(self._owed) + len(self._pending)
        self._waiting.append((before, settled))
        return settled


def _matched(entries: Sequence[Entry], own: list[Submission], wall: WallClock) -> Iterable[Delivered]:
    """What a batch was committed as; what is not stored is told aside, in its place."""
    is_plain = not any(one.beside for one in own)
    if is_plain and len(entries) == len(own):
        return zip(entries, own, strict=True)
    stored = iter(entries)
    now = wall()
    matched = [((next(stored) if isinstance(one.event, Stored) else Aside(None, now, one.event)), one) for one in own]
    return matched if is_plain else [(told._replace(beside=one.beside), one) for told, one in matched]
