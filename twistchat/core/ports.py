"""What the core needs of the world. Interfaces, wire formats and logs serve these; tests serve them too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from twisted.internet.defer import Deferred

from twistchat.core.bans import Act
from twistchat.core.events import Entry, Stored, Tagged, Told, Whispered
from twistchat.core.names import Place
from twistchat.core.queries import Found, Missed, Query, Seen
from twistchat.core.replies import Reply

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)
F_contra = TypeVar("F_contra", contravariant=True)


class Format(Protocol[F_co]):
    """One dialect in one language: how events and replies look to a group of people.

    Formats are immutable and compare by value: people whose formats are equal share each rendered frame.
    """

    @property
    def folds_presence(self) -> bool:
        """Whether, in a large room, people are told how many came and left, in place of who; programs want each."""
        ...

    @property
    def comes_first(self) -> bool:
        """Whether somebody sees their own coming before what the room is, and their own leaving; otherwise a remark."""
        ...

    @property
    def past_bytes(self) -> int:
        """About how much of the past fits into one answer, in bytes of text; asking again shows more."""
        ...

    def event(self, told: Told) -> bytes:
        """Render one event as a piece of a frame; an empty one is not sent."""
        ...

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """Render a reply as pieces of a frame."""
        ...

    def frame(self, pieces: Sequence[bytes]) -> F_co:
        """Join pieces into what a client sends at once.

        Where that is no more than the pieces put together, so is the frame of any of them.
        """
        ...

    def labelled(self, on: bool) -> Self:
        """The same format with the room's name before each event, for rooms other than the current one."""
        ...

    def stamped(self, on: bool) -> Self:
        """The same format with the time before each event."""
        ...

    def coloured(self, on: bool) -> Self:
        """The same format with colours or without; a dialect that has none stays as it is."""
        ...

    def spoken(self, language: str) -> Self:
        """The same format in another language.

        Args:
            language: Its code as people and systems write it: `zh_TW`, `zh-Hant`, `zh_TW.UTF-8`.

        Raises:
            NoSuchLanguage: The format cannot be had in that language; it names those there are.
        """
        ...

    @property
    def languages(self) -> list[str]:
        """The languages that this format can be had in: the code of each, and its own name."""
        ...


class Client(Protocol[F_contra]):
    """The far end of one person's connection, as an interface serves it."""

    @property
    def interface(self) -> str:
        """The interface's name, such as `tcp`."""
        ...

    @property
    def address(self) -> str:
        """The peer's address without its port, or an empty string where there is none."""
        ...

    @property
    def format(self) -> Format[Any]:
        """What this client understands, before any preference of the person."""
        ...

    @property
    def one_try(self) -> bool:
        """Whether a refused name ends the connection, as nobody is there to type another."""
        ...

    @property
    def held(self) -> int:
        """Bytes that were sent and wait for the peer; 0 where nothing is kept, as of bare datagrams."""
        ...

    def send(self, frame: F_contra) -> None:
        """Hand over a frame; never blocks, never raises, does nothing once the connection is gone."""
        ...

    def hold(self, seconds: float) -> bool:
        """Take nothing more from this person for a while.

        Returns:
            False where the interface cannot wait; the line is then refused instead.
        """
        ...

    def disconnect(self) -> None:
        """End the connection once all that was sent is out, within a time limit."""
        ...


class Committed(NamedTuple):
    """Entries that were committed together."""

    entries: Sequence[Entry]

    is_own: bool = True
    """Whether they are what the oldest unanswered `append` of this server's brought; otherwise another server's."""


Deliver = Callable[[Sequence[Committed]], None]
"""Takes what is committed, in the order of the log; never raises."""


def to_nobody(parts: Sequence[Committed]) -> None:
    """Deliver nothing: what a log does that nobody follows."""


