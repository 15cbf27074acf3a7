"""What was announced to everyone, as one person is shown it: once, be it as it happens or as a part of the past."""

from __future__ import annotations

from collections.abc import Iterable

from twistchat.core.events import Told
from twistchat.core.names import EVERYWHERE

_NONE: frozenset[int] = frozenset()
"""One for all: each empty set that is made takes 200 bytes."""


class ShownAnnouncements:
    """The announcements that somebody has been shown. Those after their coming reach them as they happen."""

    def __init__(self) -> None:
        self._since = 0
        self._earlier = _NONE

    def came(self, number: int) -> None:
        """Note that they were let in by the entry of that number."""
        self._since = number

    def portrait(self) -> tuple[int, list[int]]:
        """What another process needs to go on: the number of their coming, and earlier ones that were shown."""
        return self._since, sorted(self._earlier)

    def revive(self, since: int, earlier: Iterable[int]) -> None:
        """Be where a portrait was made."""
        self._since, self._earlier = since, frozenset(earlier)

    def has_to_see(self, told: Told) -> bool:
        """Whether something of a room's past is to be shown to them; it counts as shown from now on.

        It is not where it was announced to everyone and they have been shown it. One of which the log's number is not
        known stands from before a restart, and is asked about once.
        """
        if told.number is None or told.event.room is not EVERYWHERE:
            return True
        if told.number > self._since or told.number in self._earlier:
            return False
        self._earlier |= {told.number}
        return True
