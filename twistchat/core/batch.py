"""What one batch brings to one room, each entry rendered once a format."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from twistchat.core.events import Told
from twistchat.core.member import Member
from twistchat.core.merging import seen
from twistchat.core.ports import Format
from twistchat.core.room import Room


class RoomBatch:
    """The entries for one room. Each has its place in the whole batch, which is the log's order over all rooms.

    Formats that fold presence are told otherwise than those that do not.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.apart_from = {True: math.inf, False: math.inf}
        """Newcomers who know an entry of that number, or of a later one, have been singled out; see `Presence`."""
        self._entries: dict[bool, list[Told]] = {True: [], False: []}
        self._places: dict[bool, list[int]] = {True: [], False: []}
        self._pieces: dict[Format[Any], list[bytes]] = {}
        self._frames: dict[Format[Any], Any] = {}
        self._cuts: dict[Format[Any], _Cut] = {}

    def __bool__(self) -> bool:
        return bool(self._entries[True] or self._entries[False])

    def add(self, folds: bool, entry: Told, place: int) -> None:
        """Tell something to everyone whose format folds presence, or does not."""
        self._entries[folds].append(entry)
        self._places[folds].append(place)

    def tell(self, entry: Told, place: int) -> None:
        """Tell something to everyone."""
        self.tell_lines((entry,), place)

    def tell_lines(self, lines: Sequence[Told], place: int) -> None:
        """Tell everyone what was said in a row, from a place on."""
        for folds in (True, False):
            self._entries[folds].extend(lines)
            self._places[folds].extend(range(place, place + len(lines)))

    def pieces(self, format: Format[Any]) -> list[bytes]:
        """The entries so far, each rendered once; empty where the format has nothing for one."""
        pieces = self._pieces.setdefault(format, [])
        entries = self._entries[format.folds_presence]
        if len(entries) > len(pieces):
            pieces.extend(map(format.event, entries[len(pieces) :]))
        return pieces

    def placed(self, format: Format[Any]) -> Iterator[tuple[int, bytes]]:
        """The pieces with their places."""
        return zip(self._places[format.folds_presence], self.pieces(format), strict=True)

    def since(self, member: Member, place: int) -> Iterator[tuple[int, bytes]]:
        """The pieces for one member from a place on, without what was before they came."""
        format = member.format_in(self.room.name)
        places, entries = self._places[format.folds_presence], self._entries[format.folds_presence]
        pieces = self.pieces(format)
        came = self.room.presence.since(member)
        for at in range(bisect_left(places, place), len(places)):
            number = entries[at].number
            if number is None or number > came:
                yield places[at], pieces[at]

    # --- once all of the batch is told

    def frame(self, format: Format[Any]) -> Any:
        """The frame that all members of a format share; None where there is nothing for them."""
        if format not in self._frames:
            pieces = seen(self.pieces(format))
            self._frames[format] = format.frame(pieces) if pieces else None
        return self._frames[format]

    def frame_without(self, format: Format[Any], left_out: Collection[int]) -> Any:
        """The frame of somebody who is told all but what has some places; None where nothing is left.

        Nearly all are somebody's own lines, of whom many may want no echo: what is shared is cut, not rendered again.
        """
        cut = self._cuts.get(format) or self._made_cut(format)
        if len(left_out) == 1 and cut.begins:
            at = bisect_left(cut.places, *left_out)
            return cut.frame[: cut.begins[at]] + cut.frame[cut.begins[at + 1] :] or None
        out = [bisect_left(cut.places, place) for place in sorted(left_out)]
        if len(out) == len(cut.places):
            return None
        if cut.begins:
            return _cut(cut.frame, cut.begins, out) or None
        dropped = set(out)
        rest = seen([piece for at, piece in enumerate(self.pieces(format)) if at not in dropped])
        return format.frame(rest) if rest else None

    def _made_cut(self, format: Format[Any]) -> _Cut:
        pieces, frame = self.pieces(format), self.frame(format)
        begins = [*accumulate(map(len, pieces), initial=0)] if frame == b"".join(pieces) else ()
        self._cuts[format] = cut = _Cut(frame, begins, self._places[format.folds_presence])
        return cut


class _Cut(NamedTuple):
    """The shared frame of a format, to be cut."""

    frame: Any
    begins: Sequence[int]
    """Where pieces begin in it, and where the last one ends; nowhere where it is more than they are."""
    places: Sequence[int]
    """Those of the pieces."""


def _cut(frame: bytes, begins: Sequence[int], out: Sequence[int]) -> bytes:
    """A frame without some of its pieces, which are in their order."""
    parts, kept_from = [], 0
    for at in out:
        parts.append(frame[kept_from : begins[at]])
        kept_from = begins[at + 1]
    parts.append(frame[kept_from:])
    return b"".join(parts)
