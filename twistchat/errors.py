"""Every refusal: a stable code for programs, its data in attributes, and one sentence that says what to do.

The sentences are English and are looked up in the reader's language when they are shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, dataclass_transform


class Phrase(str):
    """The server's own words among the data of a sentence: English, looked up in the reader's language as it is."""


class Listed(str):
    """The server's own words in a numbered list among the data, looked up likewise."""

    number: int
    words: str

    def __new__(cls, number: int, words: str) -> Listed:
        """Make one; for programs it is a text as in English."""
        made = super().__new__(cls, f"{number}: {words}")
        made.number, made.words = number, words
        return made


class Reason(str):
    """Why something was done, in somebody's own words: what ends the sentence about it, where there is any."""

    sentence = Phrase(" Reason: {reason}")

    @property
    def is_given(self) -> bool:
        """Whether there is one; for programs `-` stands where there is none."""
        return self not in ("", "-")

    def in_a_sentence(self, sentence: str) -> str:
        """What ends a sentence that has it.

        Args:
            sentence: This one's own, in the reader's language.
        """
        return sentence.format(reason=str(self)) if self.is_given else ""


@dataclass_transform(eq_default=False)
class ChatError(Exception):
    """Something that was asked for and is refused; nothing has changed.

    The line of a class says its sentence; what is annotated in it is its data, and its constructor's arguments. Its
    code is its name in words, `name-taken` for `NameTaken`: a test holds all codes to the list in docs/protocol.md, as
    programs go by them. A class below one that has a code says the same otherwise, and shares it.
    """

    code: ClassVar[str] = ""
    """For programs; never changes."""

    sentence: ClassVar[str] = ""
    """For people; may name the attributes in braces."""

    def __init_subclass__(cls, *, sentence: str = "") -> None:
        if sentence:
            cls.code = cls.code or re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
            cls.sentence = sentence
        dataclass(eq=False)(cls)

    @property
    def data(self) -> dict[str, object]:
        """The attributes by name, as the sentence uses them."""
        return dict(vars(self))

    def __str__(self) -> str:
        ends = {
            key: value.in_a_sentence(value.sentence) for key, value in self.data.items() if isinstance(value, Reason)
        }
        return self.sentence.format(**{**self.data, **ends})


# --- what many have in common: their data
class AboutPerson(ChatError):
    """A name that somebody has, had, or wants."""

    name: str


class OfRoom(ChatError):
    """A matter of one room."""

    room: str


class OfPersonInRoom(AboutPerson):
    """A matter of somebody in one room."""

    room: str


class OverLimit(ChatError):
    """More than the limit, which is the most that is allowed."""

    limit: int


class OverOption(OverLimit):
    """More than the limit that an option of the server sets."""

    option: str


class Failed(ChatError):
    """Something of the system's did not work; the reason may be a Phrase."""

    reason: str


class InSeconds(ChatError):
    """A matter of so many seconds."""

    seconds: float


class OfSubject(ChatError):
    """A person, an address, a network or a key, as an administrator wrote it."""

    subject: str


class Unreadable(ChatError):
    """What somebody wrote, and what cannot be read as what it has to be."""

    text: str


class AboutAct(ChatError):
    """An act of an administrator's, as the audit has it."""

    verb: str
    number: int


# --- names
class NameTaken(AboutPerson, sentence="{name} is taken, or looks like a name that is. Choose another name."):
    """Someone here already has this name, or one that looks the same."""


class NameEmpty(ChatError, sentence="A name needs at least one letter or digit. Type the name that others shall see."):
    """A name with nothing in it that can be seen."""


class NameTooLong(OverLimit, sentence="That name is too long: {limit} characters at most. Choose a shorter one."):
    """A name over the limit; it is refused, never cut."""


class NameHasSpace(ChatError, sentence="A name cannot have spaces in it. Join the words with _ or -."):
    """A name with a space; datagram clients put the text behind the first one."""


class NameLikeCode(
    ChatError, sentence="That looks like a code. Give the name that it belongs to first, then the code."
):
    """A name that is 16 digits: everybody would be shown somebody's code."""


class NameLikeAddress(ChatError, sentence="A name cannot be an address. Put a letter before it."):
    """A name of four numbers with dots: an operator who means whoever has it would meet all from that address."""


