"""A bad network between real UDP sockets, for tests that have no reactor of their own."""

from __future__ import annotations

import socket
import threading
from typing import Self

from support.relay import Loss

LONGEST = 65536


class ThreadRelay:
    """Passes datagrams between one client and a server; some are lost, repeated or late, by a seed."""

    def __init__(self, server: tuple[str, int], loss: Loss) -> None:
        self._server = server
        self._loss = loss
        self._client: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._front, self._back = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        for each in (self._front, self._back):
            each.bind(("127.0.0.1", 0))
            each.settimeout(0.1)
        self._is_over = False
        self._threads = [threading.Thread(target=self._pass, args=(each,), daemon=True) for each in self._ways()]

    def _ways(self) -> tuple[socket.socket, socket.socket]:
        return self._front, self._back

    @property
    def port(self) -> int:
        """Where clients send to."""
        port: int = self._front.getsockname()[1]
        return port

    def _pass(self, here: socket.socket) -> None:
        while not self._is_over:
            try:
                datagram, sender = here.recvfrom(LONGEST)
            except OSError:  # nothing came, or the far end was not there
                continue
            if here is self._front:
                self._client = sender
            there, to = (self._back, self._server) if here is self._front else (self._front, self._client)
            with self._lock:
                delays = self._loss.delays()
            for delay in delays:
                timer = threading.Timer(delay, self._send, (there, datagram, to))
                timer.daemon = True
                timer.start()

    def _send(self, there: socket.socket, datagram: bytes, to: tuple[str, int]) -> None:
        if not self._is_over:
            there.sendto(datagram, to)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join()
        for each in self._ways():
            each.close()
