"""How long a process was ready and had no processor: what no promise of seconds can count on a busy machine."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 0.05
"""How often it is looked at, as what a thread has waited is forgotten with it."""


class Queue:
    """The waiting of all threads of some processes, from now on: the second figure of Linux's `schedstat`."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._first: dict[int, int] = {}
        self._latest: dict[int, int] = {}
        self.look()
        self._first = {**self._latest}

    def look(self) -> None:
        """See what they have waited by now; it can be seen as long as nobody has waited for their end."""
        for pid in self._pids:
            with suppress(OSError):
                for thread in os.listdir(f"/proc/{pid}/task"):
                    self._look_at(Path(f"/proc/{pid}/task/{thread}/schedstat"), int(thread))

    def _look_at(self, file: Path, thread: int) -> None:
        with suppress(OSError, IndexError):  # it has just ended
            self._latest[thread] = int(file.read_text().split()[1])

    @property
    def seconds(self) -> float:
        """What they have waited, all together."""
        return sum(waited - self._first.get(thread, 0) for thread, waited in self._latest.items()) / 1e9

    def follow_to_the_end(self, pid: int, seconds: float) -> None:
        """Look until one of them has ended, or the time is up."""
        ended = os.pidfd_open(pid)
        try:
            for _ in range(int(seconds / LOOK_SECONDS)):
                is_over = bool(select.select([ended], [], [], LOOK_SECONDS)[0])
                self.look()
                if is_over:
                    return
        finally:
            os.close(ended)
