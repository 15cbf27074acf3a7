"""What administrators and moderators did, and which of it is in force: bans, mutes, locks and standing announcements.

Rule 1: acts are only ever added. One is in force until a later act that is itself in force lifts it, or its time is up.
Rule 2: what is in force is worked out from the acts alone, so that a restart finds the same.
Rule 3: nothing here holds for the administrators' own interface; they cannot lock themselves out.
Rule 4: a ban is looked at when somebody connects and when they give a name; a lock only then, as nobody can tell before
    whether they were in a moment ago.
Rule 5: an act that has a room holds in that room alone; a mute or a lock without a subject then is about everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from twistchat.core.events import Announced, Aside, Entry, Told
from twistchat.core.identity import Identity
from twistchat.core.nameclaims import CLAIMING, NameClaims
from twistchat.core.names import EVERYWHERE
from twistchat.core.subjects import Subject, parse_subject
from twistchat.errors import (
    AllMuted,
    Banned,
    BannedForever,
    Locked,
    LockedForever,
    LockedRoom,
    Muted,
    MutedForever,
    MutedInRoom,
    Restricted,
    TopicHeld,
)

APPOINT = "moderator"
"""The verb of the act by which a code makes moderators."""

HOOK, CALL, FEED = "hook", "call", "feed"
"""The verbs of the acts by which programs talk and are talked to (`twistchat.core.programs`)."""

LASTING = ("ban", "mute", "lock", "announce", "topic", APPOINT, HOOK, CALL, FEED)
"""The verbs whose acts hold for a while; of announcements and topics only those that were given a time."""

_ONLY_WITH_A_TIME = ("announce", "topic")

_REFUSALS: dict[str, tuple[type[Restricted], type[Restricted]]] = {
    "ban": (Banned, BannedForever),
    "mute": (Muted, MutedForever),
    "lock": (Locked, LockedForever),
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that an administrator or a moderator did, or that happened to the administrators' interface."""

    verb: str
    who: str
    """Who did it, as the interface knows them: for SSH the key's comment and fingerprint; for a moderator the label of
    the code."""

    subject: str = ""
    """Whom or what it is about: a name, a network, a room."""

    text: str = ""
    """The reason; or what was said, the new name, the new topic."""

    before: str = ""
    """What a topic was before; of a call its whole URL, of which `text` has what may be shown."""

    until: float | None = None
    """When it ends, in seconds since 1970; None where it does not end or does not last."""

    lifts: tuple[int, ...] = ()
    """The numbers of the acts that it ends."""

    room: str = ""
    """The room that it holds in alone; empty where it is not about one."""

    digest: str = ""
    """Of a moderator's code, see `twistchat.core.codes`; of a hook's or a feed's token, see `programs`."""

    also: tuple[str, ...] = ()
    """Whom it is about beside the subject: a network, the mark of a key."""

    proofs: tuple[str, ...] = ()
    """Of a name that is claimed, see `twistchat.core.nameclaims`; shown to nobody."""

    entry: int | None = None
    """The log's number of what was said, where that is known."""

    number: int = 0
    """Given by the journal; grows, and is never used twice."""

    time: float = 0.0
    """Given by the journal; seconds since 1970."""

    @property
    def lasts(self) -> bool:
        """Whether it holds for a while, or for good."""
        is_for_a_while = self.verb in LASTING and (self.verb not in _ONLY_WITH_A_TIME or self.until is not None)
        return is_for_a_while or self.verb in CLAIMING

    @property
    def ends(self) -> datetime | None:
        """When it ends, for those who are told so."""
        return None if self.until is None else datetime.fromtimestamp(self.until, UTC)

    def is_over(self, now: float) -> bool:
        """Whether its time is up."""
        return self.until is not None and self.until <= now


def subjects_of(act: Act) -> Sequence[Subject]:
    """All whom an act is about.

    Raises:
        NotASubject: One of them can be nobody.
    """
    return [parse_subject(text) for text in (act.subject, *act.also) if text]


_ABOUT_SOMEBODY = ("ban", "mute")
"""The verbs whose subject is somebody, or everybody in a room."""

_EVERYBODY = Subject("")


def with_replaced(acts: Iterable[Act]) -> tuple[int, ...]:
    """The numbers that an act lifts which ends some others: what they have replaced would be in force again without."""
    return tuple(number for act in acts for number in (act.number, *act.lifts))


