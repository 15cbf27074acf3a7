"""One call's way through the log, which is its queue.

Rule 1: a position says up to which entry all is dealt with. What is above it is read from the log, so nothing is lost
    while the receiver is down, or this server. Each line is called out at least once, in the log's order.
Rule 2: one request at a time, and one a second at most. What is tried is fixed, and kept, before it is sent: tried
    again, after a restart too, it is the same and has the same id.
Rule 3: of several servers one calls. Another takes over with the position that the former kept; what that had sent and
    had no answer to is sent again, the same with the same id.
Rule 4: who is away for longer than a day, or than 10,000 entries, misses what was before, and is told how much.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.calls.positions import Position, Positions
from twistchat.core.bans import CALL, Act
from twistchat.core.calling import options_of, wants
from twistchat.core.clocks import DelayedCall, cancel
from twistchat.core.events import Entry
from twistchat.core.hub import Hub
from twistchat.core.leaving import leaving
from twistchat.errors import NotRead, NotRecorded
from twistchat.wire.calls import called_out, fields_of, fitting, is_relayed

log = Logger()

PAGE = 500
"""Entries read at once."""

PAGES_A_STEP = 4
"""Pages without anything to be told, before the others have their turn."""

APART_SECONDS = 1.0
"""Between the beginnings of two requests."""

RETRY_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0)
"""After the first failure, the second, …; the last one for all that follow."""

LEAST_ASKED_SECONDS, MOST_ASKED_SECONDS = 1.0, 1800.0
"""What of a receiver's own `Retry-After` is kept to: no sooner than calls follow each other, no later than ours."""

MOST_BEHIND = 10_000
MOST_BEHIND_SECONDS = 86400.0

GONE = 410
"""HTTP's way to say: call no more (RFC 9110 15.5.11)."""


class Answered(NamedTuple):
    """What came of a request."""

    status: int | None
    """HTTP's; None where there was no answer."""
    problem: str = ""
    """Why there was none, without anything of the URL but its host."""
    again: float | None = None
    """After how many seconds the receiver wants to be asked again, where it says so."""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    def __str__(self) -> str:
        return self.problem if self.status is None else f"HTTP {self.status}"


Send = Callable[[str, dict[str, str], bytes], Awaitable[Answered]]
"""Posts to a URL header fields and a body. Does not fail."""


