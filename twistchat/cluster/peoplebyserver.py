"""Who is in which room at which server: what the log says, with the server that each batch is of.

Rule 1: like the census, this is a function of what comes of the stream, and of the snapshot that it began with.
Rule 2: what a buried server's people are told to have done comes under that server's name, behind `~`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from twistchat.cluster.batches import Batch, Row
from twistchat.core import names
from twistchat.core.events import Joined, Left, Renamed
from twistchat.wire.flat import STORED

_LEFT = frozenset(kind.kind for kind in STORED if issubclass(kind, Left))


def moves(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """What rows say of who is where: `j` or `l`, and the room and the name on a line each."""
    for room, kind, name, text in rows:
        if kind == Joined.kind:
            yield "j", f"{room}\n{name}"
        elif kind in _LEFT:
            yield "l", f"{room}\n{name}"
        elif kind == Renamed.kind:
            yield "l", f"{room}\n{name}"
            yield "j", f"{room}\n{text}"


def room_and_name(line: str) -> tuple[str, str]:
    """The room and the name of a line of those."""
    room, _, name = line.partition("\n")
    return room, name


class PeopleByServer:
    """The memberships of each server's people, as `ROOM\\nNAME`."""

    def __init__(self, own: str) -> None:
        """Know of nobody.

        Args:
            own: This server.
        """
        self._own = own
        self._at: dict[str, dict[str, None]] = {}
        self._borne: Counter[str] = Counter()

    def begin(self, lines: Iterable[str]) -> None:
        """Begin with a snapshot: server, room and name, on a line each."""
        for line in lines:
            server, _, membership = line.partition("\n")
            self._change(server, "j", membership)

    def lines(self) -> list[str]:
        """All of it, as a snapshot has it."""
        return [f"{server}\n{membership}" for server, there in self._at.items() for membership in there]

    def clear(self) -> None:
        """Know of nobody again."""
        self._at.clear()
        self._borne.clear()

    def take(self, batch: Batch) -> None:
        """Follow a batch."""
        for op, membership in moves(batch.rows):
            self._change(batch.server.removeprefix("~"), op, membership)

    def _change(self, server: str, op: str, membership: str) -> None:
        there = self._at.setdefault(server, {})
        if (op == "j") is (membership in there):
            return
        if op == "j":
            there[membership] = None
        else:
            del there[membership]
        if server == self._own:
            self._borne.update(_counted(op, membership))

    def borne_after(self, changes: Iterable[tuple[str, str]]) -> Counter[str]:
        """How often keys of names are borne in rooms by this server's people once some of them have come and gone."""
        there = self._at.get(self._own, {})
        borne: Counter[str] = Counter()
        for membership, op in {membership: op for op, membership in changes}.items():
            if (op == "j") is not (membership in there):
                borne.update(_counted(op, membership))
        for key in [*borne]:
            borne[key] += self._borne[key]
        return borne

    def is_borne(self, key: str) -> bool:
        """Whether one of this server's people bears a key in a room."""
        return self._borne[key] > 0

    def of(self, server: str) -> list[str]:
        """The memberships of a server's people."""
        return [*self._at.get(server, ())]

    def servers(self) -> list[str]:
        """The servers that have people in rooms."""
        return [server for server, there in self._at.items() if there]


def _counted(op: str, membership: str) -> dict[str, int]:
    return dict.fromkeys(names.keys(room_and_name(membership)[1]), 1 if op == "j" else -1)
