"""Every refusal: a stable code for programs, its data in attributes, and one sentence that says what to do.

The sentences are English and are looked up in the reader's language when they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class Phrase(str):
    """The server's own words among the data of a sentence: English, looked up in the reader's language as it is."""


@dataclass(eq=False)
class ChatError(Exception):
    """Something that was asked for and is refused; nothing has changed."""

    code: ClassVar[str] = "refused"
    """For programs; never changes."""

    sentence: ClassVar[str] = "That was refused."
    """For people; may name the attributes in braces."""

    @property
    def data(self) -> dict[str, object]:
        """The attributes by name, as the sentence uses them."""
        return dict(vars(self))

    def __str__(self) -> str:
        return self.sentence.format(**self.data)


# --- names


@dataclass(eq=False)
class NameTaken(ChatError):
    """Someone here already has this name, or one that looks the same."""

    name: str
    code: ClassVar[str] = "name-taken"
    sentence: ClassVar[str] = "{name} is taken, or looks like a name that is. Choose another name."


@dataclass(eq=False)
class NameEmpty(ChatError):
    """A name with nothing in it that can be seen."""

    code: ClassVar[str] = "name-empty"
    sentence: ClassVar[str] = "A name needs at least one letter or digit. Type the name that others shall see."


@dataclass(eq=False)
class NameTooLong(ChatError):
    """A name over the limit; it is refused, never cut."""

    limit: int
    code: ClassVar[str] = "name-too-long"
    sentence: ClassVar[str] = "That name is too long: {limit} characters at most. Choose a shorter one."


@dataclass(eq=False)
class NameHasSpace(ChatError):
    """A name with a space; datagram clients put the text behind the first one."""

    code: ClassVar[str] = "name-has-space"
    sentence: ClassVar[str] = "A name cannot have spaces in it. Join the words with _ or -."


@dataclass(eq=False)
class NameNotAllowed(ChatError):
    """A name with a character that names cannot have."""

    character: str
    code: ClassVar[str] = "name-not-allowed"
    sentence: ClassVar[str] = "A name cannot contain {character} there. Use letters, digits, _ and -."


@dataclass(eq=False)
class NameMixesScripts(ChatError):
    """Latin mixed with Cyrillic or Greek, whose letters look alike."""

    code: ClassVar[str] = "name-mixes-scripts"
    sentence: ClassVar[str] = "That name mixes letters that look alike from two alphabets. Use one of them."


@dataclass(eq=False)
class NameReserved(ChatError):
    """A name that could be taken for the server's, the administrator's or the protocol's."""

    name: str
    code: ClassVar[str] = "name-reserved"
    sentence: ClassVar[str] = "{name} is kept for the server itself. Choose another name."


@dataclass(eq=False)
class NobodyCalled(ChatError):
    """No person of that name is here."""

    name: str
    code: ClassVar[str] = "nobody-called"
    sentence: ClassVar[str] = "Nobody called {name} is here. /who lists the people."


# --- what is said


@dataclass(eq=False)
class LineTooLong(ChatError):
    """A line over the limit in bytes; what follows to the next newline is skipped."""

    limit: int
    code: ClassVar[str] = "line-too-long"
    sentence: ClassVar[str] = "That line is too long: {limit} bytes at most. It was not sent; send it in parts."


@dataclass(eq=False)
class TextTooLong(ChatError):
    """A message over the limit in characters; it is refused, never cut."""

    limit: int
    code: ClassVar[str] = "text-too-long"
    sentence: ClassVar[str] = "That message is too long: {limit} characters at most. It was not sent; send it in parts."


@dataclass(eq=False)
class NotText(ChatError):
    """Bytes that are neither UTF-8 nor GB18030."""

    code: ClassVar[str] = "not-text"
    sentence: ClassVar[str] = "That line is not text in UTF-8. It was not sent; set your terminal to UTF-8."


@dataclass(eq=False)
class CutByTelnet(ChatError):
    """A telnet client took a piece of a character for one of its control keys."""

    code: ClassVar[str] = "cut-by-telnet"
    sentence: ClassVar[str] = (
        "Your telnet cut that line. It is set up for it now: press Enter, then type the line again."
    )


@dataclass(eq=False)
class TooFast(ChatError):
    """More than the flood limit allows, on an interface that cannot wait."""

    seconds: float
    code: ClassVar[str] = "too-fast"
    sentence: ClassVar[str] = "That was too fast and was not sent. Wait {seconds:.1f} seconds and send it again."


@dataclass(eq=False)
class NeverStops(ChatError):
    """Lines that came faster than the flood limit for so long that their sender is let go."""

    seconds: float
    code: ClassVar[str] = "never-stops"
    sentence: ClassVar[str] = (
        "Your lines came faster than the limit for {seconds:.0f} seconds, and the rest was not sent. "
        "Connect again and send more slowly."
    )


