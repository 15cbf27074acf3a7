"""The chat that is connected here, as the cluster works with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.cluster.journal import ClusterJournal
from twistchat.core import names
from twistchat.core.events import Announced, Entry, KeySet, PrivateSet
from twistchat.core.following import follow
from twistchat.core.hub import Hub
from twistchat.core.moderation import Moderation
from twistchat.core.names import EVERYWHERE
from twistchat.core.person import Person
from twistchat.core.replies import Goodbye, Refused, notice
from twistchat.core.ruling import admit_who_is_here
from twistchat.errors import NameTaken, Phrase

log = Logger()

APART = Phrase(
    "This server was apart from the others. What it showed after number {after} ({count} entries) was seen only here, "
    "and is gone. What the others said meanwhile follows."
)


WHO_DECIDES = "who decides"
"""What is asked of other servers."""


def who_decides(hub: Hub) -> dict[str, tuple[list[str], list[str]]]:
    """The operators of each room, and who has a voice in it."""
    terms = {record.name: record.terms for record in hub.census}
    return {room: ([*each.operators.values()], [*each.voiced.values()]) for room, each in terms.items()}


class ChatHere:
    """A hub, for the cluster."""

    def __init__(
        self,
        hub: Hub,
        moderation: Moderation,
        journal: ClusterJournal,
        heard: Callable[[dict[str, Any]], None],
    ) -> None:
        """Work with a hub.

        Args:
            hub: It.
            moderation: What does here what was decided elsewhere.
            journal: Where acts are written down.
            heard: Takes what another server says to this one.
        """
        self._hub = hub
        self._moderation = moderation
        self._journal = journal
        self.heard = heard

    async def begin(self, memberships: Iterable[tuple[str, str]]) -> None:
        """Know who is in which room elsewhere, with what the copy says of those rooms."""
        await self._found(_by_room(memberships), 1)
        asking = Deferred.fromCoroutine(self._learn_who_decides())
        asking.addErrback(lambda failure: log.failure("cluster: who decides on rooms was not learnt", failure))

    async def _learn_who_decides(self) -> None:
        """Ask the other servers who decides on rooms, and who has a voice: it follows from all since a room was opened.

        Nobody waits for it: until it is known those who are operators are refused at this server alone.
        """
        for told in (await self._hub.elsewhere.ask_all(WHO_DECIDES)).values():
            for room, (operators, voiced) in told.get("rooms", {}).items():
                if (record := self._hub.census.get(room)) is not None:
                    record.know_who_decides(operators, voiced)

    async def _found(self, rooms: Mapping[str, Sequence[str]], lines: int) -> None:
        for room, people in rooms.items():
            latest, terms = await self._hub.log.latest(room, lines), await self._hub.log.terms(room)
            self._hub.census.found(room, people, latest, terms)
        await self._hub.recall_announcements()

    async def cut(self, number: int, count: int) -> None:
        """Tell people that so many entries behind a number were seen only here, and are in the log no more."""
        apart = notice("apart", APART, after=number, count=count)
        hub = self._hub
        await hub.turn.each(hub.everyone, lambda person: person.tell(apart))
        if self._journal.cut(number):
            hub.acts.begin_again(self._journal.acts())
        await self._know_rooms(number, [])

    async def begin_again(self, memberships: Iterable[tuple[str, str]]) -> None:
        """Know who is in which room, here and elsewhere, once what the others have was read."""
        await self._know_rooms(sys.maxsize, memberships)

    async def _know_rooms(self, upto: int, memberships: Iterable[tuple[str, str]]) -> None:
        """Know of all rooms what the copy says up to a number, and who is in them."""
        census = self._hub.census
        census.cut(upto)
        open_here: dict[str, list[str]] = {record.name: [] for record in census}
        await self._found(open_here | _by_room(memberships), self._hub.limits.history or 1)

    def memberships(self) -> list[tuple[str, str]]:
        """Who of those connected here is in which room."""
        return [(room, person.shown_name) for person in self._hub.roster if person.is_welcome for room in person.rooms]

    def settled(self) -> Deferred[None]:
        """Wait until all that was submitted so far is in the log, or was refused."""
        return self._hub.pipeline.drained()

    def displace(self, keys: frozenset[str]) -> None:
        """End the stay of whoever has names of these keys, which are somebody else's now."""
        for person in [*self._hub.everyone]:
            if person.name is not None and names.keys(person.name) & keys:
                _displaced(person)

    # --- acts

    def lasting_acts(self) -> dict[int, bytes]:
        """The acts that last, and those that end some."""
        return self._journal.lasting()

    def learn_acts(self, lines: Sequence[bytes]) -> None:
        """Have such acts in force."""
        if self._journal.add(lines):
            self._hub.acts.begin_again(self._journal.acts())

    def enact(self, number: int, time: float, act: str, is_own: bool) -> None:
        """Write down an act at its place in the log; one of another server's is done here, too."""
        taken = self._journal.take(number, time, act)
        if taken is not None and not is_own:
            doing = Deferred.fromCoroutine(follow(self._moderation, taken))
            doing.addErrback(lambda failure: log.failure("cluster: an act of another server failed here", failure))

    def announced(self, entries: Sequence[Entry]) -> None:
        """Find the entries of standing announcements that other servers have made; follow who closes rooms there."""
        for entry in entries:
            if isinstance(entry.event, PrivateSet | KeySet):
                admit_who_is_here(self._hub, entry.event)
        found = [entry for entry in entries if entry.event.room is EVERYWHERE and isinstance(entry.event, Announced)]
        if found:
            self._hub.rules.numbered(found)


def _by_room(memberships: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    rooms: dict[str, list[str]] = {}
    for room, name in memberships:
        rooms.setdefault(room, []).append(name)
    return rooms


def _displaced(person: Person) -> None:
    """End somebody's stay whom the log has gone already, under a name that is somebody else's now."""
    if person.is_gone:
        return
    person.tell(Refused(NameTaken(person.shown_name)), Goodbye())
    person.client.disconnect()
    for room in person.rooms:
        person.shared.rooms[room].remove(person)
    person.membership.clear()
    person.close()
