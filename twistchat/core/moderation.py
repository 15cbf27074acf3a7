"""What administrators can do about people and rooms. Each act is recorded, and can be found and explained later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from twistchat.core import names
from twistchat.core.bans import Act, Subject, parse_subject
from twistchat.core.events import Announced, Entry, Removed, TopicSet
from twistchat.core.hub import Hub
from twistchat.core.names import LOBBY
from twistchat.core.ports import Journal
from twistchat.core.replies import Goodbye, Refused, Reply, notice
from twistchat.core.session import Session
from twistchat.core.text import clean
from twistchat.errors import (
    CannotUndo,
    LobbyStaysOpen,
    NobodyThere,
    NoSuchRoom,
    NothingSaid,
    NothingToLift,
    OverAlready,
    Restricted,
    TextTooLong,
)


class Moderation:
    """Acts upon a chat, in the name of whoever is given as `who`.

    Every method may raise NotRecorded; then nothing has been done.
    """

    def __init__(self, hub: Hub, journal: Journal) -> None:
        """Put in force what was in force when the journal was last written."""
        self.hub = hub
        self.journal = journal
        hub.rules.take(*journal.acts())

    @property
    def _now(self) -> float:
        return self.hub.clock.seconds()

    def _text(self, text: str) -> str:
        """What people shall read, made harmless like anybody's text.

        Raises:
            NothingSaid, TextTooLong: There is nothing to be seen in it, or too much.
        """
        text = clean(text)
        if not text:
            raise NothingSaid
        if len(text) > self.hub.limits.text_chars:
            raise TextTooLong(self.hub.limits.text_chars)
        return text

    def _reason(self, reason: str) -> str:
        return self._text(reason) if clean(reason) else ""

    def _open_room(self, room: str) -> str:
        name = names.checked_room(room, self.hub.limits.name_chars)
        if name not in self.hub.rooms:
            raise NoSuchRoom(name)
        return name

    def _take(self, act: Act) -> Act:
        """Record an act and put it in force; bans at once for those who are here."""
        recorded = self.journal.record(act)
        self.hub.rules.take(recorded)
        self._enforce()
        return recorded

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
        entry = await self.hub.proclaim(Announced("", "", self._text(text)))
        until = None if seconds is None else self._now + seconds
        assert isinstance(entry.event, Announced)
        return self._take(Act("announce", who, "", entry.event.text, until=until, entry=entry.number)), entry

    async def say(self, who: str, room: str, text: str) -> tuple[Act, Entry]:
        """Tell everyone in one room.

        Raises:
            NoSuchRoom, NothingSaid, TextTooLong, NotStored, Overloaded: Nobody has seen it.
        """
        event = Announced(self._open_room(room), "", self._text(text))
        entry = await self.hub.proclaim(event)
        return self._take(Act("say", who, event.room, event.text, entry=entry.number)), entry

    async def set_topic(self, who: str, room: str, topic: str) -> Act:
        """Set a room's topic, or clear it with an empty one.

        Raises:
            NoSuchRoom, TextTooLong, NotStored, Overloaded: It is as it was.
        """
        name = self._open_room(room)
        before = self.hub.rooms[name].topic
        event = TopicSet(name, "", self._reason(topic))
        await self.hub.proclaim(event)
        return self._take(Act("topic", who, name, event.topic, before=before))

    # --- people

    def people(self, subject: Subject) -> list[Session]:
        """Everyone whom a name or a network covers now, those without a name yet included."""
        return [session for session in self.hub.sessions if subject.covers(session.name, session.client.address)]

    def _some_people(self, subject: Subject) -> list[Session]:
        found = self.people(subject)
        if not found:
            raise NobodyThere(subject.shown)
        return found

    def kick(self, who: str, subject: str, reason: str = "") -> tuple[Act, list[Session]]:
        """Put people out; they may come back.

        Raises:
            NotASubject, NobodyThere, TextTooLong: Nobody was put out.
        """
        found = self._some_people(parse_subject(subject))
        act = self._take(Act("kick", who, parse_subject(subject).shown, self._reason(reason)))
        for session in found:
            _put_out(session, notice("kicked", "You were put out. Reason: {reason}", reason=act.text or "-"), act.text)
        return act, found

    def rename(self, who: str, name: str, new_name: str) -> Act:
        """Give somebody another name.

        Raises:
            NobodyCalled, NameTaken: There is nobody of the old name, or somebody of the new one.
            ChatError: It is no name that people may have.
        """
        session = self.hub.roster.find(name)
        old, new = session.shown_name, names.checked(new_name, self.hub.limits.name_chars)
        session.rename(new)
        return self._take(Act("rename", who, old, new))

    # --- what lasts

    def ban(self, who: str, subject: str, seconds: float | None, reason: str = "") -> tuple[Act, list[Session]]:
        """Keep a name, an address or a network out, and put out who is here.

        Args:
            who: The administrator.
            subject: A name, an address, or a network such as `10.1.0.0/16`.
            seconds: For how long; None for good.
            reason: What they are told.

        Raises:
            NotASubject, TextTooLong: Nobody was banned.
        """
        found = self.people(parse_subject(subject))
        return self._restrict("ban", who, parse_subject(subject).shown, seconds, reason), found

    def mute(self, who: str, subject: str, seconds: float | None, reason: str = "") -> tuple[Act, list[Session]]:
        """Let a name, an address or a network read and not talk; the arguments are those of `ban`.

        Raises:
            NotASubject, TextTooLong: Nobody was muted.
        """
        found = self.people(parse_subject(subject))
        act = self._restrict("mute", who, parse_subject(subject).shown, seconds, reason)
        for session in found:
            _remind(session)
        return act, found

    def lock(self, who: str, seconds: float | None, reason: str = "") -> Act:
        """Let nobody new in; who is here stays.

        Raises:
            TextTooLong: It is open as before.
        """
        return self._restrict("lock", who, "", seconds, reason)

    def _restrict(self, verb: str, who: str, subject: str, seconds: float | None, reason: str) -> Act:
        until = None if seconds is None else self._now + seconds
        return self._take(Act(verb, who, subject, self._reason(reason), until=until))

    def lift(self, verb: str, who: str, subject: str = "") -> Act:
        """End what is in force of one verb about a subject: every ban of exactly that name or network.

        Raises:
            NotASubject, NothingToLift: There is none.
        """
        shown = parse_subject(subject).shown if subject else ""
        numbers = [act.number for act in self.hub.rules.in_force(verb, self._now) if _same(act.subject, shown)]
        if not numbers:
            raise NothingToLift(verb, shown)
        return self._take(Act(f"un{verb}", who, shown, lifts=tuple(numbers)))

    # --- rooms

    def close_room(self, who: str, room: str, reason: str = "") -> tuple[Act, list[Session]]:
        """Put everybody out of a room, which ends it; they stay in their other rooms.

        Raises:
            NoSuchRoom, LobbyStaysOpen, TextTooLong: It is open as before.
        """
        name = self._open_room(room)
        if name == LOBBY:
            raise LobbyStaysOpen(LOBBY)
        act = self._take(Act("close", who, name, self._reason(reason)))
        found = [session for session in self.hub.sessions if name in session.rooms_to_be()]
        for session in found:
            session.leave(name, act.text, Removed)
        return act, found

    # --- taking back

    async def undo(self, who: str, number: int) -> Act:
        """Take back an act: end what it put in force, put in force again what it ended, or bring back what it changed.

        Raises:
            NoSuchAct: No act has that number.
            CannotUndo, OverAlready: There is nothing to take back.
            ChatError: What it changed cannot be brought back now; a name may be somebody else's.
        """
        act = self.journal.find(number)
        if act.verb == "rename":
            return self.rename(who, act.text, act.subject)
        if act.verb == "topic":
            return await self.set_topic(who, act.subject, act.before)
        if not act.lasts and not act.lifts:
            raise CannotUndo(act.verb, number)
        if self.hub.rules.lifted_by(number) or act.is_over(self._now):
            raise OverAlready(act.verb, number)
        return self._take(Act("undo", who, act.subject, lifts=(number,)))

    # --- in force at once

    def _enforce(self) -> None:
        for session in list(self.hub.sessions):
            try:
                self.hub.rules.check_ban(session.name, session.client.address, self._now)
            except Restricted as refusal:
                _put_out(session, Refused(refusal), refusal.reason)

    def silenced(self) -> Iterator[Session]:
        """Those who are here and may not talk."""
        return (session for session in self.hub.sessions if session.name is not None and _refusal(session.check_voice))


def _same(subject: str, other: str) -> bool:
    return subject == other or bool(subject and other and names.key(subject) == names.key(other))


def _refusal(check: Callable[[], None]) -> Restricted | None:
    try:
        check()
    except Restricted as refusal:
        return refusal
    return None


def _remind(session: Session) -> None:
    refusal = _refusal(session.check_voice) if session.name is not None else None
    if refusal is not None:
        session.refuse(refusal)


def _put_out(session: Session, reply: Reply, reason: str) -> None:
    """Have an administrator's word end a connection: the person is told the reply, and the rooms the reason."""
    session.tell(reply, Goodbye())
    session.client.disconnect()
    session.close(reason, Removed)


def shown_names(sessions: Iterable[Session]) -> list[str]:
    """The names of people, as far as they have one."""
    return [session.name for session in sessions if session.name is not None]
