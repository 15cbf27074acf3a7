"""The dialect of programs: one JSON object a line, both ways. docs/protocol.md has what each key means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import lru_cache
from json.encoder import encode_basestring
from math import inf
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple, Self

from twistchat.core.command_table import NO_COMMANDS, CommandTable
from twistchat.core.events import Aside, Entry, Event, Gone, Left, Signal, Stored, Told
from twistchat.core.names import Place
from twistchat.core.queries import MOST_PAST_BYTES
from twistchat.core.replies import Answer, Done, Goodbye, Notice, Past, Refused, Reply, Welcome
from twistchat.core.text import revealed
from twistchat.errors import NotARequest
from twistchat.wire.flat import EVENTS, MADE_BY, flat_name, flat_room, more_of
from twistchat.wire.language import Spoken

VERSION = 1
"""Stands in every object as `v`. New keys and new kinds may come without a new version; programs skip them."""

MOST_KEY_CHARS = 64
"""The longest `key` and `id` that a program may choose."""

_KEYS = {"reason": "text", "new_name": "text", "topic": "text", "recipient": "to"}


@dataclass(frozen=True, slots=True)
class Hello:
    """A program's first line: who it is."""

    name: str
    key: str = ""
    """A secret of its own; who connects with the same name and key takes the place of the earlier connection."""
    language: str = ""
    """The code of the language for sentences."""
    past: int | None = None
    """How many lines of the past it wants on coming into a room; None for what everyone gets."""
    code: str = ""
    """That the name is theirs, where it was claimed and the key does not prove it."""


@dataclass(slots=True)
class Request:
    """Any later line: what a person would type, and what the program calls it."""

    line: str
    id: str | None = None


def dumps(value: Mapping[str, object]) -> str:
    r"""One object as a line without an end; what a terminal would act on is written as `\u001b` and the like."""
    return _shown(_encode(value))


def _shown(text: str) -> str:
    """Escape what JSON lets through and `clean` would take out; of ASCII that is one character."""
    return text if text.isascii() and "\x7f" not in text else revealed(text, _escape)


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else r"\u007f"


