"""The server of a state folder, as commands find it and tell it something by a signal."""

from __future__ import annotations

import os
from pathlib import Path

from twistchat.log.lockfile import holder

GONE_LOOKS = 20
"""Without a holder of the lock, one after another, before it is believed that a server has ended: one that starts or is
handed over to takes the lock anew, and the kernel may have it wait between letting go and taking (flock(2)) on a busy
machine."""


class CannotAsk(Exception):
    """There is no server that could be told something, or it does not answer; the text says what to do."""


def server_of(lock: Path) -> int:
    """The process that serves on a state folder.

    Args:
        lock: The folder's file `lock`.

    Raises:
        CannotAsk: None does, or the folder is another user's.
    """
    try:
        os.close(os.open(lock, os.O_RDONLY))
    except PermissionError:
        raise CannotAsk(f"{lock.parent} is another user's. Run this as that user, or as root.") from None
    except OSError:
        raise _nobody(lock) from None
    process = holder(lock)
    if process is None:
        raise _nobody(lock)
    return process


def _nobody(lock: Path) -> CannotAsk:
    return CannotAsk(f"no server runs on {lock.parent}. Give its --state-dir.")


def tell(process: int, number: int) -> bool:
    """Send a server a signal; number 0 only looks for it (kill(2)).

    Returns:
        Whether it was still there.

    Raises:
        CannotAsk: It is another user's.
    """
    try:
        os.kill(process, number)
    except PermissionError:
        raise CannotAsk(f"process {process} is another user's. Run this as that user, or as root.") from None
    except ProcessLookupError:
        return False
    return True
