"""What waits for its batch, and how much of it one batch takes.

A batch is bounded by what storing and delivering it costs, in lines: what is said is one, and what costs as much as so
many lines counts for them. What was submitted together stays together, as it is committed or taken back as one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from twistchat.core.events import Event, Joined, Left, Removed, Renamed
from twistchat.core.submission import Submission

MOST_IN_A_BATCH = 512
"""Lines: 4 to 8 ms of storing and delivering, beside the sends (docs/performance.md)."""

COSTS: dict[type[Event], int] = {Joined: 16, Left: 12, Removed: 12, Renamed: 12}
"""In lines; all others cost one. Who comes is shown the latest lines; who goes has a frame of their own."""


class Queue:
    """Submissions in their order."""

    def __init__(self) -> None:
        self._waiting: deque[Submission] = deque()
        self._cost = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether as much waits as one batch takes."""
        return self._cost >= MOST_IN_A_BATCH

    def put(self, submission: Submission) -> bool:
        """Have a submission wait behind all others; true where it `is_full` then."""
        self._waiting.append(submission)
        self._cost += COSTS.get(type(submission.event), 1)
        return self._cost >= MOST_IN_A_BATCH

    def take(self) -> list[Submission]:
        """Take out the next batch: the oldest, as many as it takes, and all that were submitted together with them."""
        return [*self._next()] if self.is_full else self.take_all()

    def take_all(self) -> list[Submission]:
        """Take out everything."""
        taken = [*self._waiting]
        self._waiting.clear()
        self._cost = 0
        return taken

    def _next(self) -> Iterator[Submission]:
        taken, is_whole = 0, False
        while self._waiting and not (taken >= MOST_IN_A_BATCH and is_whole):
            submission = self._waiting.popleft()
            taken, is_whole = taken + COSTS.get(type(submission.event), 1), submission.is_last
            yield submission
        self._cost -= taken
