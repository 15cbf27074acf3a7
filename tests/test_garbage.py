"""How often the server looks for garbage: rarely, and never through what is there from the start."""

from __future__ import annotations

import subprocess
import sys

from twistchat.garbage import THRESHOLDS

LOOKED = """
import gc
from twistchat.garbage import collect_rarely
collect_rarely()
print(*gc.get_threshold(), gc.get_freeze_count() > 1000)
"""


def test_a_server_looks_for_garbage_rarely_and_not_through_what_is_there_from_the_start() -> None:
    """In a process of its own, as it holds for a whole process."""
    done = subprocess.run([sys.executable, "-c", LOOKED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*map(str, THRESHOLDS), "True"]