def _plain(value: object) -> object:
    return round(value.total_seconds(), 3) if isinstance(value, timedelta) else str(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
"""Made once: `json.dumps` with options of its own makes an encoder for each call, which takes 3 of 7 µs."""

_decode = json.JSONDecoder().raw_decode
"""What `json.loads` calls in the end, after looking for blanks and byte order marks for half of its time."""

_JSON_BLANKS = " \t\n\r"  # RFC 8259 2


def loads(line: str) -> dict[str, Any] | None:
    """The object in a line, or None where it holds none."""
    line = line.strip(_JSON_BLANKS)
    if not line.startswith("{"):
        return None
    try:
        value, end = _decode(line)
    except (ValueError, RecursionError):
        return None
    return value if end == len(line) else None


def parse_hello(line: str) -> Hello | None:
    """Read a first line; None where it is no program's. No nickname can be mistaken for one: names have no quotes.

    Raises:
        NotARequest: It is a program's, but of another version, or its values are of other types.
    """
    value = loads(line)
    if value is None or "name" not in value:
        return None
    if value.get("v", VERSION) != VERSION:
        raise NotARequest
    past = value.get("past")
    if past is not None and (type(past) is not int or past < 0):
        raise NotARequest
    key, code = _text(value, "key", MOST_KEY_CHARS), _text(value, "code", MOST_KEY_CHARS)
    return Hello(_text(value, "name"), key, _text(value, "lang"), past, code)


def parse_request(line: str) -> Request:
    """Read a later line.

    Raises:
        NotARequest: It is none.
    """
    value = loads(line)
    if value is None or "line" not in value:
        raise NotARequest
    return Request(_text(value, "line"), (_text(value, "id", MOST_KEY_CHARS) if "id" in value else "") or None)


def _text(value: Mapping[str, Any], key: str, most: float = inf) -> str:
    text = value.get(key, "")
    if not isinstance(text, str) or len(text) > most:
        raise NotARequest
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")  # no half surrogate pairs


_NOT_TOLD = frozenset({"mark", "standing"})
"""What only the log has: of whose key it is, or of what key."""

_MORE = {event: [(name, _KEYS.get(name, name)) for name in more_of(event) if name not in _NOT_TOLD] for event in EVENTS}
"""What events of a class have beside a room and a name: what it is called there, and its key here."""


_KEYS_OF = {event.kind: [key for _, key in _MORE[event]] for event in EVENTS}

_TO_PROGRAMS = {Gone.kind: Left.kind}
"""Kinds that are another one to programs, which need not tell them apart."""


def _kind(event: Event | type[Event]) -> str:
    return _TO_PROGRAMS.get(event.kind, event.kind)


class _Shape(NamedTuple):
    """How an event of one class is written."""

    head: str
    more: Sequence[tuple[str, Callable[[Event], Any], Callable[[Any], str]]]
    """What follows the room and the name, which every event has: the key, what gives the value, what encodes it."""


def _shape(kind: type[Event]) -> _Shape:
    texts = {field.name for field in fields(kind) if field.type == "str"}
    more = [
        (f',"{key}":', attrgetter(name), encode_basestring if name in texts else _encode) for name, key in _MORE[kind]
    ]
    return _Shape(f'{{"v":{VERSION},"kind":"{_kind(kind)}","number":', more)


_SHAPES = {event: _shape(event) for event in EVENTS}


@lru_cache(maxsize=4096)
def _quoted(name: Place | None) -> str:
    """A room's or a person's name, empty where there is none; the same few come again and again."""
    return encode_basestring(flat_room(name))


@lru_cache(maxsize=16, typed=True)
def _time(seconds: float) -> str:
    """All events of a batch have the same."""
    return repr(round(seconds, 3))


def _event_object(told: Told) -> dict[str, object]:
    """An event as its object, for an answer that adds something to it."""
    event = told.event
    value: dict[str, object] = {
        "v": VERSION,
        "kind": _kind(event),
        "number": told.number or 0,
        "time": round(told.time, 3),
        "room": flat_room(event.room),
        "name": flat_name(event.name),
    }
    for name, key in _MORE[type(event)]:
        value[key] = getattr(event, name)
    return value


def _event_text(told: Told) -> str:
    """What `dumps` makes of an event's object: it is sent the most, and this takes half the time."""
    number, time, event, _ = told
    head, more = _SHAPES[type(event)]
    room, name = _quoted(event.room), _quoted(event.name)
    text = f'{head}{number or 0},"time":{_time(time)},"room":{room},"name":{name}'
    for key, value, encode in more:
        text += key + encode(value(event))
    return _shown(text + "}")


def told_of(value: Mapping[str, Any]) -> Told | None:
    """The event in an object; None where it holds none, or one of a kind that this version does not know."""
    kind = str(value.get("kind"))
    number, time = value.get("number"), value.get("time")
    if kind not in _KEYS_OF or not isinstance(number, int) or not isinstance(time, int | float):
        return None
    texts = [value.get(key, "") for key in ("room", "name", *_KEYS_OF[kind])]
    if not all(isinstance(text, str) for text in texts):
        return None
    event = MADE_BY[kind](*texts)
    if number and isinstance(event, Stored):
        return Entry(number, float(time), event)
    return Aside(None, float(time), event)


@lru_cache(maxsize=4)
def _command_objects(table: CommandTable[Any]) -> list[dict[str, object]]:
    """A table of commands as programs are told it; a server has one, and tells it to each that comes."""
    return [
        {
            **{"name": row.name, "aliases": row.aliases, "words": table.words_for(row), "trace": row.trace},
            **({"moderators": True} if row.is_for_moderators else {}),
        }
        for row in table
    ]


@dataclass(frozen=True)
class JsonFormat(Spoken):
    """The dialect of programs. The room and the time stand in every object, so that all of a language share frames."""

    folds_presence: ClassVar[bool] = False
    past_bytes: ClassVar[int] = MOST_PAST_BYTES

    def labelled(self, on: bool) -> Self:
        """The same: the room is always there."""
        return self

    def stamped(self, on: bool) -> Self:
        """The same: the time is always there."""
        return self

    def event(self, told: Told) -> bytes:
        """One event as a line; a signal is none."""
        return b"" if isinstance(told.event, Signal) else self.ended(_event_text(told))

    def reply(self, reply: Reply) -> Sequence[bytes]:
        """A reply as lines; the past is a line for each event, marked as past."""
        return [self.ended(dumps(value)) for value in self._objects(reply)]

    def _objects(self, reply: Reply) -> list[dict[str, object]]:
        match reply:
            case Answer(reply=answer, tag=tag):
                return [{"id": tag, **value} for value in self._objects(answer)]
            case Past(entries=entries):
                return [{**_event_object(told), "past": True} for told in entries]
            case Done(tag=tag, number=number):
                return [{"v": VERSION, "kind": "done", "id": tag, "number": number or 0}]
            case Welcome(name=name, commands=commands):
                welcome: dict[str, object] = {"v": VERSION, "kind": "welcome", "name": name}
                return [{**welcome, "commands": _command_objects(commands)} if commands is not NO_COMMANDS else welcome]
            case Goodbye():
                return [{"v": VERSION, "kind": "goodbye"}]
            case Refused(error=error, tag=tag):
                return [self._told("refused", error.code, error.sentence, error.data, tag)]
            case Notice(code=code, sentence=sentence, data=data):
                return [self._told("notice", code, sentence, data, "")]
        raise TypeError(reply)

    def ended(self, text: str) -> bytes:
        """An object's text as it is told from the next one: by a newline."""
        return (text + "\n").encode("utf-8")

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        """The lines, one after another."""
        return b"".join(pieces)

    def _told(
        self, kind: str, code: str, sentence: str, data: Mapping[str, object], tag: str | None
    ) -> dict[str, object]:
        value: dict[str, object] = {"v": VERSION, "kind": kind, "code": code}
        if tag:
            value["id"] = tag
        return {**value, "text": self.language.say(sentence, data), "data": dict(data)}
