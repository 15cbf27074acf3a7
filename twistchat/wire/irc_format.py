"""The dialect of IRC: events and replies as lines, for people whose clients asked for the same capabilities.

Rule 1: what a line looks like is a function of the event and of the capabilities: who has the same shares each frame.
Rule 2: every line has a source, every name is as it is shown, every room as it is looked up.
Rule 3: what only the reader's connection knows stands in a line as a NUL, which no text has: the reader's name, and
    whole lines (`WELCOME`, `GOODBYE`) that `interfaces.irc` writes in their place.
Rule 4: leaving the chat and a new name are told once a frame, in however many rooms the reader sees them.
Rule 5: no JOIN, PART, QUIT or NICK of the past is ever told, and nothing of the past without its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import ClassVar, Self

from twistchat.core.census import RoomRecord
from twistchat.core.events import (
    Acted,
    Announced,
    AnnouncedBy,
    Away,
    Described,
    Event,
    Gone,
    Invited,
    Joined,
    Left,
    Noticed,
    PutOut,
    Removed,
    Renamed,
    RenamedAlone,
    Ruling,
    Said,
    Tagged,
    Told,
    TopicSet,
    Whispered,
    WhisperedNotice,
)
from twistchat.core.names import EVERYWHERE, LOBBY, Everywhere
from twistchat.core.queries import MOST_PAST_BYTES
from twistchat.core.replies import Answer, Goodbye, Here, Notice, Past, Refused, Reply, Welcome
from twistchat.errors import ChatError, Phrase
from twistchat.wire.irc_accounts import account_tag, no_account
from twistchat.wire.irc_lines import LINE_BYTES
from twistchat.wire.irc_names import NamesRows
from twistchat.wire.irc_numerics import ENDINGS, OTHERWISE, REFUSALS, TEXTS
from twistchat.wire.irc_pieces import Modes, Once, ToFill, joined, of_modes, once
from twistchat.wire.irc_rulings import change_of, invitation_of, prefix_of
from twistchat.wire.irc_text import action, pieces
from twistchat.wire.language import Spoken
from twistchat.wire.line import LineFormat
from twistchat.wire.text import UTF_8, escaped

READER = "\0"
"""In place of the reader's name."""

WELCOME, GOODBYE = b"\0W\r\n", b"\0G\r\n"
"""In place of what is told at the beginning and at the end."""

MARK = b"\0M"
"""Before a room, in place of up to where the reader has read it."""

CHANNEL = "#"

_ROOM_FOR_NAME = 160
"""Bytes kept free for the reader's name: 40 characters of four."""

_NOT_TOLD = frozenset({"left", "turned", "topic"})
"""Remarks of which IRC has lines of its own."""

_TOLD_ONCE = (Gone, Renamed, RenamedAlone, Away, Described)
_TEXTS = (Said, Noticed, Acted, Announced, AnnouncedBy, Whispered)


