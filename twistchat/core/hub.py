"""The shared state of all interfaces: who is here, which rooms are open, and the one way into the log and out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from operator import attrgetter
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.core.admission import Admission
from twistchat.core.bans import Rules
from twistchat.core.command_table import NO_WORDS, CommandTable, Words
from twistchat.core.commands import COMMANDS
from twistchat.core.delivery import Author, Delivery, Submission
from twistchat.core.events import Entry, Event, Joined, Left
from twistchat.core.figures import Figures
from twistchat.core.limits import Limits
from twistchat.core.names import EVERYWHERE, LOBBY
from twistchat.core.ports import Client, Clock, Log
from twistchat.core.presence import TOLD_SECONDS
from twistchat.core.proclamation import Proclamation
from twistchat.core.replies import notice
from twistchat.core.room import Room
from twistchat.core.roster import Roster
from twistchat.core.session import Session
from twistchat.errors import ChatError, NotStored, Overloaded, Phrase, TooManyRooms

log = Logger()

MOST_PENDING = 16384
"""Events waiting for a log that is slow; past that people are asked to try again."""


MOST_ANNOUNCED = 100
"""Announcements kept for the past of rooms that are opened."""

Watcher = Callable[[Sequence[Entry]], None]


class Hub:
    """One chat: people, rooms and the log, whatever interface people came by.

    What happens is submitted, committed with everything else of the same reactor turn, and only then delivered.
    """

    def __init__(self, log: Log, clock: Clock, limits: Limits, words: Words = NO_WORDS) -> None:
        """Make an empty chat.

        Args:
            log: Where events are kept.
            clock: The reactor, or a test's clock.
            limits: May be replaced at any time; the new ones hold from the next line on.
            words: What commands are called in other languages.
        """
        self.log = log
        self.clock = clock
        self.limits = limits
        self.commands = CommandTable(COMMANDS, words)
        self.roster = Roster()
        self.admission = Admission()
        self.rules = Rules()
        self.figures = Figures()
        self.rooms: dict[str, Room] = {}
        self.sessions: dict[Session, None] = {}
        self._pending: list[Submission] = []
        self._owed: list[Submission] = []
        self._committing = False
        self._commit_began = 0.0
        self._announced: deque[Entry] = deque(maxlen=MOST_ANNOUNCED)
        self._watchers: list[Watcher] = []
        self._waiting: list[Deferred[None]] = []  # for the batch that is being committed
        self._waiting_next: list[Deferred[None]] = []

    @property
    def pending(self) -> int:
        """Events that wait for the log."""
        return len(self._pending)

    def connect(self, client: Client[Any]) -> Session:
        """Begin a session for somebody who has no name yet.

        Raises:
            TooManyConnections, ConnectingTooOften: Their address has its most; there is no session.
            Banned, Locked: They may not come in now; there is no session.
        """
        try:
            self.rules.check_address(client.address, self.clock.seconds())
            self.admission.enter(client.address, self.limits, self.clock.seconds())
        except ChatError as error:
            self.figures.refusals[error.code] += 1
            raise
        session = Session(self, client)
        self.sessions[session] = None
        return session

    def forget(self, session: Session) -> None:
        """Drop a session that has ended."""
        del self.sessions[session]
        self.admission.leave(session.client.address)

    def shut_down(self) -> None:
        """Tell everyone that the server stops, and end their sessions."""
        for session in list(self.sessions):
            session.tell(notice("stopping", "The server is stopping. Goodbye."))
            session.end()

    async def room(self, name: str) -> Room:
        """The open room of that checked name; it is opened, with its latest lines, if nobody is in it.

        Raises:
            TooManyRooms: No further room can be opened.
        """
        if name not in self.rooms:
            self._check_room_for_one_more()
            keep = self.limits.history or 0
            latest = await self.log.latest(name, keep)
            if name not in self.rooms:
                self._check_room_for_one_more()
                self.rooms[name] = Room(name, self._with_announced(latest), keep)
        return self.rooms[name]

    def _with_announced(self, latest: Sequence[Entry]) -> list[Entry]:
        """Put what was announced to everyone among a room's latest lines, also what came while the log was asked."""
        return sorted([*latest, *self._announced], key=attrgetter("number"))

    async def recall_announcements(self) -> None:
        """Ask the log for what was announced to everyone before this start."""
        latest = await self.log.latest(EVERYWHERE, self.limits.history or 0)
        self._announced.extendleft(reversed(latest))

    def _check_room_for_one_more(self) -> None:
        if len(self.rooms) >= self.limits.rooms:
            raise TooManyRooms(self.limits.rooms)

    def submit(self, author: Session, *events: Event, recipient: Session | None = None) -> None:
        """Put events on their way into the log; they are delivered once they are committed.

        Args:
            author: Who caused them, and is told if they cannot be stored.
            events: In their order; the rooms they name must be open.
            recipient: Who gets a private message.

        Raises:
            Overloaded: The log is too far behind; none was taken. Leaving is always taken.
        """
        if len(self._pending) >= MOST_PENDING and not all(isinstance(event, Left) for event in events):
            raise Overloaded
        for event in events:
            self._put(Submission(event, author, recipient))
        if events:
            self._pending[-1].tag = author.handed_on()

    def proclaim(self, event: Event) -> Deferred[Entry]:
        """Put something that the administrator says on its way into the log.

        Args:
            event: The room that it names must be open; none stands for everywhere.

        Returns:
            What was committed, once it is delivered. Fails with Overloaded or NotStored: nobody has seen it.
        """
        author = Proclamation()
        try:
            self.check_load()
        except Overloaded as error:
            author.not_stored(error)
        else:
            self._put(Submission(event, author))
        return author.answer

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Have something called with the stored entries of each batch, in their order, once it is delivered.

        Returns:
            What ends it; idempotent.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def drained(self) -> Deferred[None]:
        """Wait until all that was submitted so far is committed and delivered, or refused."""
        if not self._committing:
            return succeed(None)
        waiting = self._waiting_next if self._pending else self._waiting
        waiting.append(Deferred())
        return waiting[-1]

    def _put(self, submission: Submission) -> None:
        self._pending.append(submission)
        self._expect(submission.event.room, 1)
        if not self._committing:
            self._schedule()

    def _expect(self, room: str, count: int) -> None:
        if room:
            self.rooms[room].expected += count

    def check_load(self) -> None:
        """Make sure that the log is not too far behind.

        Raises:
            Overloaded: It is.
        """
        if len(self._pending) >= MOST_PENDING:
            raise Overloaded

    def _schedule(self) -> None:
        self._committing = True
        self.clock.callLater(0, self._commit)

    def _commit(self) -> None:
        self._commit_began = self.clock.seconds()
        batch = self._owed + self._pending
        self._owed, self._pending = [], []
        self._waiting, self._waiting_next = self._waiting_next, []
        appended = maybeDeferred(self.log.append, [submission.event for submission in batch if submission.stored])
        appended.addCallbacks(self._committed, self._not_stored, callbackArgs=(batch,), errbackArgs=(batch,))
        appended.addBoth(self._go_on)

    def _committed(self, entries: Sequence[Entry], batch: list[Submission]) -> None:
        now = self.clock.seconds()
        self.figures.commits += 1
        self.figures.commit_seconds += now - self._commit_began
        committed = list(zip(batch, _with_private(entries, batch, now), strict=True))
        proclaimed = [(s.author, entry) for s, entry in committed if isinstance(s.author, Proclamation)]
        self._announced.extend(entry for _, entry in proclaimed if entry.event.room == EVERYWHERE)
        self._deliver(committed)
        for author, entry in proclaimed:
            author.answer.callback(entry)
        for watcher in list(self._watchers):
            watcher(entries)

    def _deliver(self, batch: list[tuple[Submission, Entry]]) -> None:
        touched = Counter([entry.event.room for _, entry in batch])
        for name, count in touched.items():
            self._expect(name, -count)
        try:
            Delivery(self.rooms, self.sessions, self.rules.standing(self.clock.seconds())).deliver(batch)
        finally:
            self.close_empty_rooms(touched.keys())
        for submission, entry in batch:
            if submission.tag:
                submission.author.done(submission.tag, entry.number)
        for name in touched.keys() & self.rooms.keys():
            self._schedule_presence(self.rooms[name])

    def _schedule_presence(self, room: Room) -> None:
        if room.presence and not room.presence.is_due:
            room.presence.is_due = True
            self.clock.callLater(TOLD_SECONDS, self._tell_presence, room)

    def _tell_presence(self, room: Room) -> None:
        room.presence.is_due = False
        if self.rooms.get(room.name) is room:
            Delivery(self.rooms, self.sessions).tell_presence(room)

    def close_empty_rooms(self, names: AbstractSet[str]) -> None:
        """Close those of these rooms that nobody is in or on the way to; the lobby stays open."""
        for name in names - {LOBBY}:
            room = self.rooms.get(name)
            if room is not None and not len(room) and not room.expected:
                del self.rooms[name]

    def _not_stored(self, failure: Failure, batch: list[Submission]) -> None:
        self.figures.failures += 1
        error = failure.value
        if not isinstance(error, ChatError):
            log.failure("the log failed in a way that it should not", failure)
            error = NotStored(Phrase("an error in the server"))
        batch += self._pending  # what was submitted after it counted on it
        self._pending = []
        self._take_back(batch, error)
        self.close_empty_rooms({s.event.room for s in batch})

    def _take_back(self, batch: list[Submission], error: ChatError) -> None:
        owed = _owed(batch)
        for submission in reversed(batch):
            self._expect(submission.event.room, -1)
            submission.author.taken_back(submission.event)
        for author, event in owed:
            self._owed.append(Submission(replace(event, name=author.shown_name), author))
            self._expect(event.room, 1)
        tags: dict[Author, list[str]] = {}
        for submission in batch:
            tags.setdefault(submission.author, []).append(submission.tag)
        for who, of_lines in tags.items():
            who.not_stored(error, [tag for tag in of_lines if tag])

    def _go_on(self, result: object) -> object:
        self._committing = False
        if self._pending:
            self._schedule()
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)
        return result


def _with_private(entries: Sequence[Entry], batch: list[Submission], now: float) -> Iterable[Entry]:
    """What a batch was committed as; what is delivered in its place but not stored has no number."""
    if len(entries) == len(batch):
        return entries
    stored = iter(entries)
    return [next(stored) if s.stored else Entry(0, now, s.event) for s in batch]


def _owed(batch: list[Submission]) -> list[tuple[Session, Left]]:
    """Who is gone from rooms that were told of their coming. Nobody is there to try again: it goes with the next."""
    moves: dict[tuple[Session, str], Joined | Left] = {}
    for submission in batch:
        event, author = submission.event, submission.author
        if isinstance(author, Session) and author.is_gone and isinstance(event, Joined | Left):
            moves.setdefault((author, event.room), event)
    return [(author, first) for (author, _), first in moves.items() if isinstance(first, Left)]
