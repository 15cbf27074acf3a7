"""What all IRC connections of a server have in common: what it calls itself, who is watched for, who was here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

from twistchat import __version__
from twistchat.core import names
from twistchat.core.events import Entry, Event, Joined, Left, Renamed
from twistchat.core.hub import Hub
from twistchat.core.nameclaims import NameClaim
from twistchat.core.person import Person
from twistchat.errors import ChatError
from twistchat.interfaces.irc.marks import AllMarks
from twistchat.wire.irc_format import IrcFormat
from twistchat.wire.language import ENGLISH, Language
from twistchat.wire.packing import Written

MOST_GONE = 100
"""People of whom WHOWAS tells, the latest (InspIRCd: 32 names of 10 each)."""

MOST_FORMATS = 64
"""Sets of capabilities whose formats are kept to be shared; clients ask for four to eight in practice."""

NO_LINE_CAPS = frozenset({"sasl"})
"""Capabilities that change no line."""

USER = "u"
"""The user name of who has given none."""

VERSION = f"twistchat-{__version__}"


class Follower(Protocol):
    """Somebody who came by IRC."""

    mode: str
    """Their letters of MODE."""

    caps: frozenset[str]
    """What their client asked for."""

    proven: str
    """The claimed name that SASL has proven, whatever name they came in by; empty where it has proven none."""

    @property
    def user(self) -> str:
        """What their client calls its user."""
        ...

    @property
    def watches_more(self) -> bool:
        """Whether they want to know more of those whom they watch for than whether these are here."""
        ...

    def signalled(self, person: Person, event: Event, time: float) -> None:
        """Note a signal of somebody who is watched for."""
        ...

    def account_changed(self, person: Person, account: str | None) -> None:
        """Note that somebody whom they share a room with, or they themselves, have another account, or none now."""
        ...

    def told_of(self, name: str, is_here: bool) -> None:
        """Note that somebody of that name is here now, or gone."""
        ...


class Former(NamedTuple):
    """Somebody who was here."""

    name: str
    user: str
    real_name: str
    time: float


@dataclass
class Network:
    """One chat, as IRC has it."""

    hub: Hub
    name: str = "twistchat"
    server: str = "irc.twistchat"
    joins_lobby: bool = True
    """Whether everyone is put into the lobby when they come; otherwise nowhere."""
    language: Language = ENGLISH
    started: float = field(default_factory=time.time)
    most_people: int = 0
    past: deque[Former] = field(default_factory=lambda: deque(maxlen=MOST_GONE))
    members: dict[Person, Follower] = field(default_factory=dict)
    """Those who came by IRC."""
    marks: AllMarks = field(default_factory=AllMarks)
    """Up to when those have read what may come again."""
    _names: dict[Person, str] = field(default_factory=dict)
    _followers: dict[str, dict[Follower, None]] = field(default_factory=dict)
    _afar: set[str] = field(default_factory=set)
    """Who of those that are watched for is at another server."""
    _accounts: dict[Person, str] = field(default_factory=dict)
    """Those that have been told, by `account-notify`."""

    def __post_init__(self) -> None:
        self.format_for = lru_cache(MOST_FORMATS)(self._format_for)
        for person in self.hub.roster:
            if person.is_welcome:
                self.came(person)
        self._ends = [self.hub.comings.watch(self), self.hub.acts.watch_claims(self._claim_changed)]
        if self.hub.elsewhere.has_servers:
            self._ends.append(self.hub.pipeline.watch(self._follow_afar))

    def stop(self) -> None:
        """Watch nobody any more; idempotent."""
        for end in self._ends:
            end()

    @property
    def format(self) -> IrcFormat:
        """What is spoken to who has asked for no capabilities."""
        return self.format_for(self.language, frozenset())

    def format_in(self, language: str, caps: frozenset[str]) -> IrcFormat:
        """The same, in the language of a code that some format of this had."""
        return self.format_for(self.language.all.found(language), caps - NO_LINE_CAPS)

    def _format_for(self, language: Language, caps: frozenset[str]) -> IrcFormat:
        """What is spoken to those who have asked for the same; the same object, so that it is found at once."""
        return IrcFormat(language, self.server, caps, self.real_name, self.account)

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on; who is here comes back with their sessions."""
        return {
            "started": self.started,
            "most_people": self.most_people,
            "past": [list(former) for former in self.past],
            "marks": self.marks.state(),
        }

    def revive(self, state: Written) -> None:
        """Be where a state was written down. Idempotent, as each interface that has this in common may do so."""
        self.started = state["started"]
        self.most_people = max(self.most_people, state["most_people"])
        self.past.clear()
        self.past.extend(Former(*former) for former in state["past"])
        self.marks.revive(state["marks"])

    # --- people

    @property
    def people(self) -> int:
        """How many have been let in."""
        return len(self._names)

    def find(self, name: str) -> Person | None:
        """The person of that name who has been let in."""
        try:
            person = self.hub.roster.find(name)
        except ChatError:
            return None
        return person if person.is_welcome else None

    def name_afar(self, name: str) -> str | None:
        """How somebody writes their name who is in a room by another server; None where nobody is."""
        return self.hub.elsewhere.name_of(name)

    def shown_anywhere(self, name: str) -> str | None:
        """How somebody writes their name who is here, or in a room by another server."""
        person = self.find(name)
        return self.name_afar(name) if person is None else person.shown_name

    def real_name(self, name: str) -> str:
        """Who somebody says they are, or by what they are here."""
        person = self.find(name)
        return "" if person is None else self.described(person)

    def user(self, person: Person) -> str:
        """The user name of somebody, marked as one that nobody has checked."""
        member = self.members.get(person)
        return f"~{USER if member is None else member.user}"

    def described(self, person: Person) -> str:
        """The same of somebody who is here."""
        return person.description or f"by {person.client.interface}"

    def account(self, name: str) -> str | None:
        """The claimed name of whoever is here by a name, if it is theirs."""
        person = self.find(name)
        return None if person is None else self.account_of(person)

    def account_of(self, person: Person) -> str | None:
        """The claimed name of somebody who is here: that which they are here by, else that which SASL has proven."""
        claim = self.claim_of(person)
        return None if claim is None else claim.name

    def claim_of(self, person: Person) -> NameClaim | None:
        """The same as it is kept."""
        member = self.members.get(person)
        for name in (person.shown_name, "" if member is None else member.proven):
            claim = self.hub.rules.claims.find(name) if name else None
            if claim is not None and person.owns(claim):
                return claim
        return None

    def _claim_changed(self, name: str | None) -> None:
        """Tell whose account is another now."""
        for person in [*self._names] if name is None else [self.find(name), *self._known_as(name)]:
            if person is not None:
                self.see_account(person)

    def _known_as(self, account: str) -> list[Person]:
        key = names.key(account)
        return [person for person, name in self._accounts.items() if names.key(name) == key]

    def see_account(self, person: Person) -> None:
        """Tell whoever is to know of it, if the account of somebody has changed."""
        before, now = self._accounts.get(person), self.account_of(person)
        if before == now or person.is_gone:
            return
        if now is None:
            del self._accounts[person]
        else:
            self._accounts[person] = now
        watch = [each for each in self._followers.get(names.key(person.shown_name), ()) if each.watches_more]
        share = [each for other, each in self.members.items() if other is person or _meet(other, person)]
        for follower in dict.fromkeys([*share, *watch]):
            follower.account_changed(person, now)

    # --- as a PeopleWatcher

    def came(self, person: Person) -> None:
        """Somebody has been let in."""
        name = self._names[person] = person.shown_name
        self.most_people = max(self.most_people, len(self._names))
        self._tell(name, True)
        if (account := self.account_of(person)) is not None:
            self._accounts[person] = account

    def renamed(self, person: Person, old: str) -> None:
        """Somebody has another name now."""
        before = self._names.get(person)
        if before is None or before == person.shown_name:  # they are gone, or another room has told it
            return
        self._note_gone(person, before)
        name = self._names[person] = person.shown_name
        if names.key(old) != names.key(name):
            self._tell(old, False)
            self._tell(name, True)
        self.hub.clock.callLater(0, self.see_account, person)  # they are told of the new name first

    def went(self, person: Person) -> None:
        """Somebody is gone."""
        name = self._names.pop(person)
        self._note_gone(person, name)
        self.members.pop(person, None)
        self._accounts.pop(person, None)
        self._tell(name, False)

    def signalled(self, person: Person, event: Event) -> None:
        """Somebody is away or back, or says who they are."""
        for follower in list(self._followers.get(names.key(person.shown_name), ())):
            follower.signalled(person, event, self.hub.wall())

    def _note_gone(self, person: Person, name: str) -> None:
        self.past.append(Former(name, self.user(person), self.described(person), self.hub.wall()))

    # --- who is watched for

    def _follow_afar(self, entries: Sequence[Entry]) -> None:
        """Tell of those who are watched for and come into rooms, or go, at other servers."""
        if not self._followers:
            return
        for event in (entry.event for entry in entries):
            if isinstance(event, Joined | Left):
                self._see_afar(event.name)
            elif isinstance(event, Renamed):
                self._see_afar(event.name)
                self._see_afar(event.new_name)

    def _see_afar(self, name: str) -> None:
        key = names.key(name)
        if key not in self._followers or self.find(name) is not None:
            return
        is_there = self.name_afar(name) is not None
        if is_there is not (key in self._afar):
            (self._afar.add if is_there else self._afar.discard)(key)
            self._tell(name, is_there)

    def follow(self, name: str, follower: Follower) -> None:
        """Tell somebody when people of that name come and go; idempotent."""
        key = names.key(name)
        self._followers.setdefault(key, {})[follower] = None
        if self.name_afar(name) is not None:
            self._afar.add(key)

    def unfollow(self, name: str, follower: Follower) -> None:
        """End that; idempotent."""
        key = names.key(name)
        followers = self._followers.get(key, {})
        followers.pop(follower, None)
        if not followers:
            self._followers.pop(key, None)
            self._afar.discard(key)

    def _tell(self, name: str, is_here: bool) -> None:
        for follower in list(self._followers.get(names.key(name), ())):
            follower.told_of(name, is_here)


def _meet(one: Person, other: Person) -> bool:
    return bool(one.rooms.keys() & other.rooms.keys())
