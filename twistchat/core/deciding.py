"""What an operator decides on a room at one time: on what terms people are in it.

One thing at a time is decided on a room: each decision waits until what was before it is in the log. What is decided
together goes into the log together; each part of it sees what the parts before it come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from twistchat.core import masks, names
from twistchat.core.admittance import OPERATOR
from twistchat.core.events import (
    Admitted,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    Ruling,
    Sealed,
)
from twistchat.core.member import Member
from twistchat.core.modes import (
    Barred,
    LimitSet,
    MasksSet,
    SecretSet,
    Unbarred,
    VoiceGiven,
    VoiceTaken,
)
from twistchat.core.names import LOBBY
from twistchat.core.person import Person
from twistchat.core.room import Room
from twistchat.core.terms import (
    HIGHEST_LIMIT,
    MOST_ADMITTED,
    MOST_KEY_CHARS,
    MOST_MASKS,
    MOST_OPERATORS,
    MOST_VOICES,
    OFF,
    Switch,
    room_mark,
)
from twistchat.errors import (
    NobodyCalled,
    NobodysRoom,
    NotALimit,
    NotARoomKey,
    NotInRoom,
    NotOperator,
    NotThere,
    TooManyMasks,
    TooManyOperators,
    TooManyVoices,
)


class AtAnotherServer(NamedTuple):
    """Somebody who is in a room by another server; what keys they have is known there alone."""

    shown_name: str


Somebody = Person | AtAnotherServer


class Deciding:
    """Decisions on one room, to be submitted without waiting in between; each says whether it changes anything."""

    def __init__(self, person: Person, room: Room) -> None:
        """Decide nothing yet; `on` makes sure that somebody may.

        Args:
            person: Who decides.
            room: Open, with nothing about it on its way into the log.
        """
        self.room = room
        self.terms = room.record.terms
        """What the decisions so far come to."""
        self._person = person
        self._rulings: list[Ruling] = []

    @classmethod
    async def on(cls, person: Person, name: str) -> Deciding:
        """Begin to decide on a room.

        Raises:
            NotInRoom: The person is not in it.
            NobodysRoom: It is the lobby.
            NotOperator: They are none of its operators.
        """
        room = await settled(person, name)
        check_operator(person, room)
        return cls(person, room)

    def submit(self) -> None:
        """Put what was decided on its way into the log.

        Raises:
            Overloaded: Nothing has changed.
        """
        if self._rulings:
            submit(self._person, self.room, *self._rulings)

    def _rule(self, *rulings: Ruling) -> bool:
        self.terms = self.terms.preview(*rulings)
        self._rulings.extend(rulings)
        return True

    # --- who may come in

    def set_private(self, on: bool) -> bool:
        """Have nobody see the room or come in who is not invited, or have everybody again.

        What was said in it before is shown to nobody any more once everybody may come in.
        """
        if self.terms.is_private is on:
            return False
        rest = [*self._staying()] if on else self._opening(stays=self.terms.has_key)
        return self._rule(PrivateSet(self.room.name, self._name, _state(on)), *rest)

    def set_key(self, key: str | None) -> bool:
        """Have the room's key let people in, or take it off with None.

        Raises:
            NotARoomKey: It is empty, too long or no one word.
        """
        if key is None:
            return self.terms.has_key and self._rule(
                KeyGone(self.room.name, self._name), *self._opening(stays=self.terms.is_private)
            )
        if len(key) > MOST_KEY_CHARS or key.split() != [key]:
            raise NotARoomKey(MOST_KEY_CHARS)
        mark = room_mark(self.room.name, key)
        return self._rule(KeySet(self.room.name, self._name, mark), *self._staying())

    def set_limit(self, limit: str | None) -> bool:
        """Have at most so many people come in, but for those who are invited; however many with None.

        Raises:
            NotALimit: It is no number of people.
        """
        if limit is not None and not (limit.isascii() and limit.isdecimal() and 0 < int(limit[:9]) <= HIGHEST_LIMIT):
            raise NotALimit(HIGHEST_LIMIT)
        wanted = None if limit is None else int(limit)
        if self.terms.limit == wanted:
            return False
        return self._rule(LimitSet(self.room.name, self._name, OFF if wanted is None else str(wanted)))

    def keep_out(self, word: str) -> bool:
        """Have nobody come in or talk whose name is like a mask.

        Raises:
            NotAMask: It is none that can be kept out.
            TooManyMasks: The room keeps out its most.
        """
        mask = self._checked_mask(word)
        if names.key(mask) in self.terms.kept_out:
            return False
        if len(self.terms.kept_out) >= MOST_MASKS:
            raise TooManyMasks(MOST_MASKS)
        kept = [*self.terms.kept_out.values(), mask]
        return self._rule(Barred(self.room.name, self._name, mask), self._masks(kept))

    def let_in(self, word: str) -> bool:
        """Have those come in again whose names are like a mask.

        Raises:
            NotAMask: It is none that can be kept out.
        """
        mask = self.terms.kept_out.get(names.key(self._checked_mask(word)))
        if mask is None:
            return False
        kept = [other for other in self.terms.kept_out.values() if other != mask]
        return self._rule(Unbarred(self.room.name, self._name, mask), self._masks(kept))

    def _checked_mask(self, word: str) -> str:
        return masks.checked(word, self._person.shared.limits.name_chars)

    def _masks(self, kept: Sequence[str]) -> MasksSet:
        return MasksSet(self.room.name, self._name, " ".join(kept))

    # --- what is on or off

    def switch(self, kind: type[Switch], on: bool) -> bool:
        """Have something else that is on or off so."""
        if self.terms.has(kind) is on:
            return False
        rest = self._opening(stays=self.terms.is_closed) if kind is SecretSet and not on else []
        return self._rule(kind(self.room.name, self._name, _state(on)), *rest)

    # --- who decides, and who talks

    def make_operator(self, other: Somebody) -> bool:
        """Let somebody who is in the room decide, too.

        Raises:
            NotThere: They are not in it.
            TooManyOperators: It has its most.
        """
        self._check_there(other)
        if self.terms.is_operator(other.shown_name):
            return False
        if len(self.terms.operators) >= MOST_OPERATORS:
            raise TooManyOperators(MOST_OPERATORS)
        given = OperatorGiven(self.room.name, self._name, other.shown_name)
        return self._rule(given, *self._standing(other, OPERATOR))

    def take_operator(self, other: Somebody) -> bool:
        """Let somebody, perhaps oneself, decide no more.

        Raises:
            NotThere: They are not in the room.
        """
        self._check_there(other)
        if not self.terms.is_operator(other.shown_name):
            return False
        taken = OperatorTaken(self.room.name, self._name, other.shown_name)
        return self._rule(taken, *self._standing(other, ""))

    def give_voice(self, other: Somebody) -> bool:
        """Let somebody who is in the room talk, moderated as it may be.

        Raises:
            NotThere: They are not in it.
            TooManyVoices: It has given its most.
        """
        self._check_there(other)
        if self.terms.has_voice(other.shown_name):
            return False
        if len(self.terms.voiced) >= MOST_VOICES:
            raise TooManyVoices(MOST_VOICES)
        return self._rule(VoiceGiven(self.room.name, self._name, other.shown_name))

    def take_voice(self, other: Somebody) -> bool:
        """Take somebody's voice.

        Raises:
            NotThere: They are not in the room.
        """
        self._check_there(other)
        if not self.terms.has_voice(other.shown_name):
            return False
        return self._rule(VoiceTaken(self.room.name, self._name, other.shown_name))

    # --- in small

    @property
    def _name(self) -> str:
        return self._person.shown_name

    def named(self, name: str) -> Somebody:
        """Somebody who is here, or who is in the room by another server.

        Raises:
            NobodyCalled: There is nobody of that name.
        """
        try:
            return self._person.shared.roster.find(name)
        except NobodyCalled:
            shown = self.room.record.people.get(names.key(name))
            if shown is None:
                raise
            return AtAnotherServer(shown)

    def _check_there(self, other: Somebody) -> None:
        if isinstance(other, Person):
            check_there(other, self.room.name)

    def _staying(self) -> Iterator[Ruling]:
        """What lets those come back who are in a room, or invited, when it is closed: as far as they have keys."""
        if not self.terms.is_closed:
            room = self.room
            operators = [member for member in room if self.terms.is_operator(member.shown_name)]
            others = [member for member in (*room.guests, *room) if member not in operators]
            yield from admitting(room.name, others[max(0, len(others) + len(operators) - MOST_ADMITTED) :], "")
            yield from admitting(room.name, operators, OPERATOR)

    def _standing(self, other: Somebody, standing: str) -> Iterator[Ruling]:
        if self.terms.is_closed and isinstance(other, Person):
            yield from admitting(self.room.name, [other], standing)

    def _opening(self, *, stays: bool) -> list[Ruling]:
        """What comes with the end of one of the things that close a room, unless another one does."""
        return [] if stays else [Sealed(self.room.name, None)]


def _state(on: bool) -> str:
    return "on" if on else OFF


async def settled(person: Person, name: str) -> Room:
    """A room that somebody is in, once what was decided on it is in the log, or was refused.

    Raises:
        NotInRoom: They are not in it.
    """
    await person.shared.pipeline.drained()
    while name in person.rooms:
        room = person.shared.rooms[name]
        if not room.is_ruled:
            return room
        await person.shared.pipeline.drained()
    raise NotInRoom(name)


def check_operator(person: Person, room: Room) -> None:
    """Make sure that somebody decides on a room.

    Raises:
        NobodysRoom: It is the lobby.
        NotOperator: They are none of its operators.
    """
    if room.name == LOBBY:
        raise NobodysRoom(LOBBY)
    terms = room.record.terms
    if not terms.is_operator(person.shown_name):
        raise NotOperator(room.name, sorted(terms.operators.values(), key=str.casefold) or ["-"])


def check_there(other: Person, room: str) -> None:
    """Make sure that somebody else is in a room, and stays.

    Raises:
        NotThere: They are not.
    """
    if not (room in other.rooms and other.membership.will_be_in(room)):
        raise NotThere(other.shown_name, room)


def submit(person: Person, room: Room, *rulings: Ruling, guest: Person | None = None) -> None:
    """Put rulings on their way into the log; nothing else is decided on the room until they are there.

    Args:
        person: Who decides.
        room: Open.
        rulings: In their order.
        guest: Whom they invite.
    """
    pipeline = person.shared.pipeline
    pipeline.submit(person, person, *rulings, recipient=guest)
    room.decided(rulings, pipeline.drained())


def admitting(room: str, members: Iterable[Member], standing: str) -> Iterator[Ruling]:
    """What lets some people come back into a closed room, as far as they have keys of their own."""
    for member in members:
        if member.identity.mark and member.is_welcome and not member.is_gone:
            yield Admitted(room, member.shown_name, member.identity.mark, standing)
