"""What waits for its batch, and how much of it one batch takes.

A batch is bounded by what storing and delivering it costs, in lines: what is said is one, and what costs as much as so
many lines counts for them. What was submitted together stays together, as it is committed or taken back as one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from twistchat.core.events import Event, Gone, Joined, Left, PutOut, Removed, Renamed
from twistchat.core.ignoring import Ignoring
from twistchat.core.member import Member
from twistchat.core.submission import Submission

MOST_IN_A_BATCH = 512
"""Lines: 4 to 8 ms of storing and delivering, beside the sends (docs/performance.md)."""

COSTS: dict[type[Event], int] = {Joined: 8, Left: 12, Gone: 12, Removed: 12, PutOut: 12, Renamed: 12}
"""In lines; all others cost one. Who comes is shown the latest lines; who goes has a frame of their own."""

IGNORING_A_LINE = 20
"""So many who ignore its author cost a line more: each has a stream of their own, without it."""


class Queue:
    """Submissions in their order.

    That it is full is seen by its length alone, as this is asked for each line: it is full at `fills_at`, which is less
    the more of those that wait cost more than one.
    """

    def __init__(self, ignoring: Ignoring[Member]) -> None:
        """Begin empty.

        Args:
            ignoring: Who ignores whom.
        """
        self._ignoring = ignoring
        self.waiting: deque[Submission] = deque()
        """The oldest first; what costs one line may be put behind the others here, all else goes by `put`."""
        self.fills_at = MOST_IN_A_BATCH
        """So many that wait are as much as one batch takes."""

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def is_full(self) -> bool:
        """Whether as much waits as one batch takes."""
        return len(self.waiting) >= self.fills_at

    def put(self, submission: Submission) -> None:
        """Have a submission of any cost wait behind all others."""
        event = submission.event
        submission.surplus = COSTS.get(type(event), 1) - 1 + len(self._ignoring.of(event.name)) // IGNORING_A_LINE
        self.fills_at -= submission.surplus
        self.waiting.append(submission)

    def take(self) -> list[Submission]:
        """Take out the next batch: the oldest, as many as it takes, and all that were submitted together with them."""
        if len(self.waiting) < self.fills_at:
            return self.take_all()
        return [*self._next()]

    def take_all(self) -> list[Submission]:
        """Take out everything."""
        taken = [*self.waiting]
        self.waiting.clear()
        self.fills_at = MOST_IN_A_BATCH
        return taken

    def _next(self) -> Iterator[Submission]:
        taken, is_whole = 0, False
        while self.waiting and not (taken >= MOST_IN_A_BATCH and is_whole):
            submission = self.waiting.popleft()
            self.fills_at += submission.surplus
            taken, is_whole = taken + 1 + submission.surplus, submission.is_last
            yield submission
