"""How much of what strangers do is noted: somebody who tries again and again must not fill the disk."""

from __future__ import annotations

from twistchat.core.bucket import Bucket
from twistchat.core.limits import Rate


class Noting:
    """Counts what is not noted, to be said with the next that is."""

    def __init__(self, rate: Rate, now: float) -> None:
        """Begin with nothing left out.

        Args:
            rate: How much is noted, of all strangers together.
            now: By the chat's clock for intervals.
        """
        self._rate = rate
        self._bucket = Bucket(now)
        self._unnoted = 0

    def more(self, now: float) -> str | None:
        """What is to be said behind one more note, which has its place then; None where it is not to be noted."""
        if not self._bucket.take(self._rate, 1.0, now):
            self._unnoted += 1
            return None
        unnoted, self._unnoted = self._unnoted, 0
        return f" ({unnoted} more were not noted)" if unnoted else ""
