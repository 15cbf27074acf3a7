"""The pings of a server among the frames of a WebSocket (RFC 6455, section 5.2), found without reading the others."""

from __future__ import annotations

from collections.abc import Iterator

from websockets.frames import Frame, Opcode

_HEAD_END = b"\r\n\r\n"


class Pings:
    """Those of one connection, from the handshake's answer on."""

    def __init__(self) -> None:
        """Have nothing yet."""
        self._rest = b""
        self._skipped = 0  # bytes of a frame that are still to come, and are nothing to look at
        self._is_open = False

    def answers(self, data: bytes) -> bytes:
        """Take what came, and give what is to be sent for the pings in it."""
        return b"".join(Frame(Opcode.PONG, ping).serialize(mask=True) for ping in self._found(data))

    def _found(self, data: bytes) -> Iterator[bytes]:
        data, at = self._rest + data, 0
        if not self._is_open:
            head, end, data = data.partition(_HEAD_END)
            if not end:
                self._rest = head
                return
            self._is_open = True
        while True:
            step = min(self._skipped, len(data) - at)
            at, self._skipped = at + step, self._skipped - step
            opcode = data[at] & 15 if at < len(data) else None
            size = _size(data, at)
            if opcode is None or size is None:
                break
            start, length = size
            if opcode == Opcode.PING:
                if start + length > len(data):
                    break
                yield data[start : start + length]
            at, self._skipped = start, length
        self._rest = data[at:]


def _size(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of a frame begins that no mask is in, and how long it is; None where that is still to come."""
    if len(data) < at + 2:
        return None
    short = data[at + 1] & 127
    more = {126: 2, 127: 8}.get(short, 0)
    start = at + 2 + more
    if len(data) < start:
        return None
    return start, int.from_bytes(data[at + 2 : start], "big") if more else short
