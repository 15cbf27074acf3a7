"""Who comes, changes their name and goes, in whatever rooms or in none: for interfaces that keep lists of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from twistchat.core.events import Event

P = TypeVar("P")
P_contra = TypeVar("P_contra", contravariant=True)


class PeopleWatcher(Protocol[P_contra]):
    """Is told of people; it must not raise."""

    def came(self, person: P_contra) -> None:
        """Somebody has been let in."""
        ...

    def renamed(self, person: P_contra, old: str) -> None:
        """Somebody has another name now. It may be told once for each room that they are in."""
        ...

    def signalled(self, person: P_contra, event: Event) -> None:
        """Somebody is away or back, or says who they are."""
        ...

    def went(self, person: P_contra) -> None:
        """Somebody who had been let in is gone."""
        ...


class Comings(Generic[P]):
    """Passes on who comes and goes to all who watch."""

    def __init__(self) -> None:
        self._watchers: list[PeopleWatcher[P]] = []

    def watch(self, watcher: PeopleWatcher[P]) -> Callable[[], None]:
        """Have somebody told from now on.

        Returns:
            What ends it; idempotent.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def came(self, person: P) -> None:
        """Tell that somebody has been let in."""
        for watcher in list(self._watchers):
            watcher.came(person)

    def renamed(self, person: P, old: str) -> None:
        """Tell that somebody has another name."""
        for watcher in list(self._watchers):
            watcher.renamed(person, old)

    def signalled(self, person: P, event: Event) -> None:
        """Tell of a signal."""
        for watcher in list(self._watchers):
            watcher.signalled(person, event)

    def went(self, person: P) -> None:
        """Tell that somebody is gone."""
        for watcher in list(self._watchers):
            watcher.went(person)
