"""Dead peers of TCP connections: the kernel asks for signs of life, so that a name comes free in two minutes.

A machine that is switched off, or a laptop that leaves the network, sends nothing that would end its connections. By
itself Linux asks a silent one after two hours (tcp(7)), and repeats for a quarter of an hour what it does not confirm.

| the peer is gone, and | found by | after |
|---|---|---|
| nothing waits for it | KEEPIDLE, then a question each KEEPINTVL, of which KEEPCNT are not answered | 90 s |
| something is not confirmed | USER_TIMEOUT (RFC 5482) | 90 s |
| it is there, but has no room for 90 s (it was stopped, and its buffers are full) | USER_TIMEOUT | 90 s |

With USER_TIMEOUT set, Linux lets it decide for silent peers, too, at the first question that is due after it; so an
interval comes on top, and 105 s is the longest.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

IDLE_SECONDS = 30
"""Of silence, before the first question (ssh's ServerAliveInterval is 15 to 60 where people set it)."""

INTERVAL_SECONDS = 15
"""Between two questions."""

QUESTIONS = 4
"""After so many without an answer the peer is dead."""

UNCONFIRMED_SECONDS = 90
"""How long what was sent may stay unconfirmed."""

OPTIONS = {
    "TCP_KEEPIDLE": IDLE_SECONDS,
    "TCP_KEEPALIVE": IDLE_SECONDS,  # macOS's name for it
    "TCP_KEEPINTVL": INTERVAL_SECONDS,
    "TCP_KEEPCNT": QUESTIONS,
    "TCP_USER_TIMEOUT": 1000 * UNCONFIRMED_SECONDS,
}
"""By the names that the socket module has on platforms that have them; others do what they do."""

_KNOWN = [(getattr(socket, name), value) for name, value in OPTIONS.items() if hasattr(socket, name)]


def ask_for_life(transport: Any) -> None:
    """Have the kernel ask whether the far end of a connection is there; one that is no TCP is left as it is.

    Args:
        transport: Of an accepted connection, TLS and other wrappers included.
    """
    while hasattr(transport, "transport"):  # TLS, a proxy's wrapper
        transport = transport.transport
    if not hasattr(transport, "setTcpKeepAlive"):
        return
    transport.setTcpKeepAlive(True)
    handle = transport.socket  # its getHandle() is TLS's where that was begun on it later
    for option, value in _KNOWN:
        with suppress(OSError):  # a system may know the name and not take the value
            handle.setsockopt(socket.IPPROTO_TCP, option, value)


def ready_for_lines(transport: Any) -> None:
    """Have each line go out as it is written, and a dead peer found: once, for a connection that people talk by.

    Args:
        transport: Of an accepted connection, TLS and other wrappers included.
    """
    if hasattr(transport, "setTcpNoDelay"):
        transport.setTcpNoDelay(True)
    ask_for_life(transport)