class NameNotAllowed(ChatError, sentence="A name cannot contain {character} there. Use letters, digits, _ and -."):
    """A name with a character that names cannot have."""

    character: str


class NameMixesScripts(
    ChatError, sentence="That name mixes letters that look alike from two alphabets. Use one of them."
):
    """Latin mixed with Cyrillic or Greek, whose letters look alike."""


class NameReserved(AboutPerson, sentence="{name} is kept for the server itself. Choose another name."):
    """A name that could be taken for the server's, the administrator's or the protocol's."""


class NobodyCalled(AboutPerson, sentence="Nobody called {name} is here. /who lists the people."):
    """No person of that name is here."""


# --- what is said
class LineTooLong(
    OverLimit, sentence="That line is too long: {limit} bytes at most. It was not sent; send it in parts."
):
    """A line over the limit in bytes; what follows to the next newline is skipped."""


class TextTooLong(
    OverLimit, sentence="That message is too long: {limit} characters at most. It was not sent; send it in parts."
):
    """A message over the limit in characters; it is refused, never cut."""


class NotText(ChatError, sentence="That line is not text in UTF-8. It was not sent; set your terminal to UTF-8."):
    """Bytes that are neither UTF-8 nor GB18030."""


class NotALine(ChatError, sentence="A line cannot have NUL, CR or LF in it. It was not sent; send it without."):
    """What no line of IRC can have in it."""


class CutByTelnet(
    ChatError, sentence="Your telnet cut that line. It is set up for it now: press Enter, then type the line again."
):
    """A telnet client took a piece of a character for one of its control keys."""


class TooFast(InSeconds, sentence="That was too fast and was not sent. Wait {seconds:.1f} seconds and send it again."):
    """More than the flood limit allows, on an interface that cannot wait."""


class NeverStops(
    InSeconds,
    sentence="Your lines came faster than the limit for {seconds:.0f} seconds, and the rest was not sent. "
    "Connect again and send more slowly.",
):
    """Lines that came faster than the flood limit for so long that their sender is let go."""


class Overloaded(ChatError, sentence="The server has too much to do. That was not sent; send it again in a moment."):
    """A bounded queue of the server is full."""


class NotStored(Failed, sentence="That could not be stored ({reason}), so nobody has seen it. Send it again later."):
    """The log did not take it, so nobody has seen it."""


class StillUnknown(
    ChatError, sentence="It is not known yet whether that was stored; you will see it if it was. Do not send it again."
):
    """The servers' common log was cut off while a line was on its way."""


class NotRead(Failed, sentence="The log could not be read ({reason}). Try again later."):
    """The log could not be read."""


class NothingMore(ChatError, sentence="There is nothing more to show. /search WORDS begins a search."):
    """`/more` when there is nothing to go on with."""


class NotARequest(
    ChatError,
    sentence="That is no request. Send a JSON object a line: "
    '{{"v": 1, "name": "ada"}}, then {{"line": "hello", "id": "1"}}',
):
    """A line from a program that is no JSON object of the protocol's."""


# --- commands
class UnknownCommand(
    ChatError, sentence="There is no /{command}. /help lists the commands; //{command} says it as text."
):
    """No such command, and none with a similar name."""

    command: str


class UnknownCommandNearest(
    UnknownCommand, sentence="There is no /{command}. Did you mean /{nearest}? //{command} says it as text."
):
    """No such command, but one that is written much like it."""

    nearest: str


class UnknownBareCommand(UnknownCommand, sentence="There is no {command} here. HELP lists what there is."):
    """No such command where none begins with a slash, as by IRC."""


class WrongUse(ChatError, sentence="Use it like this: {usage}"):
    """A command without what it needs."""

    usage: str

    @property
    def data(self) -> dict[str, object]:
        """The usage is the server's own words."""
        return {"usage": Phrase(self.usage)}


class NoSuchLanguage(ChatError, sentence="{language} is not spoken here. There are: {languages}"):
    """A language that the chat, or a dialect of it, is not spoken in."""

    language: str
    languages: list[str]
    """The code of each that there is, and its own name."""


class ThatIsYou(ChatError, sentence="That is you. Give another person's name; /who lists the people."):
    """A command about another person, given one's own name."""


class IgnoresYou(AboutPerson, sentence="{name} ignores you. That was not sent."):
    """A private message to somebody who ignores its sender."""