@dataclass(eq=False)
class Overloaded(ChatError):
    """A bounded queue of the server is full."""

    code: ClassVar[str] = "overloaded"
    sentence: ClassVar[str] = "The server has too much to do. That was not sent; send it again in a moment."


@dataclass(eq=False)
class NotStored(ChatError):
    """The log did not take it, so nobody has seen it."""

    reason: str
    code: ClassVar[str] = "not-stored"
    sentence: ClassVar[str] = "That could not be stored ({reason}), so nobody has seen it. Send it again later."


@dataclass(eq=False)
class NotRead(ChatError):
    """The log could not be read."""

    reason: str
    code: ClassVar[str] = "not-read"
    sentence: ClassVar[str] = "The log could not be read ({reason}). Try again later."


@dataclass(eq=False)
class NothingMore(ChatError):
    """`/more` when there is nothing to go on with."""

    code: ClassVar[str] = "nothing-more"
    sentence: ClassVar[str] = "There is nothing more to show. /search WORDS begins a search."


@dataclass(eq=False)
class NotARequest(ChatError):
    """A line from a program that is no JSON object of the protocol's."""

    code: ClassVar[str] = "not-a-request"
    sentence: ClassVar[str] = (
        'That is no request. Send a JSON object a line: {{"v": 1, "name": "ada"}}, then {{"line": "hello", "id": "1"}}'
    )


# --- commands


@dataclass(eq=False)
class UnknownCommand(ChatError):
    """No such command, and none with a similar name."""

    command: str
    code: ClassVar[str] = "unknown-command"
    sentence: ClassVar[str] = "There is no /{command}. /help lists the commands; //{command} says it as text."


@dataclass(eq=False)
class UnknownCommandNearest(UnknownCommand):
    """No such command, but one that is written much like it."""

    nearest: str
    sentence: ClassVar[str] = "There is no /{command}. Did you mean /{nearest}? //{command} says it as text."


@dataclass(eq=False)
class WrongUse(ChatError):
    """A command without what it needs."""

    usage: str
    code: ClassVar[str] = "wrong-use"
    sentence: ClassVar[str] = "Use it like this: {usage}"

    @property
    def data(self) -> dict[str, object]:
        """The usage is the server's own words."""
        return {"usage": Phrase(self.usage)}


@dataclass(eq=False)
class NoSuchLanguage(ChatError):
    """A language that the chat, or a dialect of it, is not spoken in."""

    language: str
    languages: list[str]
    """The code of each that there is, and its own name."""
    code: ClassVar[str] = "no-such-language"
    sentence: ClassVar[str] = "{language} is not spoken here. There are: {languages}"


@dataclass(eq=False)
class ThatIsYou(ChatError):
    """A command about another person, given one's own name."""

    code: ClassVar[str] = "that-is-you"
    sentence: ClassVar[str] = "That is you. Give another person's name; /who lists the people."


@dataclass(eq=False)
class IgnoresYou(ChatError):
    """A private message to somebody who ignores its sender."""

    name: str
    code: ClassVar[str] = "ignores-you"
    sentence: ClassVar[str] = "{name} ignores you. That was not sent."


@dataclass(eq=False)
class IgnoringTooMany(ChatError):
    """An ignore list over its limit."""

    limit: int
    code: ClassVar[str] = "ignoring-too-many"
    sentence: ClassVar[str] = "You ignore {limit} people already. /unignore somebody first."


@dataclass(eq=False)
class NotIgnored(ChatError):
    """Taking back an ignore that is not there."""

    name: str
    code: ClassVar[str] = "not-ignored"
    sentence: ClassVar[str] = "You do not ignore {name}. /ignore alone lists the people that you ignore."


@dataclass(eq=False)
class NobodyToReplyTo(ChatError):
    """`/reply` before any private message came."""

    code: ClassVar[str] = "nobody-to-reply-to"
    sentence: ClassVar[str] = "Nobody has sent you a private message yet. /msg NAME TEXT sends one."


# --- rooms


@dataclass(eq=False)
class NoSuchRoom(ChatError):
    """A room that nobody is in."""

    room: str
    code: ClassVar[str] = "no-such-room"
    sentence: ClassVar[str] = "There is no room {room} right now. /rooms lists them; /join {room} opens it."


@dataclass(eq=False)
class RoomNameNotAllowed(ChatError):
    """A room name with a character that rooms cannot have, or none at all."""

    limit: int
    code: ClassVar[str] = "room-name-not-allowed"
    sentence: ClassVar[str] = "A room's name is one word of letters, digits, _ and -, {limit} characters at most."


