"""Who is in several of the rooms that a batch touches, and in the same of them as others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from twistchat.core.batch import RoomBatch
from twistchat.core.member import Member


def in_several(batches: Sequence[RoomBatch], apart: Collection[Member]) -> list[list[Member]]:
    """Put together those who are in several rooms and can share what the batch brings to all of them.

    Args:
        batches: What it brings to each room, at least two.
        apart: Who shares nothing.

    Returns:
        For each list: its people are in the same rooms, in the same groups there.
    """
    classes: dict[tuple[int, ...], list[Member]] = {}
    found: set[Member] = set()
    largest = max(batches, key=lambda batch: len(batch.room))
    for room in (batch.room for batch in batches if batch is not largest):
        for member in room:
            if member not in found and member not in apart:
                groups = [id(batch.room.group_of(member)) for batch in batches if member in batch.room]
                if len(groups) > 1:
                    classes.setdefault(tuple(groups), []).append(member)
                    found.add(member)
    return [*classes.values()]
