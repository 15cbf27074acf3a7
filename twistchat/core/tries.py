"""Wrong codes: how many are heard, from one address and in all.

The figures: a code has 50 bits. In all 100 wrong ones are heard in ten minutes, 14,400 a day, however many addresses
they come from. So one that holds for 8 hours is guessed with a chance of 4,800 in 2**50, 1 in 230,000 million; with 50
codes in force for a whole year it is 1 in 4 million. Five from one address leave a person their slips. 20 addresses can
use up what is heard in all: those from where a right code came are heard all the same, and a new code clears the count.
"""

from __future__ import annotations

import math
from collections import deque

from twistchat.core.addresses import household
from twistchat.core.portrait import Values
from twistchat.errors import TooManyCodes

WINDOW = 600.0
"""Seconds."""

MOST_EACH = 5
"""Wrong codes of one address within that, an IPv6 one's /64."""

MOST_IN_ALL = 100

MOST_KNOWN = 64
"""Addresses remembered from where a right code came; past that the earliest is forgotten."""


class Tries:
    """The wrong codes of the last ten minutes."""

    def __init__(self, most_each: int = MOST_EACH, most_in_all: int = MOST_IN_ALL) -> None:
        """Know of none.

        Args:
            most_each: That are heard from one address.
            most_in_all: That are heard from addresses from where no right one came.
        """
        self._most_each = most_each
        self._most_in_all = most_in_all
        self._wrong: deque[tuple[float, str]] = deque()
        self._known: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._wrong)

    def check(self, address: str, now: float) -> None:
        """Make sure that one more code from an address may be looked at.

        Args:
            address: Its; people of this machine count as one.
            now: By the clock for intervals.

        Raises:
            TooManyCodes: It may not now.
        """
        while self._wrong and self._wrong[0][0] <= now - WINDOW:
            self._wrong.popleft()
        home = household(address)
        own = [at for at, whose in self._wrong if whose == home]
        if len(own) >= self._most_each:
            raise _wait(own[-self._most_each], now)
        if len(self._wrong) >= self._most_in_all and not self.knows(address):
            raise _wait(self._wrong[-self._most_in_all][0], now)

    def knows(self, address: str) -> bool:
        """Whether a right one came from there."""
        return household(address) in self._known

    def wrong(self, address: str, now: float) -> None:
        """Note a wrong one, that `check` has let pass."""
        self._wrong.append((now, household(address)))

    def right(self, address: str) -> None:
        """Note a right one: those from there are heard, whatever is tried elsewhere."""
        self._known.pop(household(address), None)
        self._known[household(address)] = None
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def portrait(self, now: float) -> Values:
        """What another process needs to go on."""
        return {"wrong": [[now - at, home] for at, home in self._wrong], "known": [*self._known]}

    def revive(self, portrait: Values, now: float) -> None:
        """Be where a portrait was made."""
        self._wrong = deque((now - ago, home) for ago, home in portrait["wrong"])
        self._known = dict.fromkeys(portrait["known"])

    def forget(self) -> None:
        """Begin anew, as the operator gives a new code."""
        self._wrong.clear()


def _wait(since: float, now: float) -> TooManyCodes:
    return TooManyCodes(math.ceil((since + WINDOW - now) / 60))
