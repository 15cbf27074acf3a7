"""Who is in here, and who was until a while ago: a lock keeps out those who are new, not those who lost a connection.

Rule 1: who comes again is known by their key, or by their name together with their address, IPv6 by its /64. Names are
    those that they came in and left under.
Rule 2: a stay counts for an hour after its end, or for an hour before a lock and as long as that is in force.
Rule 3: whom an administrator has removed is new when they come again.
Rule 4: this is about who is connected here. It is no function of the log, which knows of no addresses and no keys:
    another server does not have it, and lets in those alone who were in there. A server that stops and starts again
    has forgotten it, so that until an `unlock` everybody is new; one that hands over to another process has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from math import inf
from typing import Any, Generic, TypeVar

from twistchat.core import names
from twistchat.core.addresses import household
from twistchat.core.identity import Identity

RECENTLY = 3600.0
"""Seconds for which a stay counts after its end: a lesson's length."""

MOST_REMEMBERED = 16384
"""Ways to know people by who are gone, two or three for each; past that those go first whose stay ended first."""


Ways = frozenset[str]
"""To know one person by."""


K = TypeVar("K", bound=Hashable)


class Ended(Generic[K]):
    """When those went who are gone, by whatever they can be known by."""

    def __init__(self) -> None:
        self._times: dict[K, float] = {}
        """In the order of the ends."""

    def __len__(self) -> int:
        return len(self._times)

    def portrait(self) -> list[tuple[K, float]]:
        """What another process needs to go on; times of day."""
        return [*self._times.items()]

    def revive(self, portrait: Iterable[tuple[K, float]]) -> None:
        """Be where a portrait was made."""
        self._times = dict(portrait)

    def knows(self, way: K, since: float) -> bool:
        """Whether somebody who can be known so went at that time or later."""
        return self._times.get(way, -inf) >= since

    def add(self, ways: Iterable[K], now: float) -> None:
        """Note that somebody went; past `MOST_REMEMBERED` those are forgotten who went first."""
        for way in ways:
            self._times.pop(way, None)
            self._times[way] = now
            if len(self._times) > MOST_REMEMBERED:
                self._forget_one()

    def remove(self, ways: Iterable[K]) -> None:
        """Forget somebody."""
        for way in ways:
            self._times.pop(way, None)

    def drop(self, before: float) -> None:
        """Forget who went before a time."""
        while self._times and next(iter(self._times.values())) < before:
            self._forget_one()

    def _forget_one(self) -> None:
        del self._times[next(iter(self._times))]


class Stays:
    """All stays that count."""

    def __init__(self) -> None:
        self._here: Counter[str] = Counter()
        """The ways to know those by who are in."""
        self._ended: Ended[str] = Ended()
        """The same of those who are gone."""

    def __len__(self) -> int:
        return len(self._here) + len(self._ended)

    def knows(self, identity: Identity, since: float) -> bool:
        """Whether somebody is in, or went at that time or later, who is known in one of the ways as this one.

        Args:
            identity: Whoever wants to come in.
            since: Seconds since 1970.
        """
        return any(way in self._here or self._ended.knows(way, since) for way in ways_of(identity))

    def portrait(self) -> Sequence[Sequence[Any]]:
        """What another process needs to go on, of those who are gone."""
        return [[way, at] for way, at in self._ended.portrait()]

    def revive(self, portrait: Sequence[Sequence[Any]]) -> None:
        """Be where a portrait was made; `resume` has those back who are here."""
        self._ended.revive((way, at) for way, at in portrait)

    def resume(self, ways: Ways) -> None:
        """Note that somebody is here, in another process's place, who was let in there."""
        self._here.update(ways)

    def begin(self, identity: Identity) -> Ways:
        """Note that somebody has been let in; `end` must follow, once, with what this returns."""
        ways = ways_of(identity)
        self._here.update(ways)
        return ways

    def end(self, ways: Ways, identity: Identity, now: float) -> None:
        """Note that somebody is gone.

        Args:
            ways: What `begin` returned.
            identity: By what they are known by now; the name may be another than they came in under.
            now: Seconds since 1970.
        """
        self._went(ways)
        self._ended.add(sorted(ways | ways_of(identity)), now)

    def end_removed(self, ways: Ways, identity: Identity) -> None:
        """Note that an administrator has removed somebody; the arguments are those of `end`."""
        self._went(ways)
        self._ended.remove(ways | ways_of(identity))

    def drop(self, before: float) -> None:
        """Forget who went before a time, in seconds since 1970."""
        self._ended.drop(before)

    def _went(self, ways: Ways) -> None:
        for way in ways:
            self._here[way] -= 1
            if not self._here[way]:
                del self._here[way]


def ways_of(identity: Identity) -> Ways:
    """In which ways somebody can be known when they come again."""
    named = set() if identity.name is None else {f"{names.key(identity.name)} {household(identity.address)}"}
    return frozenset(named | ({identity.mark} - {""}))
