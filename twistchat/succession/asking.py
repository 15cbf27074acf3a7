"""Asking the server of a state folder to hand over, by a signal, and learning from its lock what came of it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from twistchat.log.lockfile import KNOWS_RESTART, holder
from twistchat.log.whoserves import GONE_LOOKS, CannotAsk, server_of, tell
from twistchat.succession.outcome import is_going_on, outcome

WAIT_SECONDS = 180.0
"""For all of it: 30 s until the new process is ready, 5 s to come to rest, and with 20,000 people 50 s to write down
everybody and 50 s to have them back, which takes that long only where the machine has much else to do."""

LOOK_SECONDS = 0.05


def ask(
    lock: Path,
    seconds: float = WAIT_SECONDS,
    sleep: Callable[[float], object] = time.sleep,
    say: Callable[[str], object] = lambda sentence: None,
) -> tuple[str, bool]:
    """Ask the server that holds a lock to hand over, and wait for what comes of it.

    Args:
        lock: The file.
        seconds: For which to wait.
        sleep: Waits.
        say: Told at once what is worth knowing meanwhile.

    Returns:
        What came of it, in a sentence, and whether it was done.

    Raises:
        CannotAsk: There is no server, it is of a version that a signal would kill, or it does not answer.
    """
    pid = server_of(lock)
    before = lock.read_text("utf-8", "replace")
    if before.split()[:2] != [str(pid), KNOWS_RESTART]:
        raise CannotAsk(f"process {pid} is of a version that cannot hand over. Stop it, and start it again.")
    if is_going_on(before):
        say("a restart is going on already; this waits for what comes of that one.")
    elif not tell(pid, signal.SIGUSR2):
        raise CannotAsk("the server has just ended. Its log says why; start it again.")
    until, gone = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        sleep(LOOK_SECONDS)
        now = lock.read_text("utf-8", "replace")
        if now != before and (found := outcome(now)) is not None:
            return found
        gone = gone + 1 if holder(lock) is None else 0
        if gone >= GONE_LOOKS:
            raise CannotAsk("the server has ended. Its log says why; start it again.")
    raise CannotAsk(f"process {pid} has not said what came of it. Its log does.")
