"""Pieces of frames put together, and who shares them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from twistchat.core.member import Member
from twistchat.core.room import Group


def seen(pieces: list[bytes]) -> list[bytes]:
    """Pieces without those that are empty, as a format may have nothing for an event."""
    return [piece for piece in pieces if piece] if b"" in pieces else pieces


def others(members: Group, apart: AbstractSet[Member]) -> Iterable[Callable[[Any], None]]:
    """What sends to those of a group who are not apart; not the group's own, as whoever is let go leaves it."""
    if len(apart) > len(members):
        return [send for member, send in members.items() if member not in apart]
    others = members.copy()
    for member in apart:
        others.pop(member, None)
    return others.values()


def merged(placed: Sequence[Iterable[tuple[int, bytes]]], but: Collection[int] = ()) -> list[bytes]:
    """Pieces of several rooms in the order of their places; what has the same place is the same announcement.

    Args:
        placed: Those of each room.
        but: Places to leave out.
    """
    if len(placed) == 1:
        return [piece for place, piece in placed[0] if place not in but]
    by_place: dict[int, bytes] = {}
    for each in placed:
        for place, piece in each:
            by_place.setdefault(place, piece)
    return [by_place[place] for place in sorted(by_place) if place not in but]