class NotKnownWhether(
    AboutPerson, sentence="It is not known whether {name} got that. Ask them before you send it again."
):
    """A private message, or a question, to somebody at another server that does not answer."""


class IgnoringTooMany(OverLimit, sentence="You ignore {limit} people already. /unignore somebody first."):
    """An ignore list over its limit."""


class NotIgnored(AboutPerson, sentence="You do not ignore {name}. /ignore alone lists the people that you ignore."):
    """Taking back an ignore that is not there."""


class NoColours(ChatError, sentence="There are no colours here: what you came by has none."):
    """Asking for colours where the dialect has none."""


class NobodyToReplyTo(ChatError, sentence="Nobody has sent you a private message yet. /msg NAME TEXT sends one."):
    """`/reply` before any private message came."""


# --- rooms
class NoSuchRoom(OfRoom, sentence="There is no room {room} right now. /rooms lists them; /join {room} opens it."):
    """A room that nobody is in."""


class RoomNameNotAllowed(
    OverLimit, sentence="A room's name is one word of letters, digits, _ and -, {limit} characters at most."
):
    """A room name with a character that rooms cannot have, or none at all."""


class NotInRoom(OfRoom, sentence="You are not in {room}. /whois with your own name shows your rooms."):
    """Leaving a room that one is not in."""


class NotInAnyRoom(
    ChatError, sentence="You are in no room, so nobody would hear that. /join ROOM first; /rooms lists them."
):
    """Talking after the last room was left."""


class InTooManyRooms(OverLimit, sentence="You are in {limit} rooms, which is the most. /leave one first."):
    """One room more than a person may be in."""


class TooManyRooms(
    OverLimit, sentence="There are {limit} rooms open, which is the most. Join one of them: /rooms lists them."
):
    """The server's table of rooms is full."""


# --- what holds in one room
class RoomPrivate(OfRoom, sentence="{room} is private. Ask somebody who is in it for an invitation."):
    """A room that one must be invited to."""


class RoomHasKey(OfRoom, sentence="{room} has a key. Use it like this: /join {room} KEY"):
    """A room that one needs a key for."""


class WrongRoomKey(OfRoom, sentence="That is not the key of {room}. Ask somebody who is in it."):
    """Another key than the room's."""


class NotARoomKey(OverLimit, sentence="A room's key is one word of {limit} characters at most."):
    """What cannot be a room's key."""


class NotOperator(OfRoom, sentence="Only an operator of {room} can do that. They are: {operators}"):
    """What only an operator of the room may do."""

    operators: list[str]


class NobodysRoom(OfRoom, sentence="{room} is everybody's: it has no operators. /join ROOM opens one of your own."):
    """Deciding on the room that everybody enters first."""


class TooManyOperators(OverLimit, sentence="The room has {limit} operators, which is the most. /deop one first."):
    """One operator more than a room may have."""


class TooManyVoices(
    OverLimit, sentence="{limit} people have a voice in the room, which is the most. /devoice one first."
):
    """One voice more than a room may have."""


class TooManyMasks(OverLimit, sentence="The room keeps {limit} names out, which is the most. /unban one first."):
    """One name more than a room may keep out."""


class NotAMask(
    OverLimit,
    sentence="Give a name of at most {limit} characters, or a part of one with * for the rest: bob, spam*. "
    "Users and hosts are the same for everybody here.",
):
    """What would keep everybody out of a room, or nobody."""


class NotALimit(OverLimit, sentence="A limit is a number of people from 1 to {limit}, or off."):
    """What cannot be the most people of a room."""


class Voiceless(OfRoom):
    """Talking in a room whose operators do not let one."""


class NoVoice(Voiceless, sentence="{room} is moderated: ask one of its operators for a voice, then talk."):
    """Talking in a moderated room without a voice."""


class KeptOut(Voiceless, sentence="The operators of {room} keep you out. Ask one of them, or /join another room."):
    """Coming into a room that keeps one out, or talking in it."""


class RoomIsFull(
    OfRoom, sentence="{room} is full: {limit} people are let in. Try later, or ask its operators to invite you."
):
    """Coming into a room that has as many people as its operators let in."""

    limit: int


class TopicIsLocked(OfRoom, sentence="The topic of {room} is locked: only its operators can set it."):
    """Setting a topic that only operators set."""


