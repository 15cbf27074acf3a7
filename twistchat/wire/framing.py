"""Lines out of a stream of bytes, one at a time, none longer than a limit."""

from __future__ import annotations

from twistchat.errors import LineTooLong


class Lines:
    """Collects bytes and gives them back line by line; LF or CRLF ends one."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = False  # the rest of a line that was too long

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self._buffer += data

    def next(self, limit: int) -> bytes | None:
        """The next whole line without its end, or None until more comes.

        Args:
            limit: The most bytes of a line; nothing over it is kept.

        Raises:
            LineTooLong: It is longer. It is skipped, and said once.
        """
        line, newline, rest = self._buffer.partition(b"\n")
        if not newline and len(self._buffer) <= limit + 1 and not self._skipping:
            return None
        self._buffer = rest
        was_skipping, self._skipping = self._skipping, not newline
        if was_skipping:
            return self.next(limit) if rest else None
        line = line.removesuffix(b"\r")
        if not newline or len(line) > limit:
            raise LineTooLong(limit)
        return bytes(line)
