"""Somebody who is connected: what they can do in the chat, and what it tells them.

Commands and administrators work with this; delivery sees it as a `Member`, the pipeline as an `Author`. What an
interface sees of it is its `twistchat.core.session.Session`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from twistchat.core import holding, names
from twistchat.core.admittance import coming, decided
from twistchat.core.announcements import ShownAnnouncements
from twistchat.core.answering import Answering
from twistchat.core.doorkeeper import Doorkeeper
from twistchat.core.events import (
    Acted,
    Away,
    Event,
    Gone,
    Joined,
    Left,
    PutOut,
    Removed,
    Renamed,
    RenamedAlone,
    Said,
    Told,
    TopicSet,
)
from twistchat.core.identity import Identity, key_mark, proof_mark
from twistchat.core.member import Member
from twistchat.core.membership import Membership
from twistchat.core.nameclaims import NameClaim
from twistchat.core.ownership import Ownership
from twistchat.core.ports import Client, Format
from twistchat.core.preferences import Preferences
from twistchat.core.queries import Older, Query
from twistchat.core.replies import Done, Goodbye, Refused, Reply, Welcome, notice
from twistchat.core.rights import Rights
from twistchat.core.shared import SharedState
from twistchat.errors import ChatError, InTooManyRooms, NameClaimed, NotInRoom, TextTooLong

LEAST_KEY_CHARS = 22
"""Of a program's key that proves a name: 128 bits in base64, as those of the page and of `docs/numbered.py` have."""