class CallQueue:
    """What one call still has to tell."""

    def __init__(self, hub: Hub, act: Act, send: Send, positions: Positions, secret: str) -> None:
        """Tell nothing before `begin`.

        Args:
            hub: The chat.
            act: The call.
            send: Posts.
            positions: Where is kept how far it has come.
            secret: What it signs with.
        """
        self.act = act
        self.state = hub.calls.state(act)
        self._hub = hub
        self._send = send
        self._positions = positions
        self._secret = secret
        self._options = options_of(act)
        self._position: Position | None = positions.get(act.number)
        self._newest = 0
        self._failures = 0
        self._began = -APART_SECONDS
        self._next: DelayedCall | None = None
        self._is_busy = False
        self._has_news = False
        self._is_over = False
        self._doing: Deferred[float | None] | None = None

    def begin(self) -> None:
        """Go on from where it was."""
        self._later(0.0)

    def wake(self) -> None:
        """There is more in the log."""
        self._has_news = True
        if not self._is_busy and not self._failures and (self._next is None or not self._next.active()):
            self._later(max(0.0, self._began + APART_SECONDS - self._hub.clock.seconds()))

    def end(self) -> None:
        """Tell nothing more; idempotent."""
        self._is_over = True
        cancel(self._next)

    def break_off(self) -> None:
        """Tell nothing more, and wait for no answer: it is another server's turn now."""
        self.end()
        if self._doing is not None:
            self._doing.cancel()

    def _later(self, seconds: float) -> None:
        if not self._is_over:
            self._next = self._hub.clock.callLater(seconds, self._step)

    def _step(self) -> None:
        self._is_busy = True
        stepping = Deferred.fromCoroutine(self._go_on())
        self._doing = stepping
        stepping.addErrback(self._broke)
        stepping.addCallback(self._rest)

    def _broke(self, failure: Failure) -> float:
        if not (self._is_over and failure.check(CancelledError)):
            log.failure("a call cannot go on", failure)
        return RETRY_SECONDS[-1]

    def _rest(self, seconds: float | None) -> None:
        self._is_busy = False
        self._doing = None
        if seconds is not None:
            self._later(seconds)
        elif self._has_news:
            self.wake()

    async def _go_on(self) -> float | None:
        """Tell what there is to be told in one request.

        Returns:
            After how many seconds to go on; None where there is nothing to be told.
        """
        self._has_news = False
        try:
            entries = await self._due()
        except NotRead:
            return RETRY_SECONDS[1]
        if entries is None:
            return 0.0
        if not entries or self._is_over:
            return None
        self._began = self._hub.clock.seconds()
        if not await self._keep(to=entries[-1].number):
            return RETRY_SECONDS[1]
        return await self._tell(entries)

    # --- reading

    async def _due(self) -> list[Entry] | None:
        """What is to be told next; nothing where there is none, and None where more has to be looked at."""
        position = await self._caught_up()
        if self._newest < max(position.at, position.to or 0):
            return []  # another server has dealt with what is not in this copy yet; that comes, and wakes this
        for _ in range(PAGES_A_STEP):
            to = position.to
            page = [*await self._hub.log.after(position.at, PAGE)]
            tried = [entry for entry in page if to is None or entry.number <= to]
            wanted = [entry for entry in tried if wants(self.act, self._options, entry)]
            told = fitting(await leaving(self._hub, self.act, wanted), self._options.dialect, self._with_room)
            if told:
                return told
            at = tried[-1].number if tried else position.at
            position = self._position = Position(at, None, position.skipped)
            if to is None and len(page) < PAGE:
                self._look_back(position)
                return []
        return None

    @property
    def _with_room(self) -> bool:
        return not self.act.room

    async def _caught_up(self) -> Position:
        """Where to go on: not behind the end of the log, and not too far behind."""
        newest = await self._hub.log.first_since(math.inf) - 1
        position = self._position
        if position is None:
            position = Position(await self._hub.log.first_since(self.act.time) - 1)
        elif max(position.at, position.to or 0) > newest and not self._positions.are_shared:
            position = Position(min(position.at, newest))  # the log is another: in memory, or put back from a copy
        since = await self._hub.log.first_since(self._hub.wall() - MOST_BEHIND_SECONDS) - 1
        least = max(newest - MOST_BEHIND, min(since, newest))
        if position.at < least:
            position = Position(least, None, position.skipped + least - position.at)
        self._position, self._newest = position, newest
        self._look_back(position)
        return position

    def _look_back(self, position: Position) -> None:
        self.state.position = position.at
        self.state.skipped = position.skipped
        self.state.behind = max(0, self._newest - position.at)

    async def _keep(self, to: int | None) -> bool:
        assert self._position is not None
        self._position = Position(self._position.at, to, self._position.skipped)
        return await self._positions.put(self.act.number, self._position)

    # --- telling

    async def _tell(self, entries: list[Entry]) -> float | None:
        assert self._position is not None
        last = entries[-1].number
        kind, body = called_out(entries, self._options.dialect, self._with_room, self._position.skipped)
        hops = 2 if is_relayed(entries[0]) else 1
        fields = fields_of(self._secret, last, body, kind, self._hub.wall(), hops)
        if self._is_over or self.act not in self._hub.programs.all(CALL):
            return None
        answered = await self._send(self.act.before, fields, body)
        self.state.status = str(answered)
        if answered.is_taken:
            return await self._taken(entries, last)
        return None if self._is_over else await self._refused(answered)

    async def _taken(self, entries: list[Entry], last: int) -> float:
        if self.state.failing_since is not None:
            log.info("call {name}: {where} is reached again.", name=self.act.subject, where=self.act.text)
        self._failures = 0
        self.state.failing_since = None
        self.state.latest = self._hub.wall()
        self.state.sent += len(entries)
        self._position = Position(last)
        self._look_back(self._position)
        await self._keep(to=None)
        return max(0.0, self._began + APART_SECONDS - self._hub.clock.seconds())

    async def _refused(self, answered: Answered) -> float | None:
        self.state.failures += 1
        if answered.status == GONE:
            await self._give_up()
            return None
        if self.state.failing_since is None:
            self.state.failing_since = self._hub.wall()
            log.error(
                "call {name}: {where} does not take what is said: {answered}. It is tried again.",
                name=self.act.subject,
                where=self.act.text,
                answered=str(answered),
            )
        wait = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
        self._failures += 1
        if answered.again is not None:
            return min(max(answered.again, LEAST_ASKED_SECONDS), MOST_ASKED_SECONDS)
        return wait

    async def _give_up(self) -> None:
        """End the call, as its receiver wants none."""
        log.info("call {name}: {where} wants no more calls; it is ended.", name=self.act.subject, where=self.act.text)
        ended = Act(f"un{CALL}", self.act.text, self.act.subject, f"HTTP {GONE}", lifts=(self.act.number,))
        try:
            await self._hub.acts.record(ended)
        except NotRecorded:
            log.error("call {name}: that it ended could not be recorded.", name=self.act.subject)
        self.end()
