"""The way of a line into a session: paid for, dealt with in its order, and answered where it has a tag.

Rule 1: lines are dealt with one after another. While one waits for the log or the flood limit, those behind it wait.
Rule 2: a line costs its price of the flood limit, however it came. Where the interface can wait, a talker who is over
    the limit is held back and nothing is lost; where it cannot, the line is refused.
Rule 3: what waits is bounded: past half of `MOST_HELD` the interface is asked to wait, past all of it lines are
    refused.
Rule 4: lines that were held are dealt with while the turn has time, see `twistchat.core.turn`; those that come are an
    interface's to bring then.
Rule 5: exactly one answer goes to each line that has a tag, whatever becomes of it.
Rule 6: a line that could not be read has its place among the others, so that what stands behind a name is refused
    behind the welcome, as what is said is said behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred

from twistchat.core.bucket import Bucket
from twistchat.core.clocks import DelayedCall
from twistchat.core.command_table import split
from twistchat.core.person import Person
from twistchat.core.portrait import IntakePortrait, error_as, error_of
from twistchat.core.replies import Refused, notice
from twistchat.core.text import clean_line
from twistchat.errors import ChatError, Overloaded, TooFast

MOST_HELD = 64
"""Lines kept while an earlier one waits; past that they are refused."""

HELD_SECONDS = 0.05
"""How long nothing more is taken from somebody, where that is possible, once half of those lines wait."""

REMARK_SECONDS = 10.0
"""How long a talker who was told to slow down is not told again."""

Doing = Coroutine[Deferred[Any], Any, None]
Act = Callable[[str | None, str], Doing | None]
"""Does what a line says: the command, or None, and what stands behind it. Gives what is to be waited for."""


class Deed(NamedTuple):
    """Something to be done in the order of the lines, of a dialect that has other words than ours."""

    do: Callable[[], Doing | None]
    """Does it; gives what is to be waited for. It may raise a ChatError."""

    price: float
    """What it costs of the flood limit; a line costs 1."""

    counts_as_activity: bool = True
    """Whether whoever does it is not idle."""

    came: bytes = b""
    """What it was made of, from which its interface can make it again in another process."""

    only_says: bool = False
    """Whether it says something and no more, so that nobody looks at the clock behind it: rule 5 of `core.turn`."""


Heard = str | Deed | ChatError
"""A line, a deed in place of one, or why a line could not be read."""


class Intake:
    """One person's lines."""

    def __init__(self, person: Person, act: Act) -> None:
        """Take nothing yet.

        Args:
            person: Whose lines they are.
            act: Does what a line says.
        """
        self._person = person
        self._act = act
        self._answering = person.answering
        self._clock = person.shared.clock
        self._turn = person.shared.turn
        self._bucket = Bucket(person.since)
        self._told_to_slow_down = -REMARK_SECONDS
        self._waiting = False  # for the log
        self._held_until = 0.0  # for the flood limit
        self._catching_up = False
        self._next: DelayedCall | None = None
        self._held: list[tuple[Heard, str | None]] = []  # a deque takes 700 bytes where none waits
        self._at_rest: Callable[[], object] | None = None

    @property
    def held(self) -> int:
        """Lines that wait for an earlier one, or for the flood limit."""
        return len(self._held)

    @property
    def holds_lines(self) -> bool:
        """Whether any of those is more than Enter."""
        return any(not isinstance(line, str) or clean_line(line) for line, _ in self._held)

    # --- handed to another process

    @property
    def is_waiting(self) -> bool:
        """Whether a line is being done, and waits for the log or another thread."""
        return self._waiting

    def portrait(self, now: float) -> IntakePortrait:
        """What another process needs to go on; no line waits for the log."""
        lines = [[*_heard_as(heard), tag] for heard, tag in self._held]
        held = max(0.0, self._held_until - now)
        return IntakePortrait(self._bucket.portrait(now), now - self._told_to_slow_down, held, lines)

    def revive(self, portrait: IntakePortrait, now: float) -> None:
        """Be where a portrait was made, and deal with nothing before `go_on`."""
        self._bucket = Bucket.revived(portrait.bucket, now)
        self._told_to_slow_down, self._held_until = now - portrait.told, now + portrait.held
        for *written, tag in portrait.lines:
            self._held.append((_heard_of(written, self._person.client), tag))

    def go_on(self) -> None:
        """Deal with what waits."""
        self._catch_up_now()

    # ---

    def receive(self, line: Heard, tag: str | None) -> None:
        """Take a line, or hold it while an earlier one waits."""
        if not self._waiting and not self._held:
            self._take(line, tag)
        elif len(self._held) < MOST_HELD:
            self._held.append((line, tag))
            if len(self._held) >= MOST_HELD // 2:
                self._person.client.hold(max(HELD_SECONDS, self._held_until - self._clock.seconds()))
        else:
            self._person.tell(Refused(Overloaded(), tag))

    def refuse(self, error: ChatError, is_for_it: Callable[[str], bool]) -> bool:
        """Refuse a name, and what is held behind it, which was never meant for one: once, and each line with a tag.

        Args:
            error: Why.
            is_for_it: Whether a line is what the refusal asks for; where that is held next, all that is held stays.

        Returns:
            Whether there were lines without a tag, as whoever talks without waiting for answers sends.
        """
        if self._held and isinstance(line := self._held[0][0], str) and is_for_it(line):
            self._person.tell(Refused(error, self._answering.handed_on()))
            return False
        was_ahead = any(isinstance(line, str) and clean_line(line) and tag is None for line, tag in self._held)
        tags = [tag for tag in (self._answering.handed_on(), *(tag for _, tag in self._held)) if tag is not None]
        self._held.clear()
        self._person.tell(*(Refused(error, tag) for tag in tags or (None,)))
        return was_ahead

    def when_at_rest(self, call: Callable[[], object]) -> None:
        """Call something once all that was taken is dealt with; at once where it is, never where this ends before."""
        self._at_rest = call
        self._see_whether_at_rest()

    def _see_whether_at_rest(self) -> None:
        if self._at_rest is not None and not self._waiting and not self._held:
            call, self._at_rest = self._at_rest, None
            call()

    def end(self) -> None:
        """Drop what is held, as nobody is there any more."""
        self._at_rest = None
        self._held.clear()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _take(self, line: Heard, tag: str | None) -> None:
        answering = self._answering
        answering.tag = tag
        try:
            if isinstance(line, str):
                self._deal_with(clean_line(line))
            elif isinstance(line, Deed):
                self._do(line)
            else:
                self._refuse_unread(line)
        except ChatError as error:
            self._person.refuse(error)
        if answering.tag is not None and not self._waiting:
            self._person.settle()

    def _refuse_unread(self, error: ChatError) -> None:
        """Refuse a line that could not even be read; it costs as much as any other."""
        now = self._clock.seconds()
        too_fast = self._charge(1.0, now)
        if too_fast is None or self._remarks_on_it(now, self._answering.tag):
            raise too_fast or error

    def _deal_with(self, text: str) -> None:
        person = self._person
        now = self._clock.seconds()
        word, rest, row = None, text, None
        if "/" in text and text.lstrip().startswith("/") and person.name is not None:
            word, rest = split(text)
            row = None if word is None else person.shared.commands.get(word)
        if self._pay(1.0 if row is None else row.price, row is None or row.counts_as_activity, now):
            doing = self._act(word, rest)
            if doing is not None:
                self._wait_for(doing)
            if doing is not None or word is not None:
                self._turn.has_time()  # looked at after each command, see there

    def _do(self, deed: Deed) -> None:
        if self._pay(deed.price, deed.counts_as_activity, self._clock.seconds()):
            doing = deed.do()
            if doing is not None:
                self._wait_for(doing)
            if doing is not None or not deed.only_says:
                self._turn.has_time()

    def _pay(self, price: float, counts_as_activity: bool, now: float) -> bool:
        """Take the price; false where what it is for is not done.

        Raises:
            TooFast: The same, and they are told so.
        """
        too_fast = self._charge(price, now)
        if too_fast is not None:
            if self._remarks_on_it(now, self._answering.tag):
                raise too_fast
            return False
        if counts_as_activity:
            self._person.active = now
        return True

    def _wait_for(self, doing: Doing) -> None:
        self._waiting = True
        Deferred.fromCoroutine(self._finish(doing))

    async def _finish(self, doing: Doing) -> None:
        try:
            await doing
        except ChatError as error:
            self._person.refuse(error)
        finally:
            self._waiting = False
            self._person.settle()
            self._catch_up()
            self._see_whether_at_rest()

    # --- catching up with what is held

    def _catch_up(self) -> None:
        """Take the held lines, one after another however many of them wait in turn: never one within another."""
        if self._catching_up:
            return
        self._catching_up = True
        try:
            while self._held and not self._waiting:
                wait = self._held_until - self._clock.seconds()
                if wait > 0:
                    self._catch_up_in(wait)
                    return
                if not self._turn.has_time():
                    self._catch_up_next()
                    return
                self._take(*self._held.pop(0))
        finally:
            self._catching_up = False

    def _catch_up_in(self, seconds: float) -> None:
        """Go on later; the interface is to wait as long, as what it brought now would only be held."""
        self._next = self._clock.callLater(seconds, self._catch_up_now)
        self._person.client.hold(seconds)

    def _catch_up_next(self) -> None:
        self._next = self._turn.wait(self._catch_up_now)

    def _catch_up_now(self) -> None:
        self._next = None
        self._catch_up()
        self._see_whether_at_rest()

    # --- the flood limit

    def _charge(self, price: float, now: float) -> TooFast | None:
        """Hold back a talker who is over the limit; where the interface cannot, give what the line is refused with."""
        person = self._person
        rate = person.shared.limits.flood
        if rate is None:
            return None
        wait = self._bucket.wait(rate, price, now)
        if wait and not person.client.hold(wait):
            return TooFast(wait)
        self._bucket.spend(rate, price, now)
        if wait:
            self._held_until = now + wait
            if now - self._told_to_slow_down >= REMARK_SECONDS:
                self._told_to_slow_down = now
                person.tell(notice("slow-down", "You are faster than the limit: your lines go out one after another."))
        return None

    def _remarks_on_it(self, now: float, tag: str | None) -> bool:
        """Whether somebody who is too fast is told so this time: each line that has a tag, of others one a second."""
        if tag is None and now - self._told_to_slow_down < 1.0:
            return False
        self._told_to_slow_down = now
        return True


def _heard_as(heard: Heard) -> Sequence[Any]:
    if isinstance(heard, str):
        return ["line", heard]
    if isinstance(heard, Deed):
        return ["deed", heard.came.decode("latin-1")]
    return error_as(heard)


def _heard_of(written: Sequence[Any], client: Any) -> Heard:
    """What was written so; an interface makes its deeds again.

    Raises:
        ValueError: It is nothing that is known.
    """
    kind, *what = written
    if kind == "line":
        return str(what[0])
    if kind == "deed":
        deed: Deed | None = client.deed(what[0].encode("latin-1"))
        if deed is None:
            raise ValueError("a line that waited cannot be read again")
        return deed
    return error_of(*what)
