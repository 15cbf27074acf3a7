"""Coming and going in a large room: held back for a moment and told together, as telling each of each is n².

Rule 1: a small room hears of everyone at once.
Rule 2: a large one is told at most four times a second: people as a count, programs one by one.
Rule 3: whoever does anything else has been announced first, by name. Programs get everything in the order of the log.
Rule 4: nobody is told of what was before their own coming.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from twistchat.core.events import Entry, Joined, Left, Turnover

if TYPE_CHECKING:
    from twistchat.core.session import Session

LARGE = 50
"""A room with more people than this is large."""

TOLD_SECONDS = 0.25
"""How long coming and going is held back in a large room."""

BY_NAME = 3
"""So many are told by name, more of them as a count."""


class Presence:
    """What the members of one room have not been told yet of its coming and going, in the order of the log."""

    def __init__(self) -> None:
        self.is_due = False
        """Whether telling has been scheduled."""
        self._waiting: dict[bool, list[Entry]] = {True: [], False: []}  # by whether the format folds
        self._names: set[str] = set()  # of those that wait for formats that fold
        self._newcomers: dict[Session, int] = {}

    def __bool__(self) -> bool:
        return any(self._waiting.values())

    def hold(self, entry: Entry) -> None:
        """Keep somebody's coming or leaving for later."""
        for waiting in self._waiting.values():
            waiting.append(entry)
        self._names.add(entry.event.name)

    def came(self, session: Session, entry: Entry) -> None:
        """Note that somebody who came need not be told of what has been held so far, nor of themselves."""
        self._newcomers[session] = entry.number

    def first_for(self, folds: bool, name: str) -> list[Entry]:
        """Take out what must be told before something that the person of that name does."""
        if not folds:
            return self.all_for(False)
        if name not in self._names:
            return []
        self._names.discard(name)
        waiting = self._waiting[True]
        self._waiting[True] = [entry for entry in waiting if entry.event.name != name]
        return [entry for entry in waiting if entry.event.name == name]

    def all_for(self, folds: bool) -> list[Entry]:
        """Take out everything."""
        taken, self._waiting[folds] = self._waiting[folds], []
        if folds:
            self._names.clear()
        return taken

    def forget_newcomers(self) -> None:
        """Note that everyone has been told of everything."""
        self._newcomers.clear()

    def left(self, session: Session, folds: bool) -> list[Entry]:
        """What somebody who leaves has not been told yet."""
        part = self.part(session, self._waiting[folds])
        self._newcomers.pop(session, None)
        return part

    def newcomers(self, entries: Sequence[Entry]) -> Iterator[Session]:
        """Those who need not be told of all of these."""
        return (session for session, number in self._newcomers.items() if number >= entries[0].number)

    def part(self, session: Session, entries: list[Entry]) -> list[Entry]:
        """What of these entries concerns somebody."""
        number = self._newcomers.get(session)
        return entries if number is None else [entry for entry in entries if entry.number > number]


def told(entries: list[Entry], folds: bool) -> list[Entry]:
    """The entries as they are told: a count in place of many where the format folds."""
    if not folds or len(entries) <= BY_NAME:
        return entries
    joined = sum(isinstance(entry.event, Joined) for entry in entries)
    left = sum(isinstance(entry.event, Left) for entry in entries)
    last = entries[-1]
    return [Entry(0, last.time, Turnover(last.event.room, "", joined, left))]