class NotThere(OfPersonInRoom, sentence="{name} is not in {room}. /who lists the people in it."):
    """Somebody who is in the chat and not in the room."""


class ThereAlready(OfPersonInRoom, sentence="{name} is in {room} already."):
    """Inviting somebody who is in the room."""


# --- connections
class TooManyConnections(
    OverOption,
    sentence="Your address has {limit} connections open, which is the most. Close one, then try again; "
    "who runs the server can raise it by {option}.",
):
    """One address has as many connections as it may have at once."""


class ConnectingTooOften(
    OverOption,
    sentence="Your address connected {limit} times within ten minutes. Wait {minutes} minutes, then try again; "
    "who runs the server can raise it by {option}.",
):
    """One address connected too often within ten minutes."""

    minutes: int


class NotNear(
    ChatError,
    sentence="This chat is open to the networks that its server is in, and you come from another one. "
    "Join one of those, then try again.",
):
    """A connection from beyond the server's own networks, to a port that is open to those alone."""


class ServerFull(OverLimit, sentence="The server is full: it can hold about {limit} people. Try again later."):
    """The server has about as many connections as the system lets it have."""


class NameNotGiven(InSeconds, sentence="No name came within {seconds:.0f} seconds. Connect again and type a name."):
    """A connection that gave no name in time."""


# --- datagrams
class MembersFull(
    OverLimit, sentence="There are {limit} people here by UDP, which is the most. Try again later, or use TCP."
):
    """The table of datagram members is full."""


class NotLoggedIn(ChatError, sentence="You have not logged in from this address. Send: L name"):
    """A datagram from an address that has not logged in."""


class NotYourName(AboutPerson, sentence="{name} is not the name you logged in with from this address."):
    """A datagram that speaks or leaves under a name that belongs to another address."""


class UnknownDatagram(ChatError, sentence="That is no datagram of this protocol. Send L name, C name text, or Q name."):
    """A datagram that is none of the protocol's."""


# --- what administrators did
class Restricted(ChatError):
    """Somebody may not do this, as an administrator decided."""

    subject: str
    """Whom it is about: a name or a network; empty for everybody."""
    reason: str
    until: datetime | None
    """None for good."""

    def __post_init__(self) -> None:
        self.reason = Reason(self.reason)


class Banned(Restricted, sentence="{subject} is banned until {until}.{reason}"):
    """A name or an address that is kept out for a while."""


class BannedForever(Banned, sentence="{subject} is banned for good.{reason}"):
    """A name or an address that is kept out."""


class Muted(Restricted, sentence="{subject} is muted until {until}: you can read, and not talk.{reason}"):
    """Somebody who may read and not talk, for a while."""


class MutedForever(Muted, sentence="{subject} is muted for good: you can read, and not talk.{reason}"):
    """Somebody who may read and not talk."""


class Locked(Restricted, sentence="Nobody new is let in until {until}.{reason}"):
    """A chat that lets nobody new in for a while."""


class LockedForever(Locked, sentence="Nobody new is let in for now.{reason}"):
    """A chat that lets nobody new in."""


class InOneRoom(Restricted):
    """The same, in one room alone."""

    room: str


class MutedInRoom(
    InOneRoom,
    Muted,
    sentence="{subject} is muted in {room} until {until}: you can read there, and not talk.{reason}",
):
    """Somebody who may read and not talk in one room, for a while."""


class AllMuted(
    InOneRoom,
    Muted,
    sentence="Everybody in {room} is muted until {until}: you can read there, and not talk.{reason}",
):
    """A room in which only its moderators talk, for a while."""


class LockedRoom(InOneRoom, Locked, sentence="Nobody new is let into {room} until {until}.{reason}"):
    """A room that lets nobody new in for a while."""


class NotADate(
    Unreadable,
    sentence="{text!r} is no date. Write 2026-03-01, 2026-03-01T08:00, today, yesterday, or an age such as 12h or 2d.",
):
    """No day, no time and no age."""


class NotADuration(
    Unreadable, sentence="{text!r} is no time. Write it like 90s, 10m, 2h, 3d or 1w12h, or say forever."
):
    """A time that cannot be read."""


class NotASubject(
    Unreadable, sentence="{text!r} is no name, address or network. Write it like bob, 10.1.2.3 or 10.1.0.0/16."
):
    """What is neither a name, nor an address, nor a network."""


