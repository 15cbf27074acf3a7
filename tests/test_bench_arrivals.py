"""When bytes arrived: the kernel's note of it, however late they are read."""

from __future__ import annotations

import select
import socket
import time

import pytest

from twistchat.bench.arrivals import Arrivals
from twistchat.bench.refusals import CannotMeasure

CLOCKS_SECONDS = 0.001
"""By which the two clocks may be taken to differ."""

TRIES = 1000
"""The kernel begins to note such moments a little after the first who asks for it."""


@pytest.mark.skipif(not Arrivals.are_known(), reason="only Linux notes when bytes arrive")
def test_the_moment_is_when_bytes_came_and_not_when_they_were_read() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as sends,
        listening.accept()[0] as reads,
    ):
        arrivals = Arrivals()
        read = arrivals.reader(reads)
        for _ in range(TRIES):
            began = time.perf_counter()
            sends.send(b"line")
            select.select([reads], [], [])
            was_there = time.perf_counter()
            while time.perf_counter() < was_there + 3 * CLOCKS_SECONDS:
                pass  # whoever reads has something else to do
            buffer = bytearray(64)
            assert read(buffer) == 4 and buffer.startswith(b"line")
            assert arrivals.latest > began - CLOCKS_SECONDS
            if arrivals.latest < was_there + CLOCKS_SECONDS:
                return
    raise CannotMeasure("The kernel has noted nothing.")