class _Restriction(NamedTuple):
    act: Act
    subjects: Sequence[Subject]

    def holds_in(self, rooms: Container[str]) -> bool:
        return not self.act.room or self.act.room in rooms

    @property
    def is_about_all(self) -> bool:
        """Whether everybody in its room is meant."""
        return bool(self.act.room) and not self.act.subject

    def covering(self, identity: Identity) -> Subject | None:
        about = (subject for subject in self.subjects if subject.covers(identity))
        return _EVERYBODY if self.is_about_all else next(about, None)

    def refusal(self, covering: Subject | None = None) -> Restricted:
        # The mark of a key says nothing to anybody, and a moderator shows no address; whose it is, does.
        subject = self.act.subject if covering is None or covering.mark or self.act.room else covering.shown
        reason, ends = self.act.text or "-", self.act.ends
        for_a_while, for_good = _REFUSALS[self.act.verb]
        if ends is None:
            return for_good(subject, reason, None)
        if not self.act.room:
            return for_a_while(subject, reason, ends)
        if self.act.verb == "lock":
            return LockedRoom(subject, reason, ends, self.act.room)
        return (MutedInRoom if self.act.subject else AllMuted)(subject, reason, ends, self.act.room)


def _standing(act: Act) -> Told:
    """What a standing announcement says to those who come."""
    event = Announced(EVERYWHERE, act.text)
    return Aside(None, act.time, event) if act.entry is None else Entry(act.entry, act.time, event)


