"""A large room is told who came and went: everyone at once, and who came lately before that, from their coming on.

Rule 1: members of a group who know equally much share one frame, which is rendered once.
Rule 2: who came knows least, each another amount. They are told by themselves what came after them, a few at a time;
    then all of those know equally much, and the whole room can be told in one turn, however many came.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from twistchat.core.events import Entry
from twistchat.core.group import Group
from twistchat.core.member import Member
from twistchat.core.merging import seen
from twistchat.core.ports import Client, Format
from twistchat.core.presence import PresenceSummary
from twistchat.core.room import Room

_number = attrgetter("number")


def tell_everyone(room: Room) -> None:
    """Tell all members of a room what is held of its coming and going; then nothing is."""
    telling = _Telling(room, {folds: room.presence.all_for(folds) for folds in (True, False)})
    for group in [*room.groups.values()]:
        telling.tell(group, group)
    room.presence.all_told()


def tell_newcomers(room: Room) -> None:
    """Tell those who came and were told of nothing since what is held that came after them."""
    presence = room.presence
    telling = _Telling(room, {folds: presence.held_for(folds) for folds in (True, False)})
    for group in [*room.groups.values()]:
        telling.tell(group, [member for member in presence.untold if member in group])
    presence.newcomers_told()


class _Telling:
    """What is held for a room, by whether formats fold it."""

    def __init__(self, room: Room, held: Mapping[bool, Sequence[Entry]]) -> None:
        self._newcomers = room.presence.newcomers
        self._entries = held[False]
        self._summary = PresenceSummary(room.name, held[True])

    def tell(self, group: Group, members: Iterable[Member]) -> None:
        """Tell members of one group."""
        format = group.format
        pieces_since = self._counted(format) if format.folds_presence else self._whole(format)
        equals: defaultdict[int, list[Client[Any]]] = defaultdict(list)
        for member in members:
            equals[self._newcomers.get(member, 0)].append(group[member])
        for since, clients in equals.items():
            if pieces := seen(pieces_since(since)):
                group.send_all(clients, format.frame(pieces))

    def _counted(self, format: Format[Any]) -> Callable[[int], list[bytes]]:
        return lambda since: [format.event(told) for told in self._summary.after(since)]

    def _whole(self, format: Format[Any]) -> Callable[[int], list[bytes]]:
        pieces = [format.event(entry) for entry in self._entries]
        return lambda since: pieces[bisect_right(self._entries, since, key=_number) :]