class NotOnePerson(OfSubject, sentence="{subject} is no name. With `all` one person is meant; `who` lists the names."):
    """An address, a network or a key where one person has to be named."""


class NobodyThere(OfSubject, sentence="Nobody here is called {subject} or comes from there. Nothing was done."):
    """Nobody here has that name or comes from there."""


class NothingToLift(ChatError, sentence="There is no {verb} of {subject!r} in force. `bans` lists what is."):
    """A ban, mute or lock that is not in force."""

    verb: str
    subject: str


class NotLocked(NothingToLift, sentence="There is no lock in force. `bans` lists what is."):
    """The same of a lock, which is about nobody in particular."""


class NoSuchAct(ChatError, sentence="There is no act {number}. `audit` lists them."):
    """A number that no act has."""

    number: int


class CannotUndo(AboutAct, sentence="{verb} {number} left nothing that could be taken back."):
    """An act that left nothing which could be taken back."""


class OverAlready(AboutAct, sentence="{verb} {number} is not in force any more. `why {number}` says since when."):
    """An act that is not in force any more."""


class NotDone(AboutAct, sentence="{verb} {number} failed, so there is nothing to take back. `why {number}` says why."):
    """An act that failed, so that nothing of it was done."""


class LobbyStaysOpen(OfRoom, sentence="{room} cannot be closed: everybody enters there. `lock` keeps new people out."):
    """Closing the room that everybody enters first."""


class NothingSaid(ChatError, sentence="There is nothing to be seen in that text. Write what people shall read."):
    """An announcement with nothing in it that can be seen."""


class UnknownVerb(ChatError, sentence="There is no verb {verb!r}. `help` lists them."):
    """No such verb, and none with a similar name."""

    verb: str


class UnknownVerbNearest(UnknownVerb, sentence="There is no verb {verb!r}. Did you mean {nearest}? `help` lists them."):
    """No such verb, but one that is written much like it."""

    nearest: str


class NotRecorded(Failed, sentence="That could not be put into the audit ({reason}), so it was not done."):
    """The audit did not take it, so it was not done."""


# --- moderators of a room
class NotModerator(
    OfRoom,
    sentence="Only a moderator of {room} can do that. Whoever runs the server gives codes; /moderate CODE takes one.",
):
    """A moderator's command from somebody who moderates nothing."""


class ModeratesElsewhere(
    NotModerator,
    sentence="You moderate {rooms}, and not {room}. /join the room first: what you do holds where you talk.",
):
    """A moderator's command in a room that they do not moderate."""

    rooms: list[str]


class ModeratesToo(OfPersonInRoom, sentence="{name} moderates {room}, too. Only whoever runs the server can do that."):
    """A moderator as the subject of another's act."""


class NotHere(OfPersonInRoom, sentence="{name} is not in {room}. /who lists the people in it."):
    """Somebody who is in the chat and not in the room."""


class NotACode(
    ChatError, sentence="That is no code: one has ten letters and digits, such as K7QM2-X9F4T. Type it again."
):
    """What cannot be a moderator's code, whatever codes there are."""


class WrongCode(
    ChatError, sentence="That code does not hold: it is another, or its time is up. Read it again closely."
):
    """A code that no act in force has."""


class TooManyCodes(
    ChatError,
    sentence="Too many wrong codes were tried. Wait {minutes} minutes, or ask whoever runs the server for a new code.",
):
    """More wrong codes within ten minutes than are heard."""

    minutes: int


class NothingThere(OfRoom, sentence="There is nothing of that kind in {room} that you could end."):
    """Lifting what is not in force in a room."""


class TopicHeld(OfRoom, sentence="The topic of {room} was set by {by}, who moderates it, and stays until {until}."):
    """A topic that a moderator has set."""

    by: str
    until: datetime


class TooManyActs(OverLimit, sentence="That code has been used {limit} times, which is the most. Ask for a new one."):
    """A code by which too much was done."""


class LastsTooLong(
    OverLimit, sentence="A moderator's code ends some day: give a time such as 8h or 5d, {limit} days at most."
):
    """A code that would never end, or not in time."""


class NotALabel(OverLimit, sentence="Say for whom the code is, in {limit} characters at most: Ms Li."):
    """What nobody could be told by in the audit."""


