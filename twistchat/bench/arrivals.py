"""When bytes arrived, as the kernel notes it: whoever measures may read them late, as others share its processor."""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Callable

_TIMESTAMPS = 35
"""Linux's `SO_TIMESTAMPNS` (socket(7)), which Python's `socket` does not name."""

_MOMENT = struct.Struct("@ll")
"""A `timespec`: seconds since 1970, and nanoseconds."""

_ROOM = socket.CMSG_SPACE(_MOMENT.size)

_LOOKS = 100


class Arrivals:
    """Notes when what was read last had arrived."""

    def __init__(self) -> None:
        self._ahead = min(_look() for _ in range(_LOOKS))[1]
        self.latest = 0.0
        """By `time.perf_counter`; where a read brought several packets, of the last of them."""

    @staticmethod
    def are_known() -> bool:
        """Whether this system tells."""
        return sys.platform == "linux"

    def reader(self, connection: socket.socket) -> Callable[[bytearray], int]:
        """What reads from a connection as its `recv_into` does, and notes it."""
        connection.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)

        def read(buffer: bytearray) -> int:
            size, notes, _, _ = connection.recvmsg_into([buffer], _ROOM)
            self.latest = time.perf_counter()
            for _, kind, moment in notes:
                if kind == _TIMESTAMPS:
                    seconds, nanoseconds = _MOMENT.unpack(moment)
                    self.latest = seconds + nanoseconds / 1e9 - self._ahead
            return size

        return read


def _look() -> tuple[float, float]:
    """How long it took to look at both clocks, and how far the one of the day is ahead of the other."""
    before = time.perf_counter()
    today, after = time.time(), time.perf_counter()
    return after - before, today - (before + after) / 2
