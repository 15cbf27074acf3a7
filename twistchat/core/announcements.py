"""What was announced to everyone, as one person is shown it: once, be it as it happens or as a part of the past."""

from __future__ import annotations

from twistchat.core.events import Entry
from twistchat.core.names import EVERYWHERE


class ShownAnnouncements:
    """The announcements that somebody has been shown. Those after their coming reach them as they happen."""

    def __init__(self) -> None:
        self._since = 0
        self._earlier: set[int] = set()

    def came(self, number: int) -> None:
        """Note that they were let in by the entry of that number."""
        self._since = number

    def has_to_see(self, entry: Entry) -> bool:
        """Whether an entry of a room's past is to be shown to them; it counts as shown from now on.

        It is not where it was announced to everyone and they have been shown it. One of which the log's number is not
        known (0) stands from before a restart, and is asked about once.
        """
        if entry.event.room != EVERYWHERE or not entry.number:
            return True
        if entry.number > self._since or entry.number in self._earlier:
            return False
        self._earlier.add(entry.number)
        return True