class NobodyModerates(ChatError, sentence="No code in force is {label!r}'s. `moderators` lists them."):
    """A label that no code in force has."""

    label: str


# --- programs
class MadeAlready(
    AboutPerson, sentence="There is a {verb} called {name} already. Choose another name, or end it: un{verb} {name}"
):
    """A second hook, call or feed of one name."""

    verb: str


class TooManyMade(OverLimit, sentence="There are {limit} of them, which is the most. `{verb}s` lists them; end one."):
    """One hook, call or feed more than there may be."""

    verb: str


class NotMade(AboutPerson, sentence="There is no {verb} called {name}. `{verb}s` lists them."):
    """Ending a hook, call or feed that there is not."""

    verb: str


class NotAUrl(
    Unreadable,
    sentence="{text!r} is no address that can be called. "
    "Write it like https://HOST/PATH, without a user, 2000 characters at most.",
):
    """What cannot be called."""


class NoCallsHere(
    ChatError, sentence="This server makes no calls, as it is one of several. A server alone makes them."
):
    """A call in a cluster, whose servers would each make it."""


class NothingReadable(
    ChatError,
    sentence="There is nothing in that to be said. Send text, or JSON with a text, a message or a title in it.",
):
    """What a hook was sent has no words in it that are known as such."""


class NameHeld(
    AboutPerson, sentence="Somebody here is called {name}, so that the hook cannot speak. Rename them first."
):
    """A hook whose name a person has, who took it while the hook did not hold."""


class Draining(ChatError, sentence="This server is about to stop and takes nobody new. Connect again in a moment."):
    """Somebody who comes while a server is emptied; another takes them, or the same one once it has started again."""


# --- names of one's own
class NameClaimed(
    AboutPerson, sentence="{name} is claimed. If it is yours, type its code; otherwise choose another name."
):
    """A name, or what looks like it, that is another's as far as is known."""


class WrongNameCode(AboutPerson, sentence="That is not the code of {name}. Type it again, or choose another name."):
    """A code that does not prove the name."""


class NotClaimed(AboutPerson, sentence="{name} is not claimed by you. /claim makes it yours."):
    """What only a name's owner can do."""


class ClaimedAlready(AboutPerson, sentence="{name} is claimed. `recode {name}` gives it a new code."):
    """An administrator's claim of a name that is somebody's."""


class NobodyClaimed(AboutPerson, sentence="{name} is not claimed. `claims` lists the names that are."):
    """An administrator's word about a name that is nobody's own."""


class NotReleased(AboutPerson, sentence="{name} is still yours. Type /release {name} to give it up."):
    """A release of another name than one's own."""


class OneClaimEach(AboutPerson, sentence="You claimed {name} already. Join by another connection to claim a name."):
    """A second claim in one session."""


class LastProof(AboutPerson, sentence="Nothing else proves that {name} is yours. /release {name} gives it up."):
    """The last proof of a name."""


class ClaimsOff(ChatError, sentence="Names cannot be claimed here. Ask whoever runs the server for one of your own."):
    """Claiming where the administrators alone give out names, or nobody."""


class ClaimsFull(OverLimit, sentence="{limit} names are claimed, and this server keeps no more. Ask whoever runs it."):
    """More claims than are kept."""


class TooManyNames(
    OverLimit, sentence="That is more than {limit} names. Nothing was done; give them in several lists."
):
    """More names than are handed out by one call."""


class ClaimedTooOften(OverLimit, sentence="From your address {limit} names were claimed today. Try again tomorrow."):
    """More claims of a household in a day than it may make."""


class TooManyProofs(OverLimit, sentence="Your name has {limit} proofs, which is the most. /unlink one of them first."):
    """More devices than a name may have."""


class NoSuchProof(OverLimit, sentence="Give /unlink a number of the list that /claim shows, from 1 to {limit}."):
    """A number that no proof has."""


# --- starting
class CannotRestart(Failed, sentence="The server was not restarted, and goes on as it was: {reason}."):
    """Another process could not take over; everybody is served by this one."""


class CannotStart(Failed, sentence="{reason}"):
    """The server cannot run as it was told to; the reason is a whole sentence for the operator."""


class NotUnderstood(CannotStart):
    """What stands in an option is nothing that could stand there, on any machine: it is used wrongly."""
