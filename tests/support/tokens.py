"""The test format: events and replies as short tokens of their kind, code and data, without a sentence in them.

The line dialect's words are tested where they are made. All other tests speak of what happened, in this format:

    +ada  -ada (tea)  removed ada (spam)  turnover +5 -4  ada => eve  topic ada: tea  !! for all
    ada: hi  * ada waves  ada > eve: psst
    welcome ada  goodbye  who room=lobby count=2 people=ada,eve  refused name-taken name=ada
    past lobby: @0 ada: hi  done tag=1 number=2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
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
from twistchat.core.replies import Answer, Done, Goodbye, Here, Notice, Past, Refused, Reply, Welcome
from twistchat.errors import NoSuchLanguage


@dataclass(frozen=True)
class TokenFormat:
    """One token line for an event, and one or more for a reply; what a format is told to show stands before it.

    With everything on: `(eo) #7 @0 [lobby] ada: hi`.
    """

    labels: bool = False
    stamps: bool = False
    numbers: bool = False
    language: str = "en"

    folds_presence: ClassVar[bool] = True
    comes_first: ClassVar[bool] = False
    past_bytes: int = 100_000
    names: ClassVar[Mapping[str, str]] = {"en": "English", "eo": "Esperanto", "la": "Latina"}
    """The languages that it can be had in; their tokens differ by the code before them."""

    @property
    def languages(self) -> list[str]:
        return [f"{code} {name}" for code, name in self.names.items()]

    def labelled(self, on: bool) -> Self:
        return replace(self, labels=on)

    def stamped(self, on: bool) -> Self:
        return replace(self, stamps=on)

    def coloured(self, on: bool) -> Self:
        return self

    def spoken(self, language: str) -> Self:
        if language not in self.names:
            raise NoSuchLanguage(language, self.languages)
        return replace(self, language=language)

    def event(self, told: Told) -> bytes:
        return b"" if isinstance(told.event, Signal) else self._line(self._marked(told))

    def reply(self, reply: Reply) -> Sequence[bytes]:
        return [self._line(token) for token in self._tokens(reply)]

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        return b"".join(pieces)

    def _line(self, token: str) -> bytes:
        return f"{token}\n".encode() if self.language == "en" else f"({self.language}) {token}\n".encode()

    def _marked(self, told: Told) -> str:
        number = [f"#{told.number or 0}"] if self.numbers else []
        stamp = [f"@{told.time:g}"] if self.stamps else []
        label = [f"[{told.event.room}]"] if self.labels and isinstance(told.event.room, str) else []
        return " ".join([*number, *stamp, *label, _token(told.event)])

    def _tokens(self, reply: Reply) -> list[str]:
        match reply:
            case Past(room=room, entries=entries, numbered=numbered):
                shown = replace(self, stamps=True, numbers=self.numbers or numbered, labels=self.labels or room is None)
                return [f"past {room or ''}: {shown._marked(told)}" for told in entries]
            case Answer(reply=answer, tag=tag):
                return [f"{token} tag={tag}" for token in self._tokens(answer)]
            case Here(room=room):
                return [f"here {room.name}"]
            case Done(tag=tag, number=number):
                return [f"done tag={tag} number={number or 0}"]
            case Welcome(name=name):
                return [f"welcome {name}"]
            case Goodbye():
                return ["goodbye"]
            case Refused(error=error, tag=tag):
                return [_told(f"refused {error.code}", {**error.data, **({"tag": tag} if tag else {})})]
            case Notice(code=code, data=data):
                return [_told(code, data)]
        raise TypeError(reply)


@dataclass(frozen=True)
class ProgramFormat(TokenFormat):
    """As programs have it: each one who comes is named, and the current room's lines look like any other's."""

    folds_presence: ClassVar[bool] = False

    def labelled(self, on: bool) -> Self:
        return self


@dataclass(frozen=True)
class CountingFormat(TokenFormat):
    """Counts how often each event was rendered, in each of its looks and in each dialect."""

    dialect: str = ""
    rendered: Counter[tuple[CountingFormat, int]] = field(default_factory=Counter, compare=False, repr=False)

    def event(self, told: Told) -> bytes:
        if told.number is not None:
            self.rendered[self, told.number] += 1
        return super().event(told)


def _token(event: Event) -> str:
    match event:
        case Joined(name=name):
            return f"+{name}"
        case PutOut(name=name, reason=reason, by=by):
            return f"{by} put out {name}{_in_brackets(reason)}"
        case Ruling(room=room, name=name):
            more = [getattr(event, each.name) for each in fields(event) if each.name not in ("room", "name", "mark")]
            return " ".join(filter(None, [event.kind, f"{room}:", name or "!!", *more]))
        case Removed(name=name, reason=reason):
            return f"removed {name}{_in_brackets(reason)}"
        case Left(name=name, reason=reason):
            return f"-{name}{_in_brackets(reason)}"
        case Turnover(joined=joined, left=left):
            return f"turnover +{joined} -{left}"
        case Said(name=name, text=text):
            return f"{name}: {text}"
        case Noticed(name=name, text=text):
            return f"-{name}- {text}"
        case Acted(name=name, text=text):
            return f"* {name} {text}"
        case Renamed(name=name, new_name=new_name) | RenamedAlone(name=name, new_name=new_name):
            return f"{name} => {new_name}"
        case TopicSet(name=name, topic=topic):
            return f"topic {name or '!!'}: {topic}"
        case AnnouncedBy(name=name, text=text):
            return f"!! {name}: {text}"
        case Announced(text=text):
            return f"!! {text}"
        case Whispered(name=name, recipient=recipient, text=text):
            return f"{name} > {recipient}: {text}"
    raise TypeError(event)


def _in_brackets(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _told(code: str, data: Mapping[str, object]) -> str:
    return " ".join([code, *(f"{key}={_value(value)}" for key, value in data.items())])


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    return ",".join(map(str, value)) if isinstance(value, list) else value
