"""The shared state of all interfaces: who is here, which rooms are open, and the one way into the log and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.core.admission import Admission
from twistchat.core.delivery import Delivery, Submission
from twistchat.core.events import Entry, Event, Joined, Left
from twistchat.core.limits import Limits
from twistchat.core.names import LOBBY
from twistchat.core.ports import Client, Clock, Log
from twistchat.core.replies import notice
from twistchat.core.room import Room
from twistchat.core.roster import Roster
from twistchat.core.session import Session
from twistchat.errors import ChatError, NotStored, Overloaded, TooManyRooms

log = Logger()

MOST_PENDING = 16384
"""Events waiting for a log that is slow; past that people are asked to try again."""


class Hub:
    """One chat: people, rooms and the log, whatever interface people came by.

    What happens is submitted, committed with everything else of the same reactor turn, and only then delivered.
    """

    def __init__(self, log: Log, clock: Clock, limits: Limits) -> None:
        """Make an empty chat.

        Args:
            log: Where events are kept.
            clock: The reactor, or a test's clock.
            limits: May be replaced at any time; the new ones hold from the next line on.
        """
        self.log = log
        self.clock = clock
        self.limits = limits
        self.roster = Roster()
        self.admission = Admission()
        self.rooms: dict[str, Room] = {}
        self.sessions: dict[Session, None] = {}
        self._pending: list[Submission] = []
        self._owed: list[Submission] = []
        self._committing = False

    def connect(self, client: Client[Any]) -> Session:
        """Begin a session for somebody who has no name yet.

        Raises:
            TooManyConnections, ConnectingTooOften: Their address has its most; there is no session.
        """
        self.admission.enter(client.address, self.limits, self.clock.seconds())
        session = Session(self, client)
        self.sessions[session] = None
        return session

    def forget(self, session: Session) -> None:
        """Drop a session that has ended."""
        if session in self.sessions:
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
                self.rooms[name] = Room(name, latest, keep)
        return self.rooms[name]

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
            self._pending.append(Submission(event, author, recipient))
            self._expect(event, 1)
        if self._pending and not self._committing:
            self._schedule()

    def _expect(self, event: Event, count: int) -> None:
        if event.room:
            self.rooms[event.room].expected += count

    def _schedule(self) -> None:
        self._committing = True
        self.clock.callLater(0, self._commit)

    def _commit(self) -> None:
        batch = self._owed + self._pending
        self._owed, self._pending = [], []
        appended = self.log.append([submission.event for submission in batch if submission.event.stored])
        appended.addCallbacks(self._committed, self._not_stored, callbackArgs=(batch,), errbackArgs=(batch,))
        appended.addBoth(self._go_on)

    def _committed(self, entries: Sequence[Entry], batch: list[Submission]) -> None:
        stored = iter(entries)
        now = self.clock.seconds()
        self._deliver([(s, next(stored) if s.event.stored else Entry(0, now, s.event)) for s in batch])

    def _deliver(self, batch: list[tuple[Submission, Entry]]) -> None:
        for submission, _ in batch:
            self._expect(submission.event, -1)
        try:
            Delivery(self.rooms).deliver(batch)
        finally:
            self._close_empty_rooms({submission.event.room for submission, _ in batch})

    def _close_empty_rooms(self, touched: set[str]) -> None:
        for name in touched - {LOBBY}:
            room = self.rooms.get(name)
            if room is not None and not len(room) and not room.expected:
                del self.rooms[name]

    def _not_stored(self, failure: Failure, batch: list[Submission]) -> None:
        error = failure.value
        if not isinstance(error, ChatError):
            log.failure("the log failed in a way that it should not", failure)
            error = NotStored("an error in the server")
        now = self.clock.seconds()
        self._deliver([(s, Entry(0, now, s.event)) for s in batch if not s.event.stored])
        self._take_back([s for s in batch if s.event.stored], error)
        self._close_empty_rooms({s.event.room for s in batch})

    def _take_back(self, batch: list[Submission], error: ChatError) -> None:
        never_came = {(s.author, s.event.room) for s in batch if isinstance(s.event, Joined)}
        self._pending = [s for s in self._pending if not self._is_moot(s, never_came)]
        for submission in reversed(batch):
            event, author, _ = submission
            if isinstance(event, Left) and author.is_gone and (author, event.room) not in never_came:
                self._owed.insert(0, submission)  # nobody is there to try again: it goes with the next batch
            else:
                self._expect(event, -1)
                author.taken_back(event)
        for author in dict.fromkeys(submission.author for submission in batch):
            author.not_stored(error)

    def _is_moot(self, submission: Submission, never_came: set[tuple[Session, str]]) -> bool:
        """Whether it would tell a room of somebody whose joining it was never told of."""
        moot = (submission.author, submission.event.room) in never_came
        if moot:
            self._expect(submission.event, -1)
        return moot

    def _go_on(self, result: object) -> object:
        self._committing = False
        if self._pending:
            self._schedule()
        return result
