"""The way of a line into a session: paid for, dealt with in its order, and answered where it has a tag."""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from twistchat.core.bucket import Bucket
from twistchat.core.command_table import split
from twistchat.core.replies import Answer, Done, Refused, Reply, notice
from twistchat.core.text import clean
from twistchat.errors import ChatError, Overloaded, TooFast

if TYPE_CHECKING:
    from twistchat.core.session import Session

MOST_HELD = 64
"""Lines kept while an earlier one waits for the log; past that they are refused."""

HELD_SECONDS = 0.05
"""How long nothing more is taken from somebody, where that is possible, once half of those lines wait."""

REMARK_SECONDS = 10.0
"""How long a talker who was told to slow down is not told again."""


class Intake:
    """One person's lines. Exactly one answer goes to each that has a tag, whatever becomes of the line."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bucket = Bucket(session.since)
        self._told_to_slow_down = -REMARK_SECONDS
        self._tag = ""  # of the line that is being dealt with
        self._waiting = False
        self._catching_up = False
        self._held: deque[tuple[str, str]] = deque()

    def receive(self, line: str, tag: str) -> None:
        """Take a line, or hold it while an earlier one waits for the log."""
        if not self._waiting:
            self._take(line, tag)
        elif len(self._held) < MOST_HELD:
            self._held.append((line, tag))
            if len(self._held) >= MOST_HELD // 2:
                self._session.client.hold(HELD_SECONDS)
        else:
            self._session.tell(Refused(Overloaded(), tag))

    def reject(self, error: ChatError, tag: str) -> None:
        """Refuse a line that could not even be read; it costs as much as any other."""
        if self._pays(1.0, self._session.hub.clock.seconds()):
            self._session.tell(Refused(error, tag))

    def refuse(self, error: ChatError) -> None:
        """Tell the person why the line that is being dealt with was not done."""
        self._session.tell(Refused(error, self.handed_on()))

    def handed_on(self) -> str:
        """The tag of the line that is being dealt with; whoever takes it answers it."""
        tag, self._tag = self._tag, ""
        return tag

    def answers(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        """Replies as they are told now: they answer the line that is being dealt with, where that has a tag."""
        return [Answer(reply, self._tag) for reply in replies] if self._tag else replies

    def forget(self) -> None:
        """Drop what is held, as nobody is there any more."""
        self._held.clear()

    def _take(self, line: str, tag: str) -> None:
        self._tag = tag
        try:
            self._deal_with(clean(line))
        except ChatError as error:
            self.refuse(error)
        if not self._waiting:
            self._settle()

    def _deal_with(self, text: str) -> None:
        session = self._session
        now = session.hub.clock.seconds()
        word, rest, row = None, text, None
        if text.startswith("/") and session.name is not None:
            word, rest = split(text)
            row = None if word is None else session.hub.commands.get(word)
        if not self._pays(1.0 if row is None else row.price, now):
            return
        if row is None or row.counts_as_activity:
            session.active = now
        doing = session.act_on(word, rest)
        if doing is not None:
            self._wait_for(doing)

    def _settle(self) -> None:
        """Answer the tag of a line that brought nothing."""
        if self._tag:
            self._session.tell(Done(self.handed_on(), 0))

    def _wait_for(self, coroutine: Coroutine[Deferred[Any], Any, None]) -> None:
        self._waiting = True
        Deferred.fromCoroutine(self._finish(coroutine))

    async def _finish(self, coroutine: Coroutine[Deferred[Any], Any, None]) -> None:
        try:
            await coroutine
        except ChatError as error:
            self.refuse(error)
        finally:
            self._waiting = False
            self._settle()
            self._catch_up()

    def _catch_up(self) -> None:
        """Take the held lines, one after another however many of them wait in turn: never one within another."""
        if self._catching_up:
            return
        self._catching_up = True
        try:
            while self._held and not self._waiting:
                self._take(*self._held.popleft())
        finally:
            self._catching_up = False

    def _pays(self, price: float, now: float) -> bool:
        """Hold back a talker who is over the flood limit; false where the interface cannot, and the line is refused."""
        session = self._session
        rate = session.hub.limits.flood
        wait = self._bucket.wait(rate, price, now)
        if wait == 0 or session.client.hold(wait):
            self._bucket.spend(rate, price, now)
            if wait and now - self._told_to_slow_down >= REMARK_SECONDS:
                self._told_to_slow_down = now
                session.tell(notice("slow-down", "You are faster than the limit: your lines go out one after another."))
            return True
        if now - self._told_to_slow_down >= 1.0 or self._tag:
            self._told_to_slow_down = now
            self.refuse(TooFast(wait))
        return False
