"""A relay between servers and their Redis, which can be cut."""

from __future__ import annotations

import select
import socket
import threading


class Relay:
    """Passes what it gets to a place, and back, unless it is cut; in a thread."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket] = {}
        self.is_cut = False
        """Whether connections break, and none is made."""
        self.swallows = False
        """Whether nothing comes through, and nobody is told."""
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin; no process is forked after that."""
        self._thread.start()

    def close(self) -> None:
        """End; idempotent."""
        self._is_closed = True
        if self._thread.is_alive():
            self._thread.join()
        self._break_all()
        self._listener.close()

    def _run(self) -> None:
        while not self._is_closed:
            if self.is_cut:
                self._break_all()
            watched = [self._listener] if self.swallows else [self._listener, *self._pairs]
            for each in select.select(watched, [], [], 0.02)[0]:
                if each is self._listener:
                    self._accept()
                elif each in self._pairs:
                    self._pass_on(each)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        if self.is_cut:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._upstream))
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs[one] = other

    def _pass_on(self, one: socket.socket) -> None:
        other = self._pairs[one]
        try:
            data = one.recv(1 << 18)
            other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for each in (one, other):
                del self._pairs[each]
                each.close()

    def _break_all(self) -> None:
        for each in [*self._pairs]:
            del self._pairs[each]
            each.close()
