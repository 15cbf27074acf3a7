"""`twistchat restart`: the server of a state folder hands over to a new process, and nobody is dropped."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twistchat.log.lockfile import KNOWS_RESTART, holder
from twistchat.options import STATE_DIR
from twistchat.status import FAILED, OK

WAIT_SECONDS = 60.0
"""For all of it: 30 s until the new process is ready, 5 s to come to rest, 10 s to take over."""

LOOK_SECONDS = 0.05


def restart(words: Sequence[str]) -> int:
    """Have the server of a state folder hand over, and say what came of it.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="twistchat restart",
        description="Have a server hand over to a new process, such as after an upgrade: who is connected stays so. "
        "Who came by TLS or SSH has to come again. Where it cannot be done the server goes on as it was.",
    )
    parser.add_argument("--state-dir", metavar="DIR", type=Path, default=Path(STATE_DIR), help="default: %(default)s")
    lock = parser.parse_args(words).state_dir / "lock"
    try:
        said, is_done = ask(lock)
    except CannotAsk as error:
        said, is_done = f"twistchat: {error}", False
    print(said, file=sys.stdout if is_done else sys.stderr)
    return OK if is_done else FAILED


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
            return outcome["told"], outcome["done"]
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
