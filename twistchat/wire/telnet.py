"""Telnet's negotiation (RFC 854, RFC 855) taken out of what people type, and answered with a no to every option.

Unanswered requests are not harmless: after Ctrl-C Debian's telnet shows nothing until its `DO TIMING-MARK` is answered.
"""

from __future__ import annotations

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
_REFUSAL = {DO: WONT, WILL: DONT}

MOST_SUBNEGOTIATION = 1024
"""Bytes of one subnegotiation; real ones have under 100. What goes on longer is taken for text again."""


class TelnetFilter:
    """Takes bytes as they were read, gives those that are text; commands may be split between reads anywhere."""

    def __init__(self) -> None:
        self.seen = False
        """Whether the peer has sent any telnet command: then it is telnet, and no tutorial's client."""
        self._pending = b""  # the beginning of a command whose rest has not come yet
        self._subnegotiated: int | None = None

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Separate a read.

        Returns:
            The text in it, and what is to be answered.
        """
        if not self._pending and self._subnegotiated is None and IAC not in data:
            return data, b""
        data, self._pending = self._pending + data, b""
        text, answers = bytearray(), bytearray()
        position = 0
        while position < len(data):
            if self._subnegotiated is not None:
                position = self._skip_subnegotiation(data, position)
                continue
            start = data.find(IAC, position)
            if start < 0:
                start = len(data)
            text += data[position:start]
            position = self._take_command(data, start, text, answers)
        return bytes(text), bytes(answers)

    def _take_command(self, data: bytes, start: int, text: bytearray, answers: bytearray) -> int:
        """Read the command at `start`, if it is whole, and tell where it ends."""
        if start == len(data):
            return start
        command = data[start + 1] if start + 1 < len(data) else None
        needed = 3 if command in (DO, DONT, WILL, WONT) else 2
        if start + needed > len(data):
            self._pending = data[start:]
            return len(data)
        if command == IAC:
            text.append(IAC)
            return start + needed
        self.seen = True
        if command == SB:
            self._subnegotiated = 0
        elif command in _REFUSAL:
            answers += bytes((IAC, _REFUSAL[command], data[start + 2]))
        return start + needed

    def _skip_subnegotiation(self, data: bytes, position: int) -> int:
        """Skip to behind its IAC SE, or to the end of the data."""
        assert self._subnegotiated is not None
        while position < len(data):
            if self._subnegotiated >= MOST_SUBNEGOTIATION:
                self._subnegotiated = None
                return position
            if data[position] != IAC:
                position += 1
                self._subnegotiated += 1
                continue
            if position + 1 == len(data):
                self._pending = data[position:]
                return len(data)
            if data[position + 1] == SE:
                self._subnegotiated = None
                return position + 2
            position += 2
            self._subnegotiated += 2
        return position
