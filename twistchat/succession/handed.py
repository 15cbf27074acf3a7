"""Sockets that this process was started with, as systemd opens them (sd_listen_fds(3)): which there were.

Twisted takes the variables that tell of them out of the environment as it reads them, and closes each socket once it
has another descriptor of it. A process that takes over has them from the old one, and only needs to know that
`systemd:index=1` is one of them: the numbers stand for nothing there.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

FIRST = 3
"""The first one's descriptor, as systemd numbers them."""

STARTED_WITH = Path("/proc/self/environ")
"""The environment that a process was started with, whatever was taken out since (proc(5))."""


def count_and_names(started_with: Path = STARTED_WITH) -> tuple[int, str]:
    """How many there were, and what they are called, with colons between; nothing where none was for this process."""
    try:
        rows = started_with.read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return 0, ""
    found = dict(row.partition("=")[::2] for row in rows)
    count = found.get("LISTEN_FDS", "")
    if found.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal():
        return 0, ""
    return int(count), found.get("LISTEN_FDNAMES", "")


def stand_in(count: int, names: str, environment: MutableMapping[str, str]) -> None:
    """Tell Twisted that there are so many, before it looks; it may close their numbers, as they are nothing else's.

    Args:
        count: How many.
        names: What they are called.
        environment: This process's.
    """
    if not count:
        return
    environment.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count))
    if names:
        environment["LISTEN_FDNAMES"] = names
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for number in range(FIRST, FIRST + count):
        if not _is_open(number):
            os.dup2(nothing, number, inheritable=False)
    if nothing >= FIRST + count:
        os.close(nothing)


def _is_open(number: int) -> bool:
    with suppress(OSError):
        os.fstat(number)
        return True
    return False