class Log(Protocol):
    """Where events are kept. Nothing is delivered but what it brings.

    To the log a place is a key like any other: a room, or EVERYWHERE, which has what is announced to everyone.
    """

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present, as a part of a sentence; None as far as it is known to work.

        Asking writes nothing and waits for nothing. What failed once is tried again by the log itself.
        """
        ...

    def follow(self, deliver: Deliver) -> None:
        """Have all that is committed from now on brought, one's own and others', in one order, each once.

        There is one follower; a later call takes the place of an earlier one.
        """
        ...

    def append(self, events: Sequence[Stored]) -> Deferred[None]:
        """Commit events, all or none, in their order; what they are committed as comes by `follow`, perhaps at once.

        Args:
            events: At least one. There is one call at a time: the next comes when this one was brought or has failed.

        The Deferred fails with `twistchat.errors.NotStored`; then nothing comes. It says nothing else.
        """
        ...

    def latest(self, room: Place, count: int) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room that people who join are shown, oldest first.

        What set the room's topic comes before them, if it is older.
        """
        ...

    def history(self, room: Place, count: int, before: int | None = None) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room that people who join are shown, oldest first.

        Args:
            room: The room's name, or EVERYWHERE.
            count: The most entries.
            before: The number that they must be below, or None for no such limit.

        The Deferred fails with `twistchat.errors.NotRead`, as those of the other questions do.
        """
        ...

    def between(self, room: str, after: int, before: int, count: int, newest: bool) -> Deferred[Sequence[Entry]]:
        """The entries of a room that people who join are shown, above one number and below another, oldest first.

        Args:
            room: The room's name.
            after: The number that they must be above.
            before: The number that they must be below.
            count: The most entries.
            newest: Whether the newest of them where there are more; otherwise the oldest.
        """
        ...

    def after(self, number: int, count: int) -> Deferred[Sequence[Entry]]:
        """The entries above a number, of all places and of every kind, oldest first.

        Args:
            number: What they must be above.
            count: The most entries. None at all come only where there are no more.
        """
        ...

    def terms(self, room: str) -> Deferred[Sequence[Entry]]:
        """What a room's terms follow from (`twistchat.core.terms`), in the log's order: of each of its `SETTINGS` the
        latest, and the latest `ADMISSIONS`. They are kept for good, whatever else is forgotten.
        """
        ...

    def first_since(self, time: float) -> Deferred[int]:
        """The number of the first entry from a time on, or one that is above every entry's where there is none.

        It is looked for as if times grew with the numbers. Where a clock was set back they do not for a while, and
        either of its two places is found.

        Args:
            time: In seconds since 1970.
        """
        ...

    def missed(self, room: str, name: str, count: int, after: int = 0) -> Deferred[Missed | None]:
        """What was said in a room while the person of that name was away, who is there now.

        Args:
            room: The room.
            name: The person's name.
            count: The most entries.
            after: The number that they must be above.

        The Deferred gives None where the log knows of no earlier stay.
        """
        ...

    def seen(self, after: int, count: int) -> Deferred[Seen]:
        """Whose coming and going is among the next entries.

        Args:
            after: The number that they must be above.
            count: The most numbers that are looked through; at the end of the log, `upto` is `after` or below.
        """
        ...

    def search(self, query: Query) -> Deferred[Found]:
        """The newest entries that match, newest first, a page at most."""
        ...

    def close(self) -> Deferred[None]:
        """End; nothing is stored from now on. Idempotent."""
        ...


class Vault(Protocol):
    """Makes codes, and compares them somewhere else, as that takes long on purpose."""

    def digits(self, count: int) -> str:
        """Digits that nobody can guess."""
        ...

    def keep(self, code: str) -> Deferred[str]:
        """What may be kept of a code. The Deferred fails with Overloaded where too much waits."""
        ...

    def fits(self, code: str, kept: str) -> Deferred[bool]:
        """Whether a code is the one of which something was kept. It fails as `keep` does."""
        ...


class Names(Protocol):
    """Where names are reserved: here, or for several servers together. A name is all of its keys (`names.keys`)."""

    def claim(self, keys: AbstractSet[str]) -> Deferred[bool]:
        """Reserve keys, all or none; gives whether they are reserved now. It may have fired already."""
        ...

    def free(self, keys: AbstractSet[str]) -> None:
        """Give keys up. Where several servers share them they are free from the place of the leaving in the log."""
        ...


class Journal(Protocol):
    """Where what administrators do is kept, for good."""

    def acts(self) -> Iterable[Act]:
        """All acts so far, oldest first."""
        ...

    def record(self, act: Act) -> Deferred[Act]:
        """Keep an act, before it is done; gives it with its number and time. It may have fired already.

        The Deferred fails with `twistchat.errors.NotRecorded`: the act is not kept, and shall not be done.
        """
        ...

    def find(self, number: int) -> Act:
        """The act of that number.

        Raises:
            twistchat.errors.NoSuchAct: There is none.
        """
        ...


class Bearer(NamedTuple):
    """Somebody at another server, as that tells of them."""

    name: str
    """As they write it."""
    away: str | None
    """Why they are away; None where they are not."""


class Elsewhere(Protocol):
    """The other servers of this chat: who is there, and what is asked of them."""

    @property
    def name(self) -> str:
        """What this server is called among them."""
        ...

    async def servers(self) -> Sequence[Mapping[str, Any]]:
        """All servers, this one included, with what they say of themselves.

        Each has `name`, `last`, `behind`, `lease` (the seconds that are left of it) and `is_this`.
        """
        ...

    @property
    def has_servers(self) -> bool:
        """Whether this chat may have other servers."""
        ...

    def name_of(self, name: str) -> str | None:
        """How somebody at another server writes their name, who is in a room there; None where nobody is."""
        ...

    async def whisper(self, name: str, event: Whispered | Tagged, beside: str | None = None) -> Bearer:
        """Have a private message, or tags alone, delivered; gives whoever has it.

        Args:
            name: Whose it is to be.
            event: It.
            beside: What stands beside it.

        Raises:
            NobodyCalled, IgnoresYou: They have not got it.
            NotKnownWhether: Their server does not answer.
        """
        ...

    async def ask(self, name: str, what: str, question: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Ask the server that has a name something about its bearer.

        Raises:
            NobodyCalled: Nobody has it.
            NotKnownWhether: Their server does not answer.
        """
        ...

    async def ask_all(self, what: str, question: Mapping[str, object] | None = None) -> Mapping[str, Mapping[str, Any]]:
        """Ask all other servers something; gives what each says that answers, by what it is called."""
        ...

    def tell_all(self, what: str, facts: Mapping[str, Any]) -> None:
        """Tell all other servers something, those that can be reached now; nobody is waited for."""
        ...
