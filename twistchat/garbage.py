"""Few looks for garbage in circles, and none through all that is alive: those hold everybody up, for longer the more
people are here.

Python looks through new objects once 700 more were made than dropped, and now and then through all there are. For 5,000
people who come, that is 400 looks, a third of their processor time, of which the longest hold the reactor for 50 to
100 ms. Most of what is alive is there from the start, and what is dropped is in no circle, but for people who are gone:
10 KB each, which wait for a look through all.
"""

from __future__ import annotations

import gc
from typing import Any

from twisted.application.internet import TimerService

from twistchat.core.hub import Hub

THRESHOLDS = (2000, 5, 30)
"""A look through new objects once there are 2,000 more, at every fifth time through 10,000 (3 ms), and through all at
every 30th time of those: once 5,000 people came or went."""

LEAST_GONE = 500
"""So many have gone before it is worth a look for them: 5 MB, in 7 ms where 350 are here."""

SECONDS = 10.0
"""Between two looks at how many they are."""


def collect_rarely() -> None:
    """Have this process look for garbage rarely from now on, and never through what there is now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class Sweeping(TimerService):
    """Has Python look through all once as many have gone as are here, so that each who went costs the same."""

    name = "sweeping"

    def __init__(self, hub: Hub, clock: Any) -> None:
        """Wait for the start.

        Args:
            hub: Knows who is here, and how many have gone.
            clock: The reactor.
        """
        super().__init__(SECONDS, self._look)
        self.clock = clock
        self._hub = hub
        self._swept = 0

    def _look(self) -> None:
        gone = self._hub.figures.gone
        if gone - self._swept >= max(LEAST_GONE, len(self._hub.everyone)):
            self._swept = gone
            gc.collect()
