"""What administrators can do about people and rooms. Each act is recorded, and can be found and explained later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from twistchat.core import holding, names
from twistchat.core.acts import FAILED
from twistchat.core.addresses import is_loopback
from twistchat.core.bans import APPOINT, Act, subjects_of, with_replaced
from twistchat.core.codes import digest_of
from twistchat.core.desk import tell_of_ended_posts
from twistchat.core.elsewhere import may_be_meant
from twistchat.core.enforcing import put_all_out_of, put_out, refusal_of, remind
from twistchat.core.events import Announced, Entry, TopicSet
from twistchat.core.hub import Hub
from twistchat.core.identity import is_key_mark
from twistchat.core.nameclaims import SSH_KEY
from twistchat.core.names import EVERYWHERE, LOBBY
from twistchat.core.person import Person
from twistchat.core.ports import Journal
from twistchat.core.replies import Refused
from twistchat.core.subjects import Subject, is_same_subject, parse_subject
from twistchat.core.text import clean, clean_line
from twistchat.errors import (
    CannotUndo,
    LastsTooLong,
    LobbyStaysOpen,
    NobodyModerates,
    NobodyThere,
    NotALabel,
    NotASubject,
    NotDone,
    NothingSaid,
    NothingToLift,
    NotLocked,
    NotOnePerson,
    NotStored,
    OverAlready,
    Overloaded,
    Restricted,
    TextTooLong,
)

MOST_LABEL = 40
"""Characters of what a moderator is called in the audit."""

DAY = 86400.0
MOST_DAYS = 366
"""For which a moderator's code may hold."""


