"""Asking the server of a state folder to hand over, by a signal, and learning from its lock what came of it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twistchat.log.lockfile import KNOWS_RESTART, holder

WAIT_SECONDS = 60.0
"""For all of it: 30 s until the new process is ready, 5 s to come to rest, 10 s to take over."""

LOOK_SECONDS = 0.05


class CannotAsk(Exception):
    """There is no server that could be asked, or it does not answer."""


def ask(lock: Path, seconds: float = WAIT_SECONDS, sleep: Callable[[float], object] = time.sleep) -> tuple[str, bool]:
    """Ask the server that holds a lock to hand over, and wait for what comes of it.

    Args:
        lock: The file.
        seconds: For which to wait.
        sleep: Waits.

    Returns:
        What came of it, in a sentence, and whether it was done.

    Raises:
        CannotAsk: There is no server, it is of a version that a signal would kill, or it does not answer.
    """
    outcome = outcome_of(lock, seconds, sleep)
    return outcome["told"], outcome["done"]


def outcome_of(lock: Path, seconds: float = WAIT_SECONDS, sleep: Callable[[float], object] = time.sleep) -> Any:
    """The same, with all that the server writes down of it: see `twistchat.succession.successor.told`.

    Raises:
        CannotAsk: See `ask`.
    """
    pid = holder(lock)
    if pid is None:
        raise CannotAsk(f"no server runs on {lock.parent}. Give its --state-dir.")
    before = lock.read_text("utf-8", "replace")
    if before.split()[:2] != [str(pid), KNOWS_RESTART]:
        raise CannotAsk(f"process {pid} is of a version that cannot hand over. Stop it, and start it again.")
    try:
        os.kill(pid, signal.SIGUSR2)
    except PermissionError:
        raise CannotAsk(f"process {pid} is another user's. Run this as that user, or as root.") from None
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sleep(LOOK_SECONDS)
        if (outcome := _outcome(lock.read_text("utf-8", "replace"), before)) is not None:
            return outcome
        if holder(lock) is None:
            raise CannotAsk("the server has ended. Its log says why; start it again.")
    raise CannotAsk(f"process {pid} has not said what came of it. Its log does.")


def _outcome(now: str, before: str) -> Any:
    """What came of it, once the file says so."""
    if now == before:
        return None
    try:
        found = json.loads(now.partition("\n")[2])
    except ValueError:  # it is just being written
        return None
    return found if isinstance(found, dict) and {"told", "done"} <= found.keys() else None
