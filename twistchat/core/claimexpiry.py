"""Claimed names whose owner has not come for long are free again: who was last here when, and what follows from that.

Rule 1: nobody's name is set free early. A stay that the log tells of is known to the second; those that it has
    forgotten are known by the act that claims the name, which is recorded anew when its owner comes and it is older
    than a sixth of the time (`RENEWED`). So without the log a name may be kept by a sixth longer.
Rule 2: what is looked at are the log's own entries, once each, and whoever is here.
Rule 3: an administrator is warned before (`WARNED_SECONDS`), and an owner who comes within that time is told.
Rule 4: a name that is given back by `undo` is kept as if its owner had come then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.core import names
from twistchat.core.bans import Act
from twistchat.core.events import Event
from twistchat.core.hub import Hub
from twistchat.core.nameclaims import CLAIM, RELEASE, NameClaim
from twistchat.core.person import Person
from twistchat.core.replies import notice
from twistchat.errors import ChatError, NotRecorded

log = Logger()

DAY = 86400.0
WARNED_SECONDS = 14 * DAY
RENEWED = 6
STEP = 50_000
"""Entries of the log that are looked through at once: 30 ms of the thread that reads."""

MOST_NAMED = 10
"""Names in one line of the operator's log."""

WHO = "--claims-keep"
"""By what names are released, in the audit."""


class ClaimExpiry:
    """Sets names free; `look` is to be called at the start, and once a day."""

    def __init__(self, hub: Hub, keep: float) -> None:
        """Begin, knowing of nobody.

        Args:
            hub: The chat.
            keep: Seconds for which nobody has come by a name, after which it is free.
        """
        self._hub = hub
        self.keep = keep
        self._seen: dict[str, float] = {}
        self._upto: int | None = None
        self._warned: set[str] = set()
        hub.comings.watch(self)

    # --- when who was here

    def last_seen(self, claim: NameClaim) -> float:
        """When a name's owner was here last, as far as that is known; now, where they are."""
        if self._is_here(claim):
            return self._hub.wall()
        return max(self._seen.get(names.key(claim.name), 0.0), claim.renewed)

    def free_at(self, claim: NameClaim) -> float:
        """When a name is free again if nobody comes by it, in seconds since 1970."""
        is_known = self._seen.get(names.key(claim.name), 0.0) >= claim.renewed
        return self.last_seen(claim) + self.keep + (0.0 if is_known or self._is_here(claim) else self.keep / RENEWED)

    def _is_here(self, claim: NameClaim) -> bool:
        holder = self._hub.roster.holder_of(claim.name)
        return holder is not None and holder.owns(claim)

    # --- as a PeopleWatcher

    def came(self, person: Person) -> None:
        """Have an owner's name last from now on."""
        claim = self._hub.rules.claims.find(person.shown_name)
        if claim is None or not person.owns(claim):
            return
        key, now = names.key(claim.name), self._hub.wall()
        self._seen[key] = now
        if key in self._warned:
            self._warned.discard(key)
            days = round(self.keep / DAY)
            sentence = (
                "Your name {name} would soon have been free, as you had not come for long. "
                "It is yours for {days} days more."
            )
            person.tell(notice("claim-kept", sentence, name=claim.name, days=days))
        if claim.renewed <= now - self.keep / RENEWED:
            Deferred.fromCoroutine(self._renew(person, claim))

    def renamed(self, person: Person, _old: str) -> None:
        """The same as to come, by another name."""
        self.came(person)

    def signalled(self, person: Person, event: Event) -> None:
        """Whoever is here is."""

    def went(self, person: Person) -> None:
        """Note until when an owner was here."""
        claim = None if person.name is None else self._hub.rules.claims.find(person.name)
        if claim is not None and person.owns(claim):
            self._seen[names.key(claim.name)] = self._hub.wall()

    async def _renew(self, person: Person, claim: NameClaim) -> None:
        act = Act(CLAIM, person.name or claim.name, claim.name, "came again", proofs=claim.proofs)
        try:
            await self._hub.acts.record(act)
        except NotRecorded as error:  # the log knows of this stay for a while; they may come once more until then
            log.error("claims: that {name!a} came is not in the audit: {reason}", name=claim.name, reason=error.reason)

    # --- once a day

    async def look(self) -> None:
        """Look who was here since the last time, warn of names that are free soon, and set free those that are.

        Raises:
            NotRead: The log cannot be read; nothing has changed.
        """
        await self._read_on()
        due: list[NameClaim] = []
        soon: list[NameClaim] = []
        now = self._hub.wall()

        def sort(claim: NameClaim) -> None:
            left = self.free_at(claim) - now
            if left <= WARNED_SECONDS:
                (soon if left > 0 else due).append(claim)

        await self._hub.turn.each(self._hub.rules.claims, sort)  # of 10,000 that takes a third of a second
        await self._release(due)
        new = [claim.name for claim in soon if names.key(claim.name) not in self._warned]
        self._warned = {names.key(claim.name) for claim in soon}
        if new:
            log.warn(
                "claims: free in {days} days or less, unless their owners come: {names}. `claims` tells when.",
                days=round(WARNED_SECONDS / DAY),
                names=_few(new),
            )

    async def _read_on(self) -> None:
        hub = self._hub
        if self._upto is None:
            self._upto = await hub.log.first_since(hub.wall() - self.keep) - 1
        while True:
            seen = await hub.log.seen(self._upto, STEP)
            await hub.turn.each(seen.times.items(), self._note)
            if seen.upto <= self._upto:
                return
            self._upto = seen.upto

    def _note(self, seen: tuple[str, float]) -> None:
        name, time = seen
        claim = self._hub.rules.claims.find(name)
        if claim is not None and time > claim.since:  # before that they were anybody's
            key = names.key(claim.name)
            self._seen[key] = max(self._seen.get(key, 0.0), time)

    async def _release(self, due: Iterable[NameClaim]) -> None:
        freed = []
        for claim in due:
            await self._hub.turn.time()
            if self._hub.rules.claims.find(claim.name) == claim and self.free_at(claim) <= self._hub.wall():
                try:
                    await self._hub.acts.record(Act(RELEASE, WHO, claim.name, self._why(claim)))
                except ChatError as error:
                    log.error("claims: {name!a} cannot be set free: {error}", name=claim.name, error=str(error))
                    break
                self._hub.claim_desk.forget(claim.name)
                self._seen.pop(names.key(claim.name), None)
                freed.append(claim.name)
        if freed:
            log.info("claims: free again, as nobody came by them for long: {names}.", names=_few(freed))

    def _why(self, claim: NameClaim) -> str:
        last = datetime.fromtimestamp(self.last_seen(claim), UTC)
        return f"last seen {last:%Y-%m-%d}, kept for {round(self.keep / DAY)} days"


def _few(some: list[str]) -> str:
    more = f" and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else ""
    return f"{', '.join(map(ascii, some[:MOST_NAMED]))}{more}"