class Rules:
    """What is in force."""

    def __init__(self) -> None:
        self._acts: dict[int, Act] = {}  # those that last, and those that lift
        self._lifted_by: dict[int, Act] = {}
        self._restrictions: dict[str, list[_Restriction]] = {}
        self._standing: dict[int, tuple[Told, float]] = {}
        self.claims = NameClaims()
        """Names that are somebody's own."""

    def take(self, *acts: Act) -> None:
        """Add acts; those that neither last nor lift are left alone.

        What holds follows from the order of their numbers alone, as of several servers one may learn of an act late.
        """
        taken = [act for act in acts if act.lasts or act.lifts]
        numbers = [next(reversed(self._acts), 0), *(act.number for act in taken)]
        self._acts.update((act.number, act) for act in taken)
        if any(later <= earlier for earlier, later in pairwise(numbers)):
            self.begin([*self._acts.values()])
        elif any(act.lifts or act.verb not in CLAIMING for act in taken):
            self._work_out(self._are_about_claims(taken))
        else:  # of names there may be 10,000, and each act about one is about it alone
            for act in taken:
                self.claims.take(act)

    def _are_about_claims(self, acts: Sequence[Act]) -> bool:
        """Whether one of some acts is about a claim, or lifts one that is: of these there may be many."""
        left = [*acts]
        while left:
            act = left.pop()
            if act.verb in CLAIMING:
                return True
            left.extend(self._acts[number] for number in act.lifts if number in self._acts)
        return False

    def begin(self, acts: Iterable[Act]) -> None:
        """Know nothing but these acts."""
        by_number = {act.number: act for act in acts if act.lasts or act.lifts}
        self._acts = dict(sorted(by_number.items()))
        self._work_out()

    def _work_out(self, is_about_claims: bool = True) -> None:
        lifted: dict[int, Act] = {}
        for act in reversed(self._acts.values()):
            if act.number not in lifted:  # what was lifted itself lifts nothing
                for number in act.lifts:
                    lifted.setdefault(number, act)
        self._lifted_by = lifted
        self._restrictions, self._standing = {}, {}
        for act in self._acts.values():
            if act.lasts and act.number not in lifted and act.verb not in CLAIMING:
                self._put_in_force(act)
        if is_about_claims:
            self._work_out_claims()

    def _work_out_claims(self) -> None:
        """Find which names are somebody's own: of the acts about each the latest that is in force decides."""
        self.claims.clear()
        given_back: dict[str, float] = {}
        for act in self._acts.values():
            if act.verb in CLAIMING and act.number in self._lifted_by:
                given_back[act.subject] = self._lifted_by[act.number].time
        for act in self._acts.values():
            if act.verb in CLAIMING and act.number not in self._lifted_by:
                self.claims.take(act, given_back.get(act.subject, 0.0))

    def _put_in_force(self, act: Act) -> None:
        if act.verb == "announce":
            assert act.until is not None
            self._standing[act.number] = (_standing(act), act.until)
            return
        subjects = subjects_of(act) if act.verb in _ABOUT_SOMEBODY else ()
        self._restrictions.setdefault(act.verb, []).append(_Restriction(act, subjects))

    def numbered(self, announced: Iterable[Entry]) -> None:
        """Find the log's entries of standing announcements: acts are recorded before what they say has a number.

        Args:
            announced: What was announced to everyone, as the log has it.
        """
        entries = [*announced]
        for number, (standing, until) in self._standing.items():
            same = [e for e in entries if e.event == standing.event and e.time >= standing.time]
            if standing.number is None and same:
                self._standing[number] = (same[0], until)

    def in_force(self, verb: str, now: float) -> list[Act]:
        """The acts of one verb that hold now, oldest first."""
        if verb == "announce":
            return [self._acts[number] for number, (_, until) in self._standing.items() if now < until]
        return [restriction.act for restriction in self._in_force(verb, now)]

    def holds(self, number: int, now: float) -> bool:
        """Whether the act of that number still holds."""
        in_force = (act for verb in LASTING for act in self.in_force(verb, now))
        return self.claims.decides(number) or any(act.number == number for act in in_force)

    def lifted_by(self, number: int) -> Act | None:
        """The latest act in force that lifts the one of that number, if there is one."""
        return self._lifted_by.get(number)

    def _in_force(self, verb: str, now: float) -> Iterator[_Restriction]:
        return (each for each in self._restrictions.get(verb, ()) if not each.act.is_over(now))

    def _check(self, verb: str, identity: Identity, now: float, rooms: Container[str] = ()) -> None:
        if verb not in self._restrictions:  # as nearly always, and it is asked for five times as somebody comes in
            return
        for restriction in self._in_force(verb, now):
            covering = restriction.covering(identity) if restriction.holds_in(rooms) else None
            if covering is not None:
                raise restriction.refusal(covering)

    def check_ban(self, identity: Identity, now: float) -> None:
        """Make sure that somebody may be here; who has no name yet, as far as the rest tells.

        Raises:
            Banned: They may not.
        """
        self._check("ban", identity, now)

    def check_voice(self, identity: Identity, now: float, rooms: Container[str] = ()) -> None:
        """Make sure that somebody may talk, and in each of some rooms.

        Raises:
            Muted: They may not.
        """
        self._check("mute", identity, now, rooms)

    def check_name_kept(self, identity: Identity, now: float, rooms: Collection[str]) -> None:
        """Make sure that somebody may take another name: a mute, of whatever room, must not be shaken off with the old.

        Args:
            identity: Theirs.
            now: Seconds since 1970.
            rooms: Where they are: with everybody muted there, a name could be used to say something.

        Raises:
            Muted: They may not.
        """
        for restriction in self._in_force("mute", now):
            covering = restriction.covering(identity)
            if covering is not None and (not restriction.is_about_all or restriction.act.room in rooms):
                raise restriction.refusal(covering)

    def check_lock(self, was_in: Callable[[float], bool], now: float, room: str = "") -> None:
        """Make sure that somebody may come in as far as locks go.

        Args:
            was_in: Tells whether they were in a short while before a time, or since.
            now: Seconds since 1970.
            room: The room that they want to come into; empty for the chat itself.

        Raises:
            Locked: They may not.
        """
        for restriction in self._in_force("lock", now):
            if restriction.act.room == room and not was_in(restriction.act.time):
                raise restriction.refusal()

    def check_topic(self, room: str, now: float) -> None:
        """Make sure that anybody may set the topic of a room.

        Raises:
            TopicHeld: A moderator has set it, and it is to stay.
        """
        for act in self.in_force("topic", now):
            if act.room == room and act.ends is not None:
                raise TopicHeld(room, act.who, act.ends)

    def locked_since(self, now: float) -> float:
        """The time of the oldest lock that holds; now, where there is none."""
        return min((each.act.time for each in self._in_force("lock", now)), default=now)

    @property
    def mutes_anybody(self) -> bool:
        """Whether anybody at all may not talk."""
        return "mute" in self._restrictions

    def standing(self, now: float) -> tuple[Told, ...]:
        """Announcements that people who come now are to be shown, oldest first."""
        if not self._standing:
            return ()
        return tuple(entry for entry, until in self._standing.values() if now < until)
