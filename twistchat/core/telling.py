"""A large room is told who came and went: everyone at once, and who came lately before that, from their coming on.

Rule 1: members of a group who know equally much share one frame, which is rendered once.
Rule 2: who came knows least, each another amount. They are told by themselves what came after them, a few at a time;
    then all of those know equally much, and the whole room can be told in one turn, however many came.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from twistchat.core.events import Entry
from twistchat.core.member import Member
from twistchat.core.merging import seen
from twistchat.core.ports import Format
from twistchat.core.presence import PresenceSummary
from twistchat.core.room import Room

_number = attrgetter("number")


def tell_everyone(room: Room) -> None:
    """Tell all members of a room what is held of its coming and going; then nothing is."""
    telling = _Telling(room, {folds: room.presence.all_for(folds) for folds in (True, False)})
    for format, members in [*room.groups.items()]:
        telling.tell(format, [*members.items()])
    room.presence.all_told()


def tell_newcomers(room: Room) -> None:
    """Tell those who came and were told of nothing since what is held that came after them."""
    presence = room.presence
    telling = _Telling(room, {folds: presence.held_for(folds) for folds in (True, False)})
    for format, members in [*room.groups.items()]:
        telling.tell(format, _among(presence.untold, members))
    presence.newcomers_told()


def _among(some: Collection[Member], members: Mapping[Member, Any]) -> list[tuple[Member, Any]]:
    return [(member, members[member]) for member in some if member in members]


class _Telling:
    """What is held for a room, by whether formats fold it."""

    def __init__(self, room: Room, held: Mapping[bool, Sequence[Entry]]) -> None:
        self._newcomers = room.presence.newcomers
        self._entries = held[False]
        self._summary = PresenceSummary(room.name, held[True])

    def tell(self, format: Format[Any], members: Iterable[tuple[Member, Callable[[Any], None]]]) -> None:
        """Tell members of one group, each with what sends to them."""
        pieces_since = self._counted(format) if format.folds_presence else self._whole(format)
        frames: dict[int, Any] = {}
        for member, send in members:
            since = self._newcomers.get(member, 0)
            if since not in frames:
                pieces = seen(pieces_since(since))
                frames[since] = format.frame(pieces) if pieces else None
            if (frame := frames[since]) is not None:
                send(frame)

    def _counted(self, format: Format[Any]) -> Callable[[int], list[bytes]]:
        return lambda since: [format.event(told) for told in self._summary.after(since)]

    def _whole(self, format: Format[Any]) -> Callable[[int], list[bytes]]:
        pieces = [format.event(entry) for entry in self._entries]
        return lambda since: pieces[bisect_right(self._entries, since, key=_number) :]
