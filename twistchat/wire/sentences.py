"""Events and replies as lines of text in one language; what dialects of text have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from twistchat.core.events import (
    Acted,
    Announced,
    AnnouncedBy,
    Event,
    Joined,
    Left,
    Noticed,
    PutOut,
    Removed,
    Renamed,
    RenamedAlone,
    Ruling,
    Said,
    Signal,
    Told,
    TopicSet,
    Turnover,
    Whispered,
)
from twistchat.core.names import LOBBY
from twistchat.core.queries import MOST_PAST_BYTES
from twistchat.core.replies import Answer, Done, Goodbye, Notice, Past, Refused, Reply, Welcome
from twistchat.wire.language import Spoken
from twistchat.wire.rulings import said_of, said_with
from twistchat.wire.text import UTF_8, escaped


@dataclass(frozen=True)
class TextFormat(Spoken):
    """A dialect of plain lines. Subclasses encode a line and join pieces to frames."""

    labels: bool = False
    """Whether the room's name stands before what happens in it."""
    stamps: bool = False
    """Whether the time stands before each event."""
    numbers: bool = False
    """Whether the log's number stands before each event."""
    encoding: str = UTF_8
    """What lines are written in."""

    folds_presence: ClassVar[bool] = True
    past_bytes: ClassVar[int] = MOST_PAST_BYTES
    separator: ClassVar[str] = ": "

    def labelled(self, on: bool) -> Self:
        """The same format with or without the room's name."""
        return replace(self, labels=on)

    def stamped(self, on: bool) -> Self:
        """The same format with or without times."""
        return self if on == self.stamps else replace(self, stamps=on)

    def written(self, encoding: str) -> Self:
        """The same format in another encoding."""
        return replace(self, encoding=encoding)

    def encode(self, line: str) -> bytes:
        """Make a piece of a frame from a line: here, without an end."""
        return line.encode(self.encoding, "replace")

    def event(self, told: Told) -> bytes:
        """Render one event as a piece; a signal is none."""
        event = told.event
        if isinstance(event, Signal):
            return b""
        line = self._said(event) if type(event) is Said else self._line(event)
        if self.labels and isinstance(event.room, str):
            line = f"[{event.room}] {line}"
        if self.stamps:
            line = f"[{self.language.time(told.time)}] {line}"
        if self.numbers:
            line = f"#{told.number} {line}"
        return self.encode(escaped(line))

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """Render a reply as pieces."""
        match reply:
            case Past(room=room, entries=entries, numbered=numbered):
                past = replace(self, stamps=True, numbers=numbered, labels=self.labels or room is None)
                return [past.event(entry) for entry in entries]
            case Answer(reply=answer):
                return self.reply(answer)
            case Done():
                return []
            case Welcome():
                return [self.encode(self._say("Connected to server!"))]
            case Goodbye():
                return [self.encode(self._say("Goodbye."))]
            case Refused(error=error):
                return [self.encode(escaped(self.language.say(error.sentence, error.data)))]
            case Notice(sentence=sentence, data=data):
                return [self.encode(escaped(self.language.say(sentence, data)))]
        raise TypeError(reply)

    def _said(self, event: Said) -> str:
        return f"{event.name}{self.separator}{event.text}"

    def _line(self, event: Event) -> str:
        match event:
            case Joined(room=room, name=name):
                return self._say_in(room, "{name} joined!", name=name)
            case PutOut(name=name, by=by, reason=""):
                return self._say("{by} put {name} out.", name=name, by=by)
            case PutOut(name=name, by=by, reason=reason):
                return self._say("{by} put {name} out. ({reason})", name=name, by=by, reason=reason)
            case Removed(name=name, reason="" | "-"):
                return self._say("{name} was removed.", name=name)
            case Removed(name=name, reason=reason):
                return self._say("{name} was removed. ({reason})", name=name, reason=reason)
            case Left(room=room, name=name, reason=""):
                return self._say_in(room, "{name} left!", name=name)
            case Left(room=room, name=name, reason=reason):
                return self._say_in(room, "{name} left! ({reason})", name=name, reason=reason)
            case Announced(text=text):
                return self._announced(text)
            case AnnouncedBy(name=name, text=text):
                return self._say("{name} announces: {text}", name=name, text=text)
            case Said():
                return self._said(event)
            case Acted(name=name, text=text):
                return f"* {name} {text}"
            case Noticed(name=name, text=text):
                return f"-{name}- {text}"
            case Turnover(joined=joined, left=0):
                return self._say("+{joined} joined", joined=joined)
            case Turnover(joined=0, left=left):
                return self._say("-{left} left", left=left)
            case Turnover(joined=joined, left=left):
                return self._say("+{joined} joined, -{left} left", joined=joined, left=left)
            case Renamed(name=name, new_name=new_name) | RenamedAlone(name=name, new_name=new_name):
                return self._say("{name} is now called {new_name}.", name=name, new_name=new_name)
            case TopicSet(name=None, topic=topic):
                return self._say("The administrator set the topic: {topic}", topic=topic)
            case TopicSet(name=name, topic=topic):
                return self._say("{name} set the topic: {topic}", name=name, topic=topic)
            case Whispered(name=name, recipient=recipient, text=text):
                return self._say("[private] {name} to {recipient}: {text}", name=name, recipient=recipient, text=text)
            case Ruling():
                return self.language.say(said_of(event), said_with(event))
        raise TypeError(event)

    def _announced(self, text: str) -> str:
        return self._say("Administrator: {text}", text=text)

    def _say(self, sentence: str, **data: object) -> str:
        return self.language.say(sentence, data)

    def _say_in(self, room: str, sentence: str, **data: object) -> str:
        """Say what other languages may say otherwise, and with the room's name, of any room but the lobby."""
        return self.language.say(sentence, {**data, "room": room}, "" if room == LOBBY else "room")

    def _say_of(self, context: str, sentence: str, **data: object) -> str:
        return self.language.say(sentence, data, context)