@dataclass(eq=False)
class NotInRoom(ChatError):
    """Leaving a room that one is not in."""

    room: str
    code: ClassVar[str] = "not-in-room"
    sentence: ClassVar[str] = "You are not in {room}. /whois with your own name shows your rooms."


@dataclass(eq=False)
class NotInAnyRoom(ChatError):
    """Talking after the last room was left."""

    code: ClassVar[str] = "not-in-any-room"
    sentence: ClassVar[str] = "You are in no room, so nobody would hear that. /join ROOM first; /rooms lists them."


@dataclass(eq=False)
class InTooManyRooms(ChatError):
    """One room more than a person may be in."""

    limit: int
    code: ClassVar[str] = "in-too-many-rooms"
    sentence: ClassVar[str] = "You are in {limit} rooms, which is the most. /leave one first."


@dataclass(eq=False)
class TooManyRooms(ChatError):
    """The server's table of rooms is full."""

    limit: int
    code: ClassVar[str] = "too-many-rooms"
    sentence: ClassVar[str] = "There are {limit} rooms open, which is the most. Join one of them: /rooms lists them."


# --- connections


@dataclass(eq=False)
class TooManyConnections(ChatError):
    """One address has as many connections as it may have at once."""

    limit: int
    code: ClassVar[str] = "too-many-connections"
    sentence: ClassVar[str] = "Your address has {limit} connections open, which is the most. Close one, then try again."


@dataclass(eq=False)
class ConnectingTooOften(ChatError):
    """One address connected too often within ten minutes."""

    limit: int
    minutes: int
    code: ClassVar[str] = "connecting-too-often"
    sentence: ClassVar[str] = (
        "Your address connected {limit} times within ten minutes. Wait {minutes} minutes, then try again."
    )


@dataclass(eq=False)
class ServerFull(ChatError):
    """The server has about as many connections as the system lets it have."""

    limit: int
    code: ClassVar[str] = "server-full"
    sentence: ClassVar[str] = "The server is full: it can hold about {limit} people. Try again later."


@dataclass(eq=False)
class NameNotGiven(ChatError):
    """A connection that gave no name in time."""

    seconds: float
    code: ClassVar[str] = "name-not-given"
    sentence: ClassVar[str] = "No name came within {seconds:.0f} seconds. Connect again and type a name."


# --- datagrams


@dataclass(eq=False)
class MembersFull(ChatError):
    """The table of datagram members is full."""

    limit: int
    code: ClassVar[str] = "members-full"
    sentence: ClassVar[str] = "There are {limit} people here by UDP, which is the most. Try again later, or use TCP."


@dataclass(eq=False)
class NotLoggedIn(ChatError):
    """A datagram from an address that has not logged in."""

    code: ClassVar[str] = "not-logged-in"
    sentence: ClassVar[str] = "You have not logged in from this address. Send: L name"


@dataclass(eq=False)
class NotYourName(ChatError):
    """A datagram that speaks or leaves under a name that belongs to another address."""

    name: str
    code: ClassVar[str] = "not-your-name"
    sentence: ClassVar[str] = "{name} is not the name you logged in with from this address."


@dataclass(eq=False)
class UnknownDatagram(ChatError):
    """A datagram that is none of the protocol's."""

    code: ClassVar[str] = "unknown-datagram"
    sentence: ClassVar[str] = "That is no datagram of this protocol. Send L name, C name text, or Q name."


# --- what administrators did


@dataclass(eq=False)
class Restricted(ChatError):
    """Somebody may not do this, as an administrator decided."""

    subject: str
    """Whom it is about: a name or a network; empty for everybody."""
    reason: str
    until: datetime | None
    """None for good."""


@dataclass(eq=False)
class Banned(Restricted):
    """A name or an address that is kept out for a while."""

    code: ClassVar[str] = "banned"
    sentence: ClassVar[str] = "{subject} is banned until {until}. Reason: {reason}"


@dataclass(eq=False)
class BannedForever(Banned):
    """A name or an address that is kept out."""

    sentence: ClassVar[str] = "{subject} is banned for good. Reason: {reason}"


@dataclass(eq=False)
class Muted(Restricted):
    """Somebody who may read and not talk, for a while."""

    code: ClassVar[str] = "muted"
    sentence: ClassVar[str] = "{subject} is muted until {until}: you can read, and not talk. Reason: {reason}"


@dataclass(eq=False)
class MutedForever(Muted):
    """Somebody who may read and not talk."""

    sentence: ClassVar[str] = "{subject} is muted for good: you can read, and not talk. Reason: {reason}"