@lru_cache(maxsize=16)
def stamp(seconds: float) -> str:
    """A time as the tag `time` has it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def msgid(entry: Told) -> str:
    """What tells a line from all others: its number; of a private one, which has none, its time in microseconds."""
    return str(entry.number) if entry.number else f"p{entry.time * 1e6:.0f}"


def channel(room: str) -> str:
    """A room as IRC writes it."""
    return CHANNEL + room


@dataclass(frozen=True)
class IrcFormat(Spoken):
    """The dialect for one set of capabilities."""

    server: str = "irc.twistchat"
    """What it calls itself; the host of everybody, too."""
    caps: frozenset[str] = frozenset()
    real_name: Callable[[str], str] = field(default=str, compare=False, repr=False)
    """Tells who somebody of a name says they are."""
    account: Callable[[str], str | None] = field(default=no_account, compare=False, repr=False)
    """Tells which claimed name is theirs who is here by a name; None where theirs is not claimed."""

    folds_presence: ClassVar[bool] = False
    comes_first: ClassVar[bool] = True
    past_bytes: ClassVar[int] = MOST_PAST_BYTES

    def labelled(self, on: bool) -> Self:
        """The same: the room is always there."""
        return self

    def stamped(self, on: bool) -> Self:
        """The same: times are a capability."""
        return self

    @cached_property
    def _hash(self) -> int:
        return hash((self.language, self.server, self.caps))

    def __hash__(self) -> int:
        """Of what it is compared by, counted once: it is looked up for each author of a batch."""
        return self._hash

    # --- frames

    def frame(self, pieces: Sequence[bytes]) -> bytes | ToFill:
        """The lines, one after another."""
        if len(pieces) == 1:
            frame = pieces[0]
        elif Once not in map(type, pieces):
            frame = b"".join(pieces)
        else:
            frame = joined(pieces)
        return ToFill(frame) if 0 in frame else frame  # a number: bytes would be tried as one first, by an exception

    def source(self, name: str | None) -> str:
        """Whom a line is from: a person, or the server."""
        return f"{name}!~u@{self.server}" if name else self.server

    # --- events

    def event(self, entry: Told) -> bytes:
        """One event as a line, or several."""
        event = entry.event
        if type(event) is Said:
            return self._said(entry, event)
        if isinstance(event, _TOLD_ONCE):
            return self._once(entry)
        if isinstance(event, _TEXTS):
            return self.told(entry)
        if isinstance(event, Ruling):
            return self._ruled(entry, event)
        line = self._line(event)
        return self._tagged(entry, "", True) + f"{line}\r\n".encode() if line else b""

    def _said(self, entry: Told, event: Said) -> bytes:
        """What nearly all events are, by the shortest way."""
        line = f":{event.name}!~u@{self.server} PRIVMSG #{event.room} :{event.text}\r\n".encode()
        if len(line) > LINE_BYTES:
            return self.told(entry)
        return self._tagged(entry, "", True) + line if self.caps else line

    def _once(self, entry: Told) -> bytes:
        said = f"{self._line(entry.event)}\r\n".encode()
        if len(said) == len(b"\r\n"):
            return b""
        return once(self._tagged(entry, "", True), said)

    def _ruled(self, entry: Told, event: Ruling) -> bytes:
        """What was decided on a room: a change of its modes, or an invitation; nothing for what is neither."""
        tags, source = self._tagged(entry, "", True), self.source(event.name)
        if isinstance(event, Invited):
            return tags + f"{invitation_of(event, source)}\r\n".encode()
        change = change_of(event)
        return of_modes(Modes(tags, f":{source} MODE #{event.room}", (change,))) if change else b""

    def _line(self, event: Event) -> str:
        """An event that is one line; nothing for who has no capability for it."""
        caps, source = self.caps, self.source(event.name)
        match event:
            case Joined(room=room, name=name) if "extended-join" in caps:
                return self.fitting(f":{source} JOIN #{room} {self.account(name) or '*'} :", self.real_name(name))
            case Joined(room=room):
                return f":{source} JOIN #{room}"
            case Gone(reason=reason):
                return self.fitting(f":{source} QUIT :", reason)
            case Removed(room=room, name=name, reason=reason):
                return self.fitting(f":{self.server} KICK #{room} {name} :", reason or name)
            case PutOut(room=room, name=name, by=by, reason=reason):
                return self.fitting(f":{self.source(by)} KICK #{room} {name} :", reason or by)
            case Left(room=room, reason=""):
                return f":{source} PART #{room}"
            case Left(room=room, reason=reason):
                return self.fitting(f":{source} PART #{room} :", reason)
            case Renamed(new_name=new_name) | RenamedAlone(new_name=new_name):
                return f":{source} NICK {new_name}"
            case TopicSet(room=room, topic=topic):
                return self.fitting(f":{source} TOPIC #{room} :", topic)
            case Away(text="") if "away-notify" in caps:
                return f":{source} AWAY"
            case Away(text=text) if "away-notify" in caps:
                return self.fitting(f":{source} AWAY :", text)
            case Described(text=text) if "setname" in caps:
                return self.fitting(f":{source} SETNAME :", text)
            case Tagged(room=None, recipient=recipient) if "message-tags" in caps:
                return f":{source} TAGMSG {recipient}"
            case Tagged(room=room) if "message-tags" in caps:
                return f":{source} TAGMSG #{room}"
        return ""

    def fitting(self, head: str, text: str) -> str:
        """A line that cannot be several: what fits of its text."""
        most = LINE_BYTES - 2 - len(head.encode()) - (READER in head) * _ROOM_FOR_NAME
        if len(text.encode()) <= most:
            return head + text
        return f"{head}{next(pieces(text, most - 3))}…"

    def told(self, entry: Told, batch: str = "") -> bytes:
        """What somebody said, as a line; a long text as several, or as one in pieces for who asked for that.

        Args:
            entry: With a text.
            batch: Of the past, what the lines stand in.
        """
        head, text, makes_action = self._head(entry.event)
        encoded = f"{head}{action(text) if makes_action else text}\r\n".encode()
        if len(encoded) <= LINE_BYTES - (READER in head) * _ROOM_FOR_NAME:
            return self._tagged(entry, batch, True) + encoded
        if {"batch", "draft/multiline"} <= self.caps and not batch and not makes_action:
            return self._in_pieces(entry, head, text)
        most = LINE_BYTES - 2 - len(head.encode()) - makes_action * len(action("")) - (READER in head) * _ROOM_FOR_NAME
        parts = [action(part) if makes_action else part for part in pieces(text, most)]
        return b"".join(
            self._tagged(entry, batch, not at) + f"{head}{part}\r\n".encode() for at, part in enumerate(parts)
        )

    def _head(self, event: Event) -> tuple[str, str, bool]:
        """What stands before a text, the text, and whether that is an action."""
        source = self.source(event.name)
        match event:
            case Said(room=room, text=text):
                return f":{source} PRIVMSG #{room} :", text, False
            case Acted(room=room, text=text):
                return f":{source} PRIVMSG #{room} :", text, True
            case Noticed(room=room, text=text) | AnnouncedBy(room=room, text=text):
                return f":{source} NOTICE #{room} :", text, False
            case WhisperedNotice(recipient=recipient, text=text):
                return f":{source} NOTICE {recipient} :", text, False
            case Whispered(name=name, recipient=recipient, text=text) if text.startswith(did := f"* {name} "):
                return f":{source} PRIVMSG {recipient} :", text.removeprefix(did), True
            case Whispered(recipient=recipient, text=text):
                return f":{source} PRIVMSG {recipient} :", text, False
            case Announced(room=Everywhere(), text=text):
                return f":{self.server} NOTICE {READER} :", text, False
            case Announced(room=room, text=text):
                return f":{self.server} NOTICE #{room} :", text, False
        raise TypeError(event)

    def _in_pieces(self, entry: Told, head: str, text: str) -> bytes:
        """A long text as a batch that its reader puts together again (IRCv3 draft/multiline)."""
        name = f"m{msgid(entry)}"
        target = head.split(" ")[2]
        most = LINE_BYTES - 2 - len(head.encode())
        lines = [f":{head[1:].split(' ')[0]} BATCH +{name} draft/multiline {target}"]
        for at, piece in enumerate(pieces(text, most, keeps_blanks=True)):
            concat = ";draft/multiline-concat" if at else ""
            lines.append(f"@batch={name}{concat} {head}{piece}")
        lines.append(f":{self.server} BATCH -{name}")
        return self._tagged(entry, "", True) + "".join(f"{line}\r\n" for line in lines).encode()

    def _tagged(self, entry: Told, batch: str, is_first: bool) -> bytes:
        """The tags of a line, with the blank behind them; nothing where it has none."""
        caps = self.caps
        tags = [f"batch={batch}"] if batch else []
        if "server-time" in caps:
            tags.append(f"time={stamp(entry.time)}")
        if "message-tags" in caps and is_first:
            tags.append(f"msgid={msgid(entry)}")
            if entry.beside:
                tags.append(entry.beside)
        if "account-tag" in caps and not batch and (tag := account_tag(entry.event, self.account)):
            tags.append(tag)
        return f"@{';'.join(tags)} ".encode() if tags else b""

    # --- replies

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """A reply as lines."""
        match reply:
            case Answer(reply=answer):
                return self.reply(answer)
            case Welcome():
                return [WELCOME]
            case Goodbye():
                return [GOODBYE]
            case Here(room=room):
                return [*self._here(room)]
            case Past(numbered=True):
                return self._notices(LineFormat(self.language).reply(reply))
            case Past(room=room, entries=entries):
                return [*self._past(room or LOBBY, entries)]
            case Refused(error=error):
                return self._refused(error)
            case Notice(code=code, sentence=sentence, data=data) if code not in _NOT_TOLD:
                return self._notices([self.language.say(sentence, data).encode(UTF_8)])
        return []

    def say(self, error: ChatError) -> str:
        """The sentence of a refusal."""
        return escaped(self.language.say(error.sentence, error.data))

    def _refused(self, error: ChatError) -> Sequence[bytes]:
        sentence = self.say(error)
        if error.code in ENDINGS:
            return [f"ERROR :Closing Link: {sentence}\r\n".encode()]
        if "standard-replies" not in self.caps:
            return self._notices([sentence.encode(UTF_8)])
        code = REFUSALS.get(error.code, OTHERWISE).code or OTHERWISE.code
        return [f"{self.fitting(f':{self.server} FAIL * {code} :', sentence)}\r\n".encode()]

    def _notices(self, lines: Iterable[bytes]) -> Sequence[bytes]:
        """What the server tells the reader alone, a line for each."""
        head = f":{self.server} NOTICE {READER} :"
        most = LINE_BYTES - 2 - len(head) - _ROOM_FOR_NAME
        texts = (escaped(line.decode(UTF_8).rstrip("\r\n")) for line in lines)
        return [f"{head}{piece}\r\n".encode() for text in texts for piece in pieces(text, most)]

    def numbered(self, number: int, *params: str) -> str:
        """A numbered answer to the reader, without its end; its text is the table's where that has one."""
        words = [f":{self.server} {number:03} {READER}", *params]
        return " ".join([*words, f":{TEXTS[number]}"] if number in TEXTS else words)

    # --- a room

    def _here(self, room: RoomRecord) -> Iterator[bytes]:
        yield from (f"{line}\r\n".encode() for line in self.topic_of(room))
        if "draft/read-marker" in self.caps:
            yield MARK + f"{channel(room.name)}\r\n".encode()
        lines = [*self.names_in(room), self.numbered(366, channel(room.name))]
        yield "".join(f"{line}\r\n" for line in lines).encode()

    def topic_of(self, room: RoomRecord) -> Iterator[str]:
        """The topic of a room, and who set it when; nothing where it has none."""
        if not room.topic:
            return
        yield self.fitting(self.numbered(332, channel(room.name), ":"), room.topic)
        entry = room.topic_entry
        if entry is not None:
            yield self.numbered(333, channel(room.name), self.source(entry.event.name), str(int(entry.time)))

    def names_in(self, room: RoomRecord) -> Iterator[str]:
        """The people of a room."""
        head = self.numbered(353, "@" if room.terms.is_hidden else "=", channel(room.name), ":")
        shows = self.source if "userhost-in-names" in self.caps else str
        terms, shows_all = room.terms, "multi-prefix" in self.caps
        most = LINE_BYTES - 2 - len(head.encode()) - _ROOM_FOR_NAME
        shown = self._names.of(room, most, lambda key, name: prefix_of(terms, key, shows_all) + shows(name))
        yield from (head + row for row in shown)

    @cached_property
    def _names(self) -> NamesRows:
        return NamesRows()

    # --- the past

    def _past(self, room: str, entries: Sequence[Told]) -> Iterator[bytes]:
        """What was said before somebody came: for who can tell it from what is said now, and cannot ask for it."""
        everywhere = [entry for entry in entries if entry.event.room is EVERYWHERE]
        here = [e for e in entries if isinstance(e.event.room, str) and not isinstance(e.event, TopicSet)]
        yield from (self.told(entry) for entry in everywhere)
        if not here or "draft/chathistory" in self.caps:
            return
        if "server-time" in self.caps:
            yield from self.history(room, here, f"h{here[-1].number}")
            return
        sentence = Phrase("What was said here before is shown by /quote HISTORY, or by clients that know server-time.")
        yield from self._notices([self.language.say(sentence, {}).encode(UTF_8)])

    def history(self, room: str, entries: Sequence[Told], batch: str) -> Iterator[bytes]:
        """Lines of the past, in a batch for who knows of those.

        Args:
            room: Whose they are.
            entries: With texts, or topics; those of the past that nobody is shown are left out.
            batch: What the batch is called.
        """
        has_batch = "batch" in self.caps
        if has_batch:
            yield f":{self.server} BATCH +{batch} chathistory #{room}\r\n".encode()
        for entry in entries:
            if not isinstance(entry.event, TopicSet):
                yield self.told(entry, batch if has_batch else "")
            elif "draft/event-playback" in self.caps:
                yield self._tagged(entry, batch if has_batch else "", True) + f"{self._line(entry.event)}\r\n".encode()
        if has_batch:
            yield f":{self.server} BATCH -{batch}\r\n".encode()