class Person:
    """One person, who may have no name yet."""

    def __init__(self, shared: SharedState[Person], client: Client[Any], door: Doorkeeper) -> None:
        self.shared = shared
        self.client = client
        self.name: str | None = None
        self.key: str | None = None
        """For programs: whoever knows it may take this person's place."""
        self.preferences = Preferences(client.format)
        self.announcements = ShownAnnouncements()
        self.membership = Membership()
        self.answering = Answering()
        self.handed_on = self.answering.handed_on  # no method: each line asks for it
        self.rights = Rights(shared, lambda: self.identity)
        self.ownership = Ownership()
        self.reply_to: Member | str | None = None
        self.more: Query | Older | None = None
        """Where /more goes on."""
        self.away: str | None = None
        """Why they are away; None where they are not."""
        self.description: str | None = None
        """Who they say they are, as IRC's real name has it."""
        self.is_gone = False
        self.is_removed = False
        """Whether they are gone by an administrator's word."""
        self.is_welcome = False
        self.since = self.active = shared.clock.seconds()
        """When they connected, and when they last did something, by the clock for intervals."""
        self._door = door
        self._owed: dict[str, Left] = {}

    @property
    def shown_name(self) -> str:
        """The name of somebody who has one."""
        assert self.name is not None
        return self.name

    @property
    def identity(self) -> Identity:
        """By what they can be known when they come again."""
        return Identity(self.name, self.client.address, proof_mark(self.ownership.shown) or key_mark(self.key))

    @property
    def proofs(self) -> list[str]:
        """What their connection proves of who they are; short keys are no secrets."""
        key = [key_mark(self.key)] if self.key is not None and len(self.key) >= LEAST_KEY_CHARS else []
        return [*self.ownership.shown, *key]

    def owns(self, claim: NameClaim) -> bool:
        """Whether a name that is claimed is theirs, as far as they have shown it."""
        return claim.is_proven_by(self.proofs) or self.ownership.has_proven(claim)

    @property
    def welcome(self) -> Welcome:
        """What they are told when they are let in: the name that they got, and what there is to be done."""
        return Welcome(self.shown_name, self.shared.commands)

    @property
    def rooms(self) -> dict[str, None]:
        """The names of the rooms that they are in, in the order of their coming."""
        return self.membership.rooms

    # --- being told

    def tell(self, *replies: Reply) -> None:
        """Send replies to this person alone; they bear the tag of the line that is being dealt with."""
        for reply in replies:
            if isinstance(reply, Refused):
                self.shared.figures.refusals[reply.error.code] += 1
        format = self.preferences.format
        self.send([piece for reply in self.answering.answers(replies) for piece in format.reply(reply)])

    def refuse(self, error: ChatError) -> None:
        """Tell the person why the line that is being dealt with was not done."""
        self.tell(Refused(error, self.handed_on()))

    def settle(self) -> None:
        """Answer the line that is being dealt with, where it has a tag and nothing of it is on its way into the log."""
        if (tag := self.handed_on()) is not None:
            self.tell(Done(tag))

    def send(self, pieces: Sequence[bytes]) -> None:
        """Send rendered pieces as one frame.

        Whoever is gone is sent nothing, whatever was still due: an answer of the log, their own private message.
        """
        if not self.is_gone:
            self.client.send(self.preferences.format.frame(pieces))

    # --- coming and going

    async def join(self, room: str, key: str = "") -> None:
        """Go into a room, and talk there from now on.

        Args:
            room: Its checked name.
            key: The room's, where they give one.

        Raises:
            RoomPrivate, RoomHasKey, WrongRoomKey, KeptOut, RoomIsFull: They may not; nothing has changed.
            Locked: The room is, and they are new there; nothing has changed.
            InTooManyRooms, TooManyRooms, Overloaded: Nothing has changed.
        """
        if not self.membership.will_be_in(room):
            self.rights.check_lock(room)
            if len(self.membership.rooms_to_be) >= self.shared.limits.rooms_each:
                raise InTooManyRooms(self.shared.limits.rooms_each)
            opened = await decided(self.shared.rooms, self.shared.pipeline, room)
            try:
                if self.is_gone or self.name is None:  # their very coming was not stored meanwhile
                    return
                away = [Away(room, self.name, self.away)] if self.away is not None else []
                self._submit(*coming(opened, self, key, self.shared.wall()), *away)
                opened.counts(self.shared.pipeline.drained)
                if away:  # others have to know of the coming first
                    self.shared.pipeline.drained().addCallback(lambda _: self.shared.signals.tell(away))
            finally:
                self.shared.rooms.close_empty({room})
            self.membership.coming(room)
        if self.membership.turn_to(room):
            self.place_again()

    def enter_nowhere(self) -> None:
        """Be let in without going into a room; that is not stored, as nobody is there to be told."""
        self.is_welcome = True
        self._door.entered()
        self.tell(self.welcome)

    def leave(self, room: str, reason: str = "", how: Callable[[str, str, str], Left] = Left) -> None:
        """Leave one room.

        Args:
            room: Its name.
            reason: Why, for the others.
            how: What makes the event, of those two and a name.

        Raises:
            NotInRoom: They are not in it.
        """
        if not self.membership.will_be_in(room):
            raise NotInRoom(room)
        self._submit(left := how(room, self.shown_name, reason))
        self.rights.end_stay(room, isinstance(left, Removed | PutOut))
        self.membership.going(room)
        self._turn_away(room)

    def end(self, reason: str = "") -> None:
        """Say goodbye, leave every room and end the connection."""
        if not self.is_gone:
            self.tell(Goodbye())
            self.client.disconnect()
            self.close(reason)

    def make_room(self) -> None:
        """End, as the same person has come in again."""
        self.tell(notice("replaced", "You joined again by another connection, which replaces this one."))
        self.end()

    def put_out(self, reply: Reply, reason: str) -> None:
        """Have an administrator's word end the connection: the person is told the reply, and the rooms the reason."""
        if self.is_gone:
            return
        self.tell(reply, Goodbye())
        self.client.disconnect()
        self.is_removed = True
        self.close(reason, Removed)

    def close(self, reason: str = "", how: type[Left] = Gone) -> None:
        """Note that the connection is gone; the name is free at once. Idempotent."""
        if self.is_gone:
            return
        self.is_gone = True
        self._submit(*(how(room, self.shown_name, reason) for room in self.membership.rooms_to_be))
        self.rights.end(self.membership.rooms_to_be, issubclass(how, Removed))
        for room in self.rooms:
            self.shared.rooms[room].remove(self)
        self.membership.clear()
        self.reply_to = None
        self.shared.ignoring.forget(self)
        self.shared.roster.keep(None, self)
        self._door.ended()

    async def rename(self, name: str) -> None:
        """Take another name; it is shown from the next line on, and the old one is free once that is stored.

        Raises:
            ChatError: The name may not be had, or the log is too far behind; nothing has changed.
        """
        new = names.checked(name, self.shared.limits.name_chars)
        if new == self.name:
            return
        self.check_rename(new)
        await self.shared.roster.claim(new, self)
        if self.is_gone:
            return
        try:
            self.shared.pipeline.check_load()
        except ChatError:
            self.shared.roster.release(new, self)
            raise
        old, self.name = self.rights.goes_from(self.shown_name), new
        rooms = self.membership.rooms_to_be
        self._submit(*(Renamed(room, old, new) for room in rooms) if rooms else (RenamedAlone(old, new),))

    def check_rename(self, new: str) -> None:
        """Make sure, as far as is known at once, that a checked name may be taken.

        Raises:
            Banned, NameClaimed, NameTaken, Overloaded: It may not now.
        """
        self.shared.rules.check_ban(self.identity._replace(name=new), self.shared.wall())
        claim = self.shared.rules.claims.find(new)
        if claim is not None and not self.owns(claim):
            raise NameClaimed(new)
        self.shared.roster.check(new, self)
        self.shared.pipeline.check_load()

    # --- talking

    def say(self, text: str) -> None:
        """Say something in the current room."""
        room = self.membership.here
        self.shared.pipeline.submit_line(self, self, Said(room, self.shown_name, self.checked_text(text, room)))

    def act(self, text: str) -> None:
        """Do something in the current room."""
        room = self.membership.here
        self._submit(Acted(room, self.shown_name, self.checked_text(text, room)))

    def set_topic(self, topic: str) -> None:
        """Set the current room's topic.

        Raises:
            TopicIsLocked: Its operators alone may.
            TopicHeld: A moderator has set it, and it is to stay.
        """
        room = self.membership.here
        self.rights.check_topic(room)
        self._submit(TopicSet(room, self.shown_name, self.checked_text(topic, room)))

    def _submit(self, *events: Event) -> None:
        self.shared.pipeline.submit(self, self, *events)

    def checked_text(self, text: str, *rooms: str) -> str:
        """The text, if others may be shown it, in each of some rooms.

        Raises:
            Muted, NoVoice, KeptOut: The person may not talk now.
            TextTooLong: It is longer than the limit.
        """
        self.rights.check_talk(*rooms)
        if len(text) > self.shared.limits.text_chars:
            raise TextTooLong(self.shared.limits.text_chars)
        return text

    # --- how they see the chat

    def speak(self, format: Format[Any]) -> None:
        """Go on in another dialect."""
        self.preferences.speak(format)
        self.place_again()

    def format_in(self, room: str) -> Format[Any]:
        """How this person sees events of a room."""
        return self.preferences.format if room == self.membership.current else self.preferences.labelled

    def place_again(self) -> None:
        """Have the rooms group this person anew, after something that differs has changed."""
        for room in self.rooms:
            self.shared.rooms[room].add(self)

    def _turn_away(self, room: str) -> None:
        if self.membership.turn_away(room):
            self.place_again()

    # --- as a Member: called when a batch is delivered

    def expects(self, room: str) -> bool:
        """Whether the person is still on their way into the room."""
        return self.membership.expects(room)

    def arrived(self, room: str) -> bool:
        """Note that the person is a member now; true for the first room."""
        self.membership.arrived(room)
        self.place_again()
        holding.tell_of_coming(self, room)
        is_first, self.is_welcome = not self.is_welcome, True
        if is_first:
            self._door.entered()
        return is_first

    def departed(self, room: str) -> None:
        """Note that the person is no member any more."""
        self.membership.departed(room)
        self._turn_away(room)

    def renamed(self, event: Renamed | RenamedAlone) -> None:
        """Note that a new name is committed: the old one is free."""
        self.rights.gone_from(event.name)
        if event.name != self.name:
            self.shared.comings.renamed(self, event.name)
            self.shared.roster.release(event.name, self)

    def heard_from(self, author: Member) -> None:
        """Note that a private message was delivered: /reply answers its author, whatever they are called by then."""
        if not self.is_gone and not self.preferences.ignores(author.shown_name):
            self.reply_to = author

    # --- as an Author: called by the pipeline

    def done(self, tag: str, told: Told) -> None:
        """Tell a program that a line of its is dealt with."""
        self.tell(Done(tag, told.number))

    def taken_back(self, event: Event) -> None:
        """Undo what a submitted event of this person's had already changed; the last one comes first."""
        if isinstance(event, Renamed | RenamedAlone):
            self.name = self.rights.gone_from(event.name)
        elif isinstance(event, Joined | Left):
            self._move_taken_back(event)

    def _move_taken_back(self, event: Joined | Left) -> None:
        if self.is_gone:
            if isinstance(event, Left):
                self._owed[event.room] = event
            else:  # nobody was told of their coming, and nobody needs to be told of their leaving
                self._owed.pop(event.room, None)
            return
        self.membership.taken_back(event.room)
        if isinstance(event, Joined):
            self._turn_away(event.room)
        elif self.membership.current is None:
            self.membership.current = event.room
            self.place_again()

    def owed(self) -> Sequence[Event]:
        """The leaving of somebody who is gone, from rooms that were told of their coming, under the name they know."""
        owed, self._owed = self._owed, {}
        return [replace(left, name=self.shown_name) for left in owed.values()]

    def not_stored(self, error: ChatError, tags: Sequence[str]) -> None:
        """Tell the person that it was not stored; who was not in yet may try again."""
        if self.is_gone:
            return
        self.shared.roster.keep(self.name, self)
        if self.is_welcome:
            self.tell(*(Refused(error, tag) for tag in tags or (None,)))
        else:
            self._door.not_entered(error)
