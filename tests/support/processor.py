"""How long a process was ready and had no processor: what no promise of seconds can count on a busy machine."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

LOOK_SECONDS = 0.05
"""How often it is looked at, as what a thread has waited is forgotten with it."""


class Queue:
    """The waiting of all threads of some processes, from now on: the second figure of Linux's `schedstat`.

    And of the whole machine, which may stand still: then this process, too, is late for a look.
    """

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._first: dict[int, int] = {}
        self._latest: dict[int, int] = {}
        self.late = 0.0
        """Seconds by which looking came too late."""
        self.look()
        self._first = {**self._latest}
        self._looked_at = time.monotonic()

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
        """What they have waited, all together, and what looking came too late."""
        return sum(waited - self._first.get(thread, 0) for thread, waited in self._latest.items()) / 1e9 + self.late

    def follow_to_the_end(self, pid: int, seconds: float) -> None:
        """Look until one of them has ended, or the time is up."""
        ended = os.pidfd_open(pid)
        try:
            for _ in range(int(seconds / LOOK_SECONDS)):
                if self._waits(ended):
                    return
        finally:
            os.close(ended)

    @contextmanager
    def beside(self) -> Iterator[Self]:
        """Look while something else is done."""
        reading, writing = os.pipe2(os.O_CLOEXEC)

        def look() -> None:
            while not self._waits(reading):
                pass

        thread = threading.Thread(target=look, name="queue")
        thread.start()
        try:
            yield self
        finally:
            os.close(writing)
            thread.join()
            os.close(reading)

    def _waits(self, end: int) -> bool:
        """Wait for the next look, and take it; whether the end has come."""
        is_over = bool(select.select([end], [], [], LOOK_SECONDS)[0])
        self.look()
        before, self._looked_at = self._looked_at, time.monotonic()
        self.late += max(0.0, self._looked_at - before - LOOK_SECONDS)
        return is_over
