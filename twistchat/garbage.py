"""Few looks for garbage in circles, and none through all that is alive: those hold everybody up, for longer the more
people are here.

Python looks through new objects once 700 more were made than dropped, and now and then through all there are. For 5,000
people who come, that is 400 looks, a third of their processor time, of which the longest hold the reactor for 50 to
100 ms. Most of what is alive is there from the start, and nearly all that is dropped is in no circle.
"""

from __future__ import annotations

import gc

THRESHOLDS = (2000, 5, 30)
"""A look through new objects once there are 2,000 more, at every fifth time through 10,000 (3 ms), and through all at
every 30th time of those: once 5,000 people came, or 300,000 objects in circles were dropped, some 30 MB."""


def collect_rarely() -> None:
    """Have this process look for garbage rarely from now on, and never through what there is now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
