"""Whether the terminal that a server was started at is gone, as when its window is closed."""

from __future__ import annotations

import os
from collections.abc import Callable

STANDARD = (0, 1, 2)


def has_terminal() -> bool:
    """Whether input or output of this process is a terminal that is still there."""
    return any(os.isatty(each) for each in STANDARD)


class OwnWindow:
    """The one that the server was started at, if any; SIGHUP is sent when it goes, and by whoever wants a reload."""

    def __init__(self, look: Callable[[], bool] = has_terminal) -> None:
        """Look whether there is one.

        Args:
            look: Finds out.
        """
        self._look = look
        self._was_there = look()

    @property
    def is_gone(self) -> bool:
        """Whether there was one and is none now."""
        return self._was_there and not self._look()
