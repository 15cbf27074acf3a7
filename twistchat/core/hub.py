"""Who is connected here: the shared state of all interfaces, and the way in for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred

from twistchat.core.admission import Admission
from twistchat.core.claimdesk import NO_VAULT
from twistchat.core.clocks import Clock, WallClock
from twistchat.core.command_table import NO_WORDS, CommandTable, Words
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.identity import Identity
from twistchat.core.limits import Limits
from twistchat.core.names import EVERYWHERE
from twistchat.core.person import Person
from twistchat.core.place import NOWHERE, Whereabouts
from twistchat.core.portrait import ChatPortrait, RoomPortrait, SessionPortrait
from twistchat.core.portraying import meet
from twistchat.core.ports import Client, Elsewhere, Log, Names, Vault
from twistchat.core.replies import notice
from twistchat.core.roster import OwnNames
from twistchat.core.session import Session
from twistchat.core.shared import SharedState
from twistchat.core.telling import tell_everyone
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
        self.everyone: dict[Person, Session] = {}
        """All who are connected, those without a name included, and their sessions."""
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
        return self._begun(client)

    def _begun(self, client: Client[Any]) -> Session:
        session = Session(self, client, self._forget)
        self.everyone[session.person] = session
        return session

    # --- handed to another process

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is on its way into the log, and no line waits for it or for another thread."""
        is_quiet = self.calls.is_at_rest() and not self.pipeline.is_busy
        return is_quiet and all(session.is_at_rest for session in self.everyone.values())

    def tell_presence(self) -> None:
        """Tell at once what is held back of coming and going."""
        for room in self.rooms.values():
            if room.presence:
                tell_everyone(room)

    def portrait(self) -> ChatPortrait:
        """What another process needs to go on, beside each session's own; the chat is at rest."""
        now, numbers = self.clock.seconds(), self.numbers
        return ChatPortrait(
            [room.portrait(numbers).written() for room in self.rooms.values()],
            [room.written() for room in self.rooms.elsewhere(numbers)],
            self.admission.portrait(now),
            self.stays.portrait(),
            self.room_stays.portrait(),
            self.tries.portrait(now),
            self.claim_desk.portrait(now),
            self.programs.portrait(now),
        )

    @property
    def numbers(self) -> dict[Person, int]:
        """Those who are connected, by their numbers in a portrait."""
        return {person: number for number, person in enumerate(self.everyone)}

    async def prepare(self, portrait: ChatPortrait) -> None:
        """Be ready for all who were there when a portrait was made: their rooms are open, and counted is what was.

        Raises:
            ChatError: A room cannot be opened.
        """
        for each in portrait.rooms:
            await self.rooms.opened(RoomPortrait.read(each).name)
        for each in portrait.rooms_elsewhere:
            await self.rooms.know_elsewhere(RoomPortrait.read(each))
        now = self.clock.seconds()
        self.admission.revive(portrait.admission, now)
        self.stays.revive(portrait.stays)
        self.room_stays.revive(portrait.room_stays)
        if portrait.tries is not None:
            self.tries.revive(portrait.tries, now)
        if portrait.claim_desk is not None:
            self.claim_desk.revive(portrait.claim_desk, now)
        if portrait.programs is not None:
            self.programs.revive(portrait.programs, now)

    def revive(self, portrait: SessionPortrait, client: Client[Any]) -> Session:
        """Have a session back, in the order in which they were; they are with each other again after `settle`."""
        session = self._begun(client)
        session.revive(portrait)
        return session

    def settle(self, chat: ChatPortrait, sessions: Sequence[SessionPortrait]) -> list[Callable[[], None]]:
        """Have all be in their rooms again, after each of them was revived; nobody is told anything.

        Args:
            chat: What was prepared for.
            sessions: Of everyone.

        Returns:
            What is to be called, of one after another, to deal with what waited.
        """
        everyone = [*self.everyone]
        for person, portrait in zip(everyone, sessions, strict=True):
            meet(person, portrait, everyone)
        for each in map(RoomPortrait.read, chat.rooms):
            self.rooms[each.name].revive(each, everyone)
        for each in map(RoomPortrait.read, chat.rooms_elsewhere):
            self.rooms.invite_again(each, everyone)
        for person in everyone:
            if person.is_welcome:
                self.comings.came(person)
        both = zip(self.everyone.values(), sessions, strict=True)
        return [partial(session.go_on, portrait) for session, portrait in both]

    # ---

    def _forget(self, person: Person) -> None:
        del self.everyone[person]
        self.figures.gone += 1
        self.admission.leave(person.client.address)

    def tell_of_end(self) -> None:
        """Tell those who are here that the server stops soon."""
        sentence = "This server stops soon. Join again now: another takes you, or this one once it is back."
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
