"""Up to when somebody has read what: kept for an account, else for a name and its PASS, else as long as a connection.

Rule 1: a mark is never set back.
Rule 2: connections of one owner have the same marks, and each that asked for the capability is told of a change.
Rule 3: whose marks were not looked at for the longest are the first to go, once there are too many owners.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, Self

from twistchat.wire.packing import Written

MOST_MARKED = 100
"""Targets of which an owner's mark is kept."""

MOST_OWNERS = 1000
"""Owners who may have come again; 10 MB at the most. Who has no more than a connection is not counted."""

NONE = "*"
"""In place of a time that is none."""


Owner = tuple[str, str | float]
"""A name's key, and since when it is claimed, or the secret that it comes with."""


class MarkReader(Protocol):
    """A connection that asked for the capability."""

    @property
    def owner(self) -> Owner | None:
        """Whose marks it has now; None where they are its own."""
        ...

    def read(self, target: str) -> None:
        """Tell of a mark that was set by another connection of its owner's."""
        ...


class Marks:
    """Those of one owner."""

    def __init__(self) -> None:
        self._times: dict[str, str] = {}
        self._readers: dict[MarkReader, None] = {}

    def state(self) -> Written:
        """What another process needs to go on; who is told finds them again."""
        return dict(self._times)

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Go on where a state was written down."""
        marks = cls()
        marks._times.update(state)
        return marks

    def of(self, target: str) -> str:
        """A mark as MARKREAD has it."""
        return self._times.get(target, NONE)

    def set(self, target: str, time: str, by: MarkReader) -> bool:
        """Set a mark, unless it is later already.

        Args:
            target: A room or a person.
            time: As MARKREAD has it.
            by: Who is told by the answer.

        Returns:
            False where there are too many marks for another.
        """
        if target not in self._times and len(self._times) >= MOST_MARKED:
            return False
        if time > self._times.get(target, ""):
            self._times[target] = time
            for reader in [each for each in self._readers if each is not by]:
                reader.read(target)
        return True

    def read_by(self, reader: MarkReader) -> None:
        """Tell a connection from now on, too."""
        self._readers[reader] = None

    def left_by(self, reader: MarkReader) -> None:
        """Tell it no more; idempotent."""
        self._readers.pop(reader, None)


class AllMarks:
    """Those of everyone, by owners."""

    def __init__(self) -> None:
        self._by_owner: dict[Owner, Marks] = {}

    def state(self) -> list[Any]:
        """What another process needs to go on."""
        return [[*owner, marks.state()] for owner, marks in self._by_owner.items()]

    def revive(self, state: Iterable[Any]) -> None:
        """Be where a state was written down."""
        self._by_owner = {(name, what): Marks.revived(marks) for name, what, marks in state}

    def of(self, owner: Owner) -> Marks:
        """An owner's."""
        marks = self._by_owner.pop(owner) if owner in self._by_owner else Marks()
        self._by_owner[owner] = marks
        if len(self._by_owner) > MOST_OWNERS:
            del self._by_owner[next(iter(self._by_owner))]
        return marks
