"""Ports for what is started later: a bench's servers, and those of tests that have to know a port before or again."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from itertools import chain
from pathlib import Path

FIRST = 11_000
"""Below are ports that programs have by default, this one among them, and the last that browsers refuse (10080)."""

GIVEN_FROM = 32_768
"""From here on Linux gives ports to whoever asks for any, as each connection does (ip_local_port_range, ip(7))."""

TRIES = 100

_RANDOM = random.SystemRandom()
"""Several processes that pick at the same time pick different ones, whatever a seed says."""


def free_port(kind: int = socket.SOCK_STREAM, given_from: int | None = None) -> int:
    """A port of 127.0.0.1 that nobody has, and that nobody gets by chance before it is used, or is used again.

    Args:
        kind: The kind of socket.
        given_from: From where on the kernel gives ports to whoever asks for any; None asks it.
    """
    below = _given_from() if given_from is None else given_from
    tried = (_RANDOM.randrange(FIRST, below) for _ in range(TRIES if below > FIRST else 0))
    for port in chain(tried, [0]):
        with socket.socket(socket.AF_INET, kind) as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return int(free.getsockname()[1])
    raise OSError("there is no free port")


def _given_from() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return GIVEN_FROM