class Moderation:
    """Acts upon a chat, in the name of whoever is given as `who`.

    Every act is recorded before it is done. Every coroutine may raise NotRecorded; then nothing has been done.
    """

    def __init__(self, hub: Hub, journal: Journal) -> None:
        """Put in force what was in force when the journal was last written."""
        self.hub = hub
        self.journal = journal
        self._do = hub.acts.do
        hub.acts.begin(journal, self._enforce_all)

    @property
    def _now(self) -> float:
        return self.hub.wall()

    async def _record(self, act: Act) -> Act:
        before = holding.in_force(self.hub)
        recorded = await self.hub.acts.record(act)
        await holding.tell_of_change(self.hub, before)
        return recorded

    def _text(self, text: str) -> str:
        """What people shall read, made harmless like anybody's text.

        Raises:
            NothingSaid, TextTooLong: There is nothing to be seen in it, or too much.
        """
        text = clean_line(text)
        if not text:
            raise NothingSaid
        if len(text) > self.hub.limits.text_chars:
            raise TextTooLong(self.hub.limits.text_chars)
        return text

    def _reason(self, reason: str) -> str:
        return self._text(clean(reason)) if clean(reason) else ""

    def _open_room(self, room: str) -> str:
        name = names.checked_room(room, self.hub.limits.name_chars)
        self.hub.rooms.check_open(name)
        return name

    # --- saying something

    async def announce(self, who: str, text: str, seconds: float | None = None) -> tuple[Act, Entry]:
        """Tell everyone in every room.

        Args:
            who: The administrator.
            text: What to say.
            seconds: How long those who come are shown it, too.

        Raises:
            NothingSaid, TextTooLong, NotStored, Overloaded: Nobody has seen it.
        """
        event = Announced(EVERYWHERE, self._text(text))
        self.hub.pipeline.check_load()
        act = Act("announce", who, "", event.text, until=self._until(seconds))
        recorded, entry = await self._do(act, lambda: self.hub.pipeline.proclaim(event))
        act = replace(recorded, entry=entry.number)
        self.hub.rules.take(act)
        return act, entry

    async def say(self, who: str, room: str, text: str) -> tuple[Act, Entry]:
        """Tell everyone in one room.

        Raises:
            NoSuchRoom, NothingSaid, TextTooLong, NotStored, Overloaded: Nobody has seen it.
        """
        name = self._open_room(room)
        event = Announced(name, self._text(text))
        self.hub.pipeline.check_load()
        return await self._do(Act("say", who, name, event.text), lambda: self.hub.pipeline.proclaim(event))

    async def set_topic(self, who: str, room: str, topic: str, lifts: tuple[int, ...] = ()) -> Act:
        """Set a room's topic, or clear it with an empty one; `lifts` are acts that end with it.

        Raises:
            NoSuchRoom, TextTooLong, NotStored, Overloaded: It is as it was.
        """
        event = TopicSet(self._open_room(room), None, self._reason(topic))
        self.hub.pipeline.check_load()
        before = self.hub.rooms[event.room].record.topic
        act = Act("topic", who, event.room, event.topic, before=before, lifts=lifts)
        act, _ = await self._do(act, lambda: self.hub.pipeline.proclaim(event))
        held = holding.in_force(self.hub)
        self.hub.rules.take(act)
        await holding.tell_of_change(self.hub, held)
        return act

    # --- people

    def people(self, *subjects: Subject) -> list[Person]:
        """Everyone whom one of some subjects covers now, those without a name yet included."""
        return [person for person in self.hub.everyone if any(each.covers(person.identity) for each in subjects)]

    def _known_by(self, subject: Subject) -> tuple[str, ...]:
        """The address and the key of whoever here has that name, and the keys that prove it where it is claimed.

        Loopback is left out, as a proxy's or a neighbour's people on this machine come from there, too.

        Raises:
            NotOnePerson: It is no name.
        """
        if subject.network is not None or subject.mark:
            raise NotOnePerson(subject.shown)
        known = (person.identity for person in self.people(subject))
        found = [("" if is_loopback(address) else parse_subject(address).shown, mark) for _, address, mark in known]
        claim = self.hub.rules.claims.find(subject.shown)
        keys = (proof.removeprefix(SSH_KEY) for proof in (() if claim is None else claim.proofs))
        known_by = [*(text for pair in found for text in pair if text), *filter(is_key_mark, keys)]
        return tuple(dict.fromkeys(known_by))

    async def kick(self, who: str, subject: str, reason: str = "") -> tuple[Act, list[Person]]:
        """Put people out; they may come back.

        Raises:
            NotASubject, NobodyThere, TextTooLong: Nobody was put out.
        """
        meant = parse_subject(subject)
        if not (self.people(meant) or may_be_meant(self.hub.elsewhere, meant)):
            raise NobodyThere(meant.shown)
        act = await self._record(Act("kick", who, meant.shown, self._reason(reason)))
        found = self.people(meant)
        await put_out(self.hub, found, act)
        return act, found

    async def rename(self, who: str, name: str, new_name: str) -> Act:
        """Give somebody another name.

        Raises:
            NobodyCalled, NameTaken: There is nobody of the old name, or somebody of the new one.
            ChatError: It is no name that people may have.
        """
        far = self.hub.elsewhere.name_of(name)
        if far is not None:  # whoever has them renames them
            return await self._record(Act("rename", who, far, names.checked(new_name, self.hub.limits.name_chars)))
        person = self.hub.roster.find(name)
        old, new = person.shown_name, names.checked(new_name, self.hub.limits.name_chars)
        person.check_rename(new)
        act, _ = await self._do(Act("rename", who, old, new), lambda: person.rename(new))
        return act

    # --- what lasts

    async def ban(
        self, who: str, subject: str, seconds: float | None, reason: str = "", with_all: bool = False
    ) -> tuple[Act, list[Person]]:
        """Keep a name, an address or a network out, and put out who is here.

        Args:
            who: The administrator.
            subject: A name, an address, or a network such as `10.1.0.0/16`.
            seconds: For how long; None for good.
            reason: What they are told.
            with_all: Whether to ban the address and the key, too, of whoever here has that name.

        Returns:
            The act, and who was here that it is about.

        Raises:
            NotASubject, NotOnePerson, TextTooLong: Nobody was banned. What nobody could be called is no subject: an
                address that was mistyped would be banned as a name, and whoever comes from it come in.
        """
        act = self._restriction("ban", who, subject, seconds, reason, with_all)
        found = self.people(*subjects_of(act))
        return await self._record(act), found

    async def mute(
        self, who: str, subject: str, seconds: float | None, reason: str = "", with_all: bool = False
    ) -> tuple[Act, list[Person]]:
        """Let a name, an address or a network read and not talk; the arguments are those of `ban`.

        Raises:
            NotASubject, NotOnePerson, TextTooLong: Nobody was muted.
        """
        act = await self._record(self._restriction("mute", who, subject, seconds, reason, with_all))
        found = self.people(*subjects_of(act))
        await self.hub.turn.each(found, remind)
        return act, found

    async def lock(self, who: str, seconds: float | None, reason: str = "") -> Act:
        """Let nobody new in; who is here stays, and who was here a while ago may come back.

        Raises:
            TextTooLong: It is open as before.
        """
        return await self._record(Act("lock", who, "", self._reason(reason), until=self._until(seconds)))

    def _restriction(
        self, verb: str, who: str, subject: str, seconds: float | None, reason: str, with_all: bool
    ) -> Act:
        meant = parse_subject(subject)
        if meant.network is None and not meant.mark and not names.may_be(meant.shown):
            raise NotASubject(meant.shown)
        also = self._known_by(meant) if with_all else ()
        return Act(verb, who, meant.shown, self._reason(reason), until=self._until(seconds), also=also)

    def _until(self, seconds: float | None) -> float | None:
        return None if seconds is None else self._now + seconds

    async def lift(self, verb: str, who: str, subject: str = "") -> Act:
        """End what is in force of one verb about a subject: every ban of exactly that name or network.

        Raises:
            NotASubject, NothingToLift: There is none.
        """
        shown = parse_subject(subject).shown if subject else ""
        in_force = self.hub.rules.in_force(verb, self._now)
        numbers = with_replaced(act for act in in_force if is_same_subject(act.subject, shown))
        if not numbers:
            raise (NothingToLift if shown else NotLocked)(verb, shown)
        return await self._record(Act(f"un{verb}", who, shown, lifts=numbers))

    # --- rooms

    async def close_room(self, who: str, room: str, reason: str = "") -> tuple[Act, list[Person]]:
        """Put everybody out of a room, which ends it; they stay in their other rooms.

        Raises:
            NoSuchRoom, LobbyStaysOpen, TextTooLong: It is open as before.
        """
        name = self._open_room(room)
        if name == LOBBY:
            raise LobbyStaysOpen(LOBBY)
        act = await self._record(Act("close", who, name, self._reason(reason)))
        self._open_to_everybody(name)
        return act, await put_all_out_of(self.hub, name, act.text)

    def _open_to_everybody(self, name: str) -> None:
        """End what keeps people out of a room, as nobody could come back, and nobody else open it."""
        room = self.hub.rooms.get(name)
        for ruling in [] if room is None else [*room.record.terms.ending(name)]:
            self.hub.pipeline.proclaim(ruling).addErrback(lambda failure: failure.trap(NotStored, Overloaded))

    # --- moderators

    async def appoint(self, who: str, label: str, room: str, seconds: float | None, code: str) -> Act:
        """Let whoever shows a code moderate a room; wrong codes are counted anew.

        Args:
            who: The administrator.
            label: For whom the code is; what is done by it is recorded under that.
            room: The room, which need not be open yet.
            seconds: For how long.
            code: What `twistchat.core.codes.code_of` made.

        Raises:
            NotALabel, RoomNameNotAllowed, NameReserved, LastsTooLong: Nobody can moderate by it.
        """
        name = clean(label)
        if not name or len(name) > MOST_LABEL:
            raise NotALabel(MOST_LABEL)
        if seconds is None or seconds > MOST_DAYS * DAY:
            raise LastsTooLong(MOST_DAYS)
        where = names.checked_room(room, self.hub.limits.name_chars)
        act = Act(APPOINT, who, name, until=self._until(seconds), room=where, digest=digest_of(code))
        recorded = await self._record(act)
        self.hub.tries.forget()
        return recorded

    async def dismiss(self, who: str, label: str) -> tuple[Act, list[Person]]:
        """End all codes of a label; whoever moderates by one is told at once, and returned.

        Raises:
            NobodyModerates: No code in force is that label's.
        """
        acts = [act for act in self.appointed() if is_same_subject(act.subject, clean(label))]
        if not acts:
            raise NobodyModerates(label)
        found = [person for act in acts for person in self.moderators(act)]
        return await self._record(Act("unmoderate", who, acts[-1].subject, lifts=tuple(a.number for a in acts))), found

    def appointed(self) -> list[Act]:
        """The acts of codes that are in force, oldest first."""
        return self.hub.rules.in_force(APPOINT, self._now)

    def moderators(self, act: Act) -> list[Person]:
        """Who is here and moderates by a code."""
        return [person for person in self.hub.roster if person.rights.post(act.room) == act]

    # --- taking back

    async def undo(self, who: str, number: int) -> Act:
        """Take back an act: end what it put in force, put in force again what it ended, or bring back what it changed.

        Raises:
            NoSuchAct: No act has that number.
            NotDone: It failed.
            CannotUndo, OverAlready: There is nothing to take back.
            ChatError: What it changed cannot be brought back now; a name may be somebody else's.
        """
        act = self.journal.find(number)
        lifted = self.hub.rules.lifted_by(number)
        if lifted is not None and lifted.verb == FAILED:
            raise NotDone(act.verb, number)
        if lifted is not None or act.is_over(self._now):
            raise OverAlready(act.verb, number)
        if act.verb == "rename":
            return await self.rename(who, act.text, act.subject)
        if act.verb == "topic":
            return await self.set_topic(who, act.subject, act.before, (number,) if act.lasts else ())
        if act.verb == FAILED or not (act.lasts or act.lifts):
            raise CannotUndo(act.verb, number)
        return await self._record(Act("undo", who, act.subject, lifts=(number,)))

    # --- in force at once

    async def _enforce_all(self) -> None:
        await self.hub.turn.each(self.hub.everyone, self._enforce)

    def _enforce(self, person: Person) -> None:
        try:
            self.hub.rules.check_ban(person.identity, self._now)
        except Restricted as refusal:
            person.put_out(Refused(refusal), str(refusal.reason))
        else:
            tell_of_ended_posts(person)

    def silenced(self) -> Iterator[Person]:
        """Those who are here and may not talk."""
        return (person for person in self.hub.everyone if person.name is not None and refusal_of(person))


def shown_names(people: Iterable[Person]) -> list[str]:
    """The names of people, as far as they have one."""
    return [person.name for person in people if person.name is not None]
