"""What one person is told, aside from what happens in a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from twistchat.core.census import RoomRecord
from twistchat.core.command_table import NO_COMMANDS, CommandTable
from twistchat.core.events import Left, PutOut, Told
from twistchat.errors import ChatError, Reason


@dataclass(frozen=True, slots=True)
class Reply:
    """Something that the server tells one person."""


@dataclass(frozen=True, slots=True)
class Welcome(Reply):
    """The name was accepted and the person is in."""

    name: str
    commands: CommandTable[Any] = NO_COMMANDS
    """What they can do here; programs are told it with every name, so that none has to keep a list."""


@dataclass(frozen=True, slots=True)
class Goodbye(Reply):
    """The last thing that a connection is told."""


@dataclass(frozen=True, slots=True)
class Here(Reply):
    """The room that somebody has come into: its topic and its people, as they are at this place of the log."""

    room: RoomRecord


@dataclass(frozen=True, slots=True)
class Past(Reply):
    """Lines from the past, in the order they are to be read."""

    room: str | None
    """None where the lines are from several rooms."""
    entries: Sequence[Told]
    numbered: bool = False
    """Whether the lines' numbers are shown, as somebody asked for them and may go on from there."""


@dataclass(frozen=True, slots=True)
class Refused(Reply):
    """What was asked for is refused."""

    error: ChatError
    tag: str | None = None
    """The tag of the line that asked for it, where that had one."""


@dataclass(frozen=True, slots=True)
class Done(Reply):
    """A line with a tag has been dealt with: what it brought is committed and was delivered before this."""

    tag: str
    number: int | None = None
    """The log's number of what it brought; None where that is not stored, or where it brought nothing."""


@dataclass(frozen=True, slots=True)
class Answer(Reply):
    """A reply that a line with a tag brought; `Done` or `Refused` comes after it."""

    reply: Reply
    tag: str


@dataclass(frozen=True, slots=True)
class Notice(Reply):
    """An answer or a remark: a sentence with a code for programs."""

    code: str
    sentence: str
    """English, with names in braces for the data; looked up in the reader's language."""

    data: dict[str, object] = field(default_factory=dict)


def notice(code: str, sentence: str, /, **data: object) -> Notice:
    """Make a Notice; lists of words in the data are shown joined by commas."""
    return Notice(code, sentence, data)


def farewell(event: Left) -> Reply:
    """What somebody is told who is in a room no more."""
    if isinstance(event, PutOut):
        sentence = "{by} put you out of {room}.{reason}"
        return notice("left", sentence, room=event.room, by=event.by, reason=Reason(event.reason or "-"))
    return notice("left", "You left {room}.", room=event.room)
