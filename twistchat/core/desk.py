"""A moderator at work: what whoever has shown a code can do in the one room that it is for.

Rule 1: an act is recorded under the code's label before it is done, and holds in its room alone, no longer than the
    code.
Rule 2: no act of theirs is about another room, a private message, the administrator or another moderator of the room.
Rule 3: all moderators of a room are told what each of them does there.
Rule 4: who is muted is known by name, key and address, so that another name does not help; an address that others in
    the room come from, or this machine's, is left out, as it would mute them, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from twistchat.core import holding, names
from twistchat.core.addresses import household, is_loopback, parsed
from twistchat.core.bans import APPOINT, Act, with_replaced
from twistchat.core.codes import digest_of, is_digest, read_code
from twistchat.core.events import AnnouncedBy, Removed, Stored, TopicSet
from twistchat.core.person import Person
from twistchat.core.replies import Notice, notice
from twistchat.core.shared import SharedState
from twistchat.core.subjects import is_same_subject, parse_subject
from twistchat.errors import (
    ModeratesElsewhere,
    ModeratesToo,
    NobodyCalled,
    NotHere,
    NothingThere,
    NotModerator,
    Reason,
    ThatIsYou,
    WrongCode,
)

SUBJECT = "subject"
"""What is asked of other servers: whether somebody there can be muted in a room or put out of it, and how."""


async def take_post(person: Person, typed: str) -> None:
    """Make somebody a moderator by the code that they typed, and have them go into its room.

    Raises:
        NotACode, WrongCode, TooManyCodes: There is no such code, or too many were tried.
        NotRecorded, TooManyActs: They are none, as that could not be put down.
        ChatError: They are, and could not go into the room.
    """
    act = _found(person, typed)
    if person.rights.post(act.room) != act:
        person.shared.acts.count(act.number)
        used = Act("moderate", act.subject, person.shown_name, person.client.address, room=act.room)
        await person.shared.acts.record(used)
        person.rights.take_post(act)
        tell_of_ended_posts(person)
    person.tell(_moderating(act), *holding.shown_in(person.shared, act.room))
    before = person.membership.current
    await person.join(act.room)
    if before != act.room == person.membership.current:
        person.tell(notice("turned", "You now talk in {room}.", room=act.room))


def _found(person: Person, typed: str) -> Act:
    shared, address = person.shared, person.client.address
    code, now = read_code(typed), shared.clock.seconds()
    shared.tries.check(address, now)
    digest = digest_of(code)
    found = [act for act in shared.rules.in_force(APPOINT, shared.wall()) if is_digest(act.digest, digest)]
    if not found:
        shared.tries.wrong(address, now)
        raise WrongCode
    shared.tries.right(address)
    return found[-1]


def _moderating(act: Act) -> Notice:
    sentence = "You moderate {room} as {label} until {until}. /help lists what you can do there."
    return notice("moderating", sentence, room=act.room, label=act.subject, until=act.ends)


def tell_of_ended_posts(person: Person) -> None:
    """Tell somebody of which rooms they are no moderator any more, and look again when the next may end."""
    if person.is_gone:
        return
    for room in person.rights.ended_posts():
        person.tell(notice("moderating-over", "You moderate {room} no more: the code has ended.", room=room))
    person.rights.look_again(partial(tell_of_ended_posts, person))


def put_out_by_moderator(person: Person, act: Act) -> None:
    """Have somebody out of a room, if they are in it, as one of its moderators has decided."""
    if person.membership.will_be_in(act.room):
        sentence = "{by} removed you from {room}.{reason}"
        person.tell(notice("put-out", sentence, by=act.who, room=act.room, reason=Reason(act.text or "-")))
        person.leave(act.room, f"{act.who}: {act.text}" if act.text else act.who, Removed)


class Meant(NamedTuple):
    """Whom a moderator means, who may be at another server."""

    shown_name: str
    is_there: bool
    """Whether they are in the room."""
    moderates: bool
    """Whether they are one of its moderators."""
    marks: Sequence[str]
    """By what beside the name they can be known, and nobody else in the room."""
    person: Person | None
    """They themselves, where they are here."""


def _meant(person: Person, room: str) -> Meant:
    moderates = person.rights.post(room) is not None
    return Meant(person.shown_name, person.membership.will_be_in(room), moderates, _marks(person, room), person)


def _marks(person: Person, room: str) -> tuple[str, ...]:
    _, address, mark = person.identity
    others = [each for each in person.shared.roster if each is not person and room in each.rooms]
    is_own = not is_loopback(address) and parsed(address) is not None
    is_shared = any(household(each.client.address) == household(address) for each in others)
    return tuple(filter(None, (parse_subject(address).shown if is_own and not is_shared else "", mark)))


def subject_from_afar(shared: SharedState[Person], name: str, room: str) -> dict[str, object]:
    """What another server, where a moderator of a room means somebody who is here, has to know of them.

    Raises:
        NobodyCalled: They are not here.
    """
    meant = _meant(shared.roster.find(name), room)
    about = {"is_there": meant.is_there, "moderates": meant.moderates, "marks": [*meant.marks]}
    return {"name": meant.shown_name, **about}


def _read(told: Mapping[str, Any]) -> Meant:
    marks = [str(mark) for mark in told["marks"]]
    return Meant(str(told["name"]), bool(told["is_there"]), bool(told["moderates"]), marks, None)


class Desk:
    """What one moderator can do in one room.

    All of it may raise NotRecorded or TooManyActs, and what has a text Muted or TextTooLong; then nothing was done.
    """

    def __init__(self, person: Person) -> None:
        """Sit down at the desk of the room where somebody talks.

        Raises:
            NotInAnyRoom: They are in none.
            NotModerator: They do not moderate it.
        """
        room = person.membership.here
        post = person.rights.post(room)
        if post is None:
            rooms = person.rights.moderated
            raise ModeratesElsewhere(room, rooms) if rooms else NotModerator(room)
        self._person = person
        self._shared = person.shared
        self._post = post
        self._room = room

    # --- locking

    async def lock(self, seconds: float | None, reason: str) -> None:
        """Let nobody new into the room, who was in it within the hour aside; None for as long as the code holds."""
        await self._last("lock", "", seconds, reason)

    async def unlock(self) -> None:
        """Let new people in again.

        Raises:
            NothingThere: It is not locked.
        """
        await self._end("lock", self._standing("lock"))

    # --- muting

    async def mute(self, name: str, seconds: float | None, reason: str) -> None:
        """Let somebody who is in the room read there and not talk.

        Raises:
            NobodyCalled, NotHere, ThatIsYou, ModeratesToo, NotKnownWhether: Nobody was muted.
        """
        meant = await self._subject(name)
        marks = [mark for mark in meant.marks if meant.person is not None or not self._is_of_somebody_here(mark)]
        act = await self._last("mute", meant.shown_name, seconds, reason, tuple(marks))
        for each in holding.muted_by(self._shared, [act], self._room):
            holding.remind(each, self._room)
            self._tell(*filter(None, [holding.muted_too(each, self._room)]))
        if not marks:
            sentence = "{name} is known by that name alone here, and could talk again under another. /lock helps."
            self._person.tell(notice("name-alone", sentence, name=meant.shown_name))

    async def mute_all(self, seconds: float | None, reason: str) -> None:
        """Let everybody in the room read and not talk, its moderators aside; who comes later, too."""
        await self._last("mute", "", seconds, reason)
        await self._shared.turn.each(self._people(), self._remind)

    async def unmute(self, name: str) -> None:
        """Let somebody talk again, by the name that they were muted under or the one that they have now.

        Raises:
            NothingThere: They are not muted in this room.
        """
        called = [each for each in self._people() if names.key(each.shown_name) == names.key(name)]
        acts = [
            act
            for act in self._standing("mute")
            if act.subject and (is_same_subject(act.subject, name) or holding.muted_among(called, [act]))
        ]
        await self._lift("mute", acts, name)
        here = holding.muted_among(self._people(), acts)
        await self._shared.turn.each(here, self._encourage)
        others = [each.shown_name for each in here]
        self._tell(*holding.unmuted(self._shared, acts, self._post.subject, name, *others))

    async def unmute_all(self) -> None:
        """Let everybody talk again who is not muted by name.

        Raises:
            NothingThere: They are not muted.
        """
        await self._end("mute", [act for act in self._standing("mute") if not act.subject])
        await self._shared.turn.each(self._people(), self._encourage)

    # --- putting out

    async def kick(self, name: str, reason: str) -> None:
        """Put somebody out of the room; they may come back unless it is locked.

        Raises:
            NobodyCalled, NotHere, ThatIsYou, ModeratesToo, NotKnownWhether: Nobody was put out.
        """
        meant, reason = await self._subject(name), self._checked(reason)
        act = await self._record(Act("kick", self._post.subject, meant.shown_name, reason, room=self._room))
        if meant.person is not None:
            put_out_by_moderator(meant.person, act)

    # --- saying

    async def announce(self, text: str) -> None:
        """Say something to the whole room that stands out.

        Raises:
            NoSuchRoom, NotStored, Overloaded: Nobody has seen it.
        """
        event = AnnouncedBy(self._room, self._person.shown_name, self._checked(text))
        await self._do(Act("announce", self._post.subject, "", event.text, room=self._room), event)

    async def set_topic(self, topic: str) -> None:
        """Set the room's topic, which stays until the code's time is up.

        Raises:
            NoSuchRoom, NotStored, Overloaded: It is as it was.
        """
        event = TopicSet(self._room, self._person.shown_name, self._checked(topic))
        act = Act(
            "topic",
            self._post.subject,
            self._room,
            event.topic,
            before=self._shared.rooms[self._room].record.topic,
            until=self._post.until,
            lifts=with_replaced(self._standing("topic")),
            room=self._room,
        )
        act = await self._do(act, event)
        self._shared.rules.take(act)
        self._tell(holding.begun(act))

    async def open_topic(self) -> None:
        """Let everybody set the topic again.

        Raises:
            NothingThere: No moderator has set it.
        """
        await self._end("topic", self._standing("topic"))

    # --- how it is done

    async def _last(
        self, verb: str, subject: str, seconds: float | None, reason: str, also: tuple[str, ...] = ()
    ) -> Act:
        """Put in force what lasts for a while, in place of what was in force of that kind about that subject."""
        ends = [] if seconds is None else [self._shared.wall() + seconds]
        ends += [] if self._post.until is None else [self._post.until]
        lifts = with_replaced(act for act in self._standing(verb) if is_same_subject(act.subject, subject))
        text = self._checked(reason)
        act = Act(verb, self._post.subject, subject, text, until=min(ends), lifts=lifts, room=self._room, also=also)
        act = await self._record(act)
        self._tell(holding.begun(act))
        return act

    async def _record(self, act: Act) -> Act:
        self._shared.acts.count(self._post.number)
        return await self._shared.acts.record(act)

    async def _do(self, act: Act, event: Stored) -> Act:
        self._shared.pipeline.check_load()
        self._shared.acts.count(self._post.number)
        recorded, _ = await self._shared.acts.do(act, lambda: self._shared.pipeline.proclaim(event))
        return recorded

    async def _end(self, verb: str, acts: list[Act]) -> None:
        """End what is in force of one verb about the room as such, and tell the moderators."""
        await self._lift(verb, acts)
        self._tell(holding.ended(acts[-1], self._post.subject))

    async def _lift(self, verb: str, acts: list[Act], subject: str = "") -> None:
        if not acts:
            raise NothingThere(self._room)
        lifts = with_replaced(acts)
        await self._record(Act(f"un{verb}", self._post.subject, subject, lifts=lifts, room=self._room))

    def _standing(self, verb: str) -> list[Act]:
        """What is in force of one verb in this room alone: of an administrator's acts none."""
        in_force = self._shared.rules.in_force(verb, self._shared.wall())
        return [act for act in in_force if act.room == self._room]

    def _checked(self, text: str) -> str:
        return self._person.checked_text(text, self._room)

    # --- who is meant, and who is told

    def _people(self) -> list[Person]:
        return holding.people(self._shared, self._room)

    async def _subject(self, name: str) -> Meant:
        """Whoever of that name is in the room, by whatever server."""
        try:
            person = self._shared.roster.find(name)
        except NobodyCalled:
            meant = _read(await self._shared.elsewhere.ask(name, SUBJECT, {"room": self._room}))
            if self._person.rights.post(self._room) is None:  # the code may have ended meanwhile
                raise NotModerator(self._room) from None
        else:
            if person is self._person:
                raise ThatIsYou
            meant = _meant(person, self._room)
        if not meant.is_there:
            raise NotHere(meant.shown_name, self._room)
        if meant.moderates:
            raise ModeratesToo(meant.shown_name, self._room)
        return meant

    def _is_of_somebody_here(self, mark: str) -> bool:
        """Whether an address at another server is one that somebody in the room comes from to this one."""
        meant = parse_subject(mark)
        here = [each for each in self._shared.roster if self._room in each.rooms]
        return meant.network is not None and any(meant.covers(each.identity) for each in here)

    def _remind(self, person: Person) -> None:
        holding.remind(person, self._room)

    def _encourage(self, person: Person) -> None:
        holding.encourage(person, self._room)

    def _tell(self, *told: Notice) -> None:
        holding.tell_moderators(self._shared, self._room, *told)
