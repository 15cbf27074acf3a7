"""Room for the machine: each connection needs a file descriptor, and the process has a limit of them."""

from __future__ import annotations

import contextlib
import resource
from typing import Any

from twistchat.errors import CannotStart, ServerFull

RESERVED = 100
"""Descriptors that people do not get: for the log and its readers, and to tell those beyond the limit why they cannot
come in. Past that too, Twisted takes connections and closes them at once."""

MOST = 1_048_576
"""Asked for where there is no hard limit; Linux allows no more unless `fs.nr_open` says so."""


def raise_limit() -> int:
    """Raise the process's limit of files as far as it may.

    Returns:
        How many people it can about hold.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return capacity()
    with contextlib.suppress(OSError, ValueError):  # a system that allows less than it says: it stays as it was
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return capacity()


def check_limit() -> None:
    """Raise the limit of files, and make sure that anybody could come in.

    Raises:
        CannotStart: Nobody could.
    """
    if raise_limit():
        return
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    raise CannotStart(
        f"This process may open {most} files, and {RESERVED} are kept for the server's own use, so nobody could join. "
        "Raise the limit, such as by `ulimit -n 4096` in the shell before, or LimitNOFILE=4096 in a unit of systemd."
    )


def capacity() -> int:
    """How many people the process can hold, by its limit of files."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(0, (MOST if soft == resource.RLIM_INFINITY else soft) - RESERVED)


def check_capacity(transport: Any) -> None:
    """Make sure that a connection does not use what is reserved.

    Raises:
        ServerFull: It does; the kernel gives the lowest number that is free, so nearly all are in use.
    """
    fileno = getattr(transport, "fileno", None)
    if fileno is not None and fileno() >= (most := capacity()):
        raise ServerFull(most)
