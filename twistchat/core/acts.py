"""How an act is done: recorded first, then put in force or done, and where that fails, recorded as failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from twisted.logger import Logger

from twistchat.core.bans import Act, Rules
from twistchat.core.nameclaims import CLAIMING
from twistchat.core.ports import Journal
from twistchat.errors import ChatError, ClaimedAlready, NotRecorded, Phrase, TooManyActs

log = Logger()

T = TypeVar("T")

ClaimWatcher = Callable[[str | None], object]
"""Is called with the name whose claim has changed; with None where it may be any."""

FAILED = "failed"
"""The verb under which it is recorded that an act which was recorded could not be done."""

MOST_BY_CODE = 2000
"""Acts by one moderator's code since the server started: four a minute of eight hours, and 400 KB of the audit."""


class Acts:
    """The way of acts into the journal and into force; until there is a journal none is recorded, and none done."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._journal: Journal | None = None
        self._changed: Callable[[], Awaitable[None]] | None = None
        self._by_code: Counter[int] = Counter()
        self._claim_watchers: list[ClaimWatcher] = []

    def watch_claims(self, call: ClaimWatcher) -> Callable[[], object]:
        """Have something called whenever other names may be claimed than before, or by other proofs.

        Returns:
            What ends it; idempotent.
        """
        self._claim_watchers.append(call)
        return lambda: self._claim_watchers.remove(call) if call in self._claim_watchers else None

    def claim_was_proven(self, name: str) -> None:
        """Have those who watch claims look again, as somebody has shown that a claimed name is theirs."""
        for call in [*self._claim_watchers]:
            call(name)

    def _tell_of_claims(self, act: Act) -> None:
        if act.verb in CLAIMING or act.lifts:
            name = act.subject if act.verb in CLAIMING else None
            for call in [*self._claim_watchers]:
                call(name)

    def begin(self, journal: Journal, changed: Callable[[], Awaitable[None]]) -> None:
        """Put in force what was in force when the journal was last written, and be ready for more.

        Args:
            journal: Where acts are kept.
            changed: Has what is in force reach those who are here.
        """
        self._journal = journal
        self._changed = changed
        self._rules.take(*journal.acts())

    async def follow(self, act: Act) -> None:
        """Put in force what another server has recorded, at its place in the log."""
        self._rules.take(act)
        self._tell_of_claims(act)
        if self._changed is not None and (act.lasts or act.lifts):
            await self._changed()

    def begin_again(self, acts: Iterable[Act]) -> None:
        """Put in force what follows from all acts anew, as earlier ones have become known."""
        self._rules.begin(acts)

    def count(self, code: int) -> None:
        """Count one more act by a code, whose own act has that number.

        Raises:
            TooManyActs: It has had its most.
        """
        if self._by_code[code] >= MOST_BY_CODE:
            raise TooManyActs(MOST_BY_CODE)
        self._by_code[code] += 1

    async def claim(self, act: Act) -> Act:
        """Record that a name is somebody's own which was nobody's, as far as was known.

        Raises:
            NotRecorded: It is not recorded.
            ClaimedAlready: The act of somebody else, perhaps at another server, was before it; this one failed.
        """
        recorded = await self._kept(act)
        held = self._rules.claims.claimed_before(act.subject, recorded.number)
        if held is None:
            return await self._put_in_force(recorded)
        refusal = ClaimedAlready(held.name)
        await self.failed(recorded, refusal)
        raise refusal

    async def record(self, act: Act) -> Act:
        """Record an act that cannot fail, and put it in force.

        Raises:
            NotRecorded: It is not, and nothing has changed.
        """
        return await self._put_in_force(await self._kept(act))

    async def _put_in_force(self, recorded: Act) -> Act:
        self._rules.take(recorded)
        self._tell_of_claims(recorded)
        assert self._changed is not None, "it came with the journal"
        if recorded.verb not in CLAIMING:  # those who are here keep their names; only who comes is asked for proofs
            await self._changed()
        return recorded

    async def do(self, act: Act, do: Callable[[], Awaitable[T]]) -> tuple[Act, T]:
        """Record an act that may fail, and do it; where it fails, that is recorded too, so that it is not in force.

        Raises:
            NotRecorded: It was not done.
            ChatError: It could not be done.
        """
        recorded = await self._kept(act)
        try:
            done = await do()
        except ChatError as error:
            await self.failed(recorded, error)
            raise
        return recorded, done

    async def _kept(self, act: Act) -> Act:
        if self._journal is None:
            raise NotRecorded(Phrase("there is none"))
        return await self._journal.record(act)

    async def failed(self, act: Act, error: ChatError) -> None:
        """Record that an act which was recorded could not be done."""
        failed = Act(FAILED, act.who, act.subject, str(error), lifts=(act.number,))
        try:
            self._rules.take(act, await self._kept(failed))
        except NotRecorded:
            log.error("audit: {verb} {number} failed, which is not recorded", verb=act.verb, number=act.number)
