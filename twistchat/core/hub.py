"""Who is connected here: the shared state of all interfaces, and the way in for people."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from twisted.internet.defer import Deferred

from twistchat.core.admission import Admission
from twistchat.core.claimdesk import NO_VAULT
from twistchat.core.command_table import NO_WORDS, CommandTable, Words
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.identity import Identity
from twistchat.core.limits import Limits
from twistchat.core.names import EVERYWHERE
from twistchat.core.person import Person
from twistchat.core.place import NOWHERE, Whereabouts
from twistchat.core.ports import Client, Clock, Elsewhere, Log, Names, Vault, WallClock
from twistchat.core.replies import notice
from twistchat.core.roster import OwnNames
from twistchat.core.session import Session
from twistchat.core.shared import SharedState
from twistchat.errors import ChatError, Draining, NotNear


class Hub(SharedState[Person]):
    """One chat, whatever interface people come by: connects them, forgets them, shuts down."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        wall: WallClock,
        limits: Limits,
        words: Words = NO_WORDS,
        names: Names | None = None,
        place: Whereabouts = NOWHERE,
        zone: tzinfo = UTC,
        vault: Vault = NO_VAULT,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """Make an empty chat.

        Args:
            log: Where events are kept.
            clock: Time for intervals: the reactor, or a test's clock.
            wall: The time of day.
            limits: May be replaced at any time; the new ones hold from the next line on.
            words: What commands are called in other languages.
            names: Where names are reserved; here alone unless given.
            place: Where the server is.
            zone: Of the days that people name.
            vault: Makes the codes of names that are claimed; without it nobody claims any.
            elsewhere: The other servers; there are none unless given.
        """
        self.everyone: dict[Person, None] = {}
        """All who are connected, those without a name included."""
        commands = CommandTable(COMMANDS, words)
        super().__init__(
            log, clock, wall, limits, commands, names or OwnNames(), self.everyone.keys(), place, zone, vault
        )
        if elsewhere is not None:
            self.elsewhere = elsewhere
        self.admission = Admission()
        self.is_draining = False
        """Whether nobody new is taken, as the server is about to stop."""

    def connect(self, client: Client[Any]) -> Session:
        """Begin a session for somebody who has no name yet.

        Raises:
            NotNear: Who comes by that interface has to be near, and they are not; there is no session.
            TooManyConnections, ConnectingTooOften: Their address has its most; there is no session.
            Banned: They may not come in now; there is no session.
            Draining: Nobody may; there is no session.
        """
        try:
            if self.is_draining:
                raise Draining
            if not self.place.admits(client.interface, client.address):
                raise NotNear
            self.rules.check_ban(Identity(None, client.address), self.wall())
            self.admission.enter(client.address, self.limits, self.clock.seconds())
        except ChatError as error:
            self.figures.refusals[error.code] += 1
            raise
        session = Session(self, client, self._forget)
        self.everyone[session.person] = None
        return session

    def _forget(self, person: Person) -> None:
        del self.everyone[person]
        self.admission.leave(person.client.address)

    def tell_of_end(self) -> None:
        """Tell those who are here that the server stops soon."""
        sentence = "This server stops soon. Come in again now: another takes you, or this one once it is back."
        soon = notice("draining", sentence)
        Deferred.fromCoroutine(self.turn.each(self.everyone, lambda person: person.tell(soon)))

    async def recall_announcements(self) -> None:
        """Ask the log for what was announced to everyone before this start."""
        announced = await self.log.latest(EVERYWHERE, self.limits.history or 0)
        self.census.recall(announced)
        self.rules.numbered(announced)

    def shut_down(self) -> Deferred[None]:
        """Tell everyone that the server stops, and end their sessions, of as many in a turn as there is time for.

        Returns:
            What fires when all have been told.
        """
        return Deferred.fromCoroutine(self.turn.each(self.everyone, _stop))


def _stop(person: Person) -> None:
    person.tell(notice("stopping", "The server is stopping. Goodbye."))
    person.end()
