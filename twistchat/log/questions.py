"""What can be asked of the log on disk: each question is answered in another thread, by what reads the files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from twistchat.core.events import Entry
from twistchat.core.names import Place
from twistchat.core.queries import Found, Missed, Query, Seen
from twistchat.log.reader import LogReader
from twistchat.log.search import search

T = TypeVar("T")


class Questions(ABC):
    """The reading half of the Log port."""

    def __init__(self, path: Path, search_path: Path) -> None:
        """Name the files; nothing is opened yet.

        Args:
            path: The log.
            search_path: The index of it.
        """
        self._path = path
        self._search_path = search_path
        self._reader = LogReader(path)
        self._started = 0  # the newest number when this server began

    @abstractmethod
    def _ask(self, worker: str, function: Callable[..., T], *args: Any) -> Deferred[T]:
        """Have a worker of that name call something.

        Returns:
            What that gives. Fails with NotRead.
        """

    def latest(self, room: Place, count: int) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room, after what set its topic if that is older."""
        return self._ask("reads", self._reader.latest, room, count)

    def history(self, room: Place, count: int, before: int | None = None) -> Deferred[Sequence[Entry]]:
        """The newest entries of a room below a number, oldest first."""
        return self._ask("reads", self._reader.history, room, count, before)

    def between(self, room: str, after: int, before: int, count: int, newest: bool) -> Deferred[Sequence[Entry]]:
        """The entries of a room between two numbers, oldest first."""
        return self._ask("reads", self._reader.between, room, after, before, count, newest)

    def after(self, number: int, count: int) -> Deferred[Sequence[Entry]]:
        """The entries above a number, of all places, oldest first."""
        return self._ask("reads", self._reader.after, number, count)

    def terms(self, room: str) -> Deferred[Sequence[Entry]]:
        """What a room's terms follow from."""
        return self._ask("reads", self._reader.terms, room)

    def first_since(self, time: float) -> Deferred[int]:
        """The number of the first entry from a time on, or one above all."""
        return self._ask("reads", self._reader.first_since, time)

    def seen(self, after: int, count: int) -> Deferred[Seen]:
        """Whose coming and going is among the next entries."""
        return self._ask("reads", self._reader.seen, after, count)

    def missed(self, room: str, name: str, count: int, after: int = 0) -> Deferred[Missed | None]:
        """What was said between a person's last two stays in a room."""
        return self._ask("reads", self._reader.missed, room, name, count, self._started, after)

    def search(self, query: Query) -> Deferred[Found]:
        """The newest entries that match, as far as one can look in a second."""
        return self._ask("searches", search, self._path, self._search_path, query)