@dataclass(eq=False)
class Locked(Restricted):
    """A chat that lets nobody new in for a while."""

    code: ClassVar[str] = "locked"
    sentence: ClassVar[str] = "Nobody new is let in until {until}. Reason: {reason}"


@dataclass(eq=False)
class LockedForever(Locked):
    """A chat that lets nobody new in."""

    sentence: ClassVar[str] = "Nobody new is let in for now. Reason: {reason}"


@dataclass(eq=False)
class NotADuration(ChatError):
    """A time that cannot be read."""

    text: str
    code: ClassVar[str] = "not-a-duration"
    sentence: ClassVar[str] = "{text!r} is no time. Write it like 90s, 10m, 2h, 3d or 1w12h, or say forever."


@dataclass(eq=False)
class NotASubject(ChatError):
    """What is neither a name, nor an address, nor a network."""

    text: str
    code: ClassVar[str] = "not-a-subject"
    sentence: ClassVar[str] = "{text!r} is no name, address or network. Write it like bob, 10.1.2.3 or 10.1.0.0/16."


@dataclass(eq=False)
class NobodyThere(ChatError):
    """Nobody here has that name or comes from there."""

    subject: str
    code: ClassVar[str] = "nobody-there"
    sentence: ClassVar[str] = "Nobody here is called {subject} or comes from there. Nothing was done."


@dataclass(eq=False)
class NothingToLift(ChatError):
    """A ban, mute or lock that is not in force."""

    verb: str
    subject: str
    code: ClassVar[str] = "nothing-to-lift"
    sentence: ClassVar[str] = "There is no {verb} of {subject!r} in force. `bans` lists what is."


@dataclass(eq=False)
class NoSuchAct(ChatError):
    """A number that no act has."""

    number: int
    code: ClassVar[str] = "no-such-act"
    sentence: ClassVar[str] = "There is no act {number}. `audit` lists them."


@dataclass(eq=False)
class CannotUndo(ChatError):
    """An act that left nothing which could be taken back."""

    verb: str
    number: int
    code: ClassVar[str] = "cannot-undo"
    sentence: ClassVar[str] = "{verb} {number} left nothing that could be taken back."


@dataclass(eq=False)
class OverAlready(ChatError):
    """An act that is not in force any more."""

    verb: str
    number: int
    code: ClassVar[str] = "over-already"
    sentence: ClassVar[str] = "{verb} {number} is not in force any more. `why {number}` says since when."


@dataclass(eq=False)
class LobbyStaysOpen(ChatError):
    """Closing the room that everybody enters first."""

    room: str
    code: ClassVar[str] = "lobby-stays-open"
    sentence: ClassVar[str] = "{room} cannot be closed: everybody enters there. `lock` keeps new people out."


@dataclass(eq=False)
class NothingSaid(ChatError):
    """An announcement with nothing in it that can be seen."""

    code: ClassVar[str] = "nothing-said"
    sentence: ClassVar[str] = "There is nothing to be seen in that text. Write what people shall read."


@dataclass(eq=False)
class UnknownVerb(ChatError):
    """No such verb, and none with a similar name."""

    verb: str
    code: ClassVar[str] = "unknown-verb"
    sentence: ClassVar[str] = "There is no verb {verb!r}. `help` lists them."


@dataclass(eq=False)
class UnknownVerbNearest(UnknownVerb):
    """No such verb, but one that is written much like it."""

    nearest: str
    sentence: ClassVar[str] = "There is no verb {verb!r}. Did you mean {nearest}? `help` lists them."


@dataclass(eq=False)
class NotRecorded(ChatError):
    """The audit did not take it, so it was not done."""

    reason: str
    code: ClassVar[str] = "not-recorded"
    sentence: ClassVar[str] = "That could not be put into the audit ({reason}), so it was not done."


# --- starting


@dataclass(eq=False)
class CannotStart(ChatError):
    """The server cannot run as it was told to; the reason is a whole sentence for the operator."""

    reason: str
    code: ClassVar[str] = "cannot-start"
    sentence: ClassVar[str] = "{reason}"


# --- measuring


@dataclass(eq=False)
class CannotMeasure(ChatError):
    """A server could not be measured; the reason is a whole sentence."""

    reason: str
    code: ClassVar[str] = "cannot-measure"
    sentence: ClassVar[str] = "{reason}"


@dataclass(eq=False)
class NotOurs(ChatError):
    """A load aimed at a server on another machine, which may be somebody else's."""

    host: str
    code: ClassVar[str] = "not-ours"
    sentence: ClassVar[str] = (
        "{host} is not this machine. A load like this can take it down: add --yes-this-server-is-mine if it is yours."
    )
