"""Lines out of a stream of bytes, one at a time, none longer than a limit."""

from __future__ import annotations

from twistchat.errors import LineTooLong


class Lines:
    """Collects bytes and gives them back line by line; LF or CRLF ends one."""

    def __init__(self) -> None:
        self.crlf = False
        """Whether the last line ended in CRLF."""
        self._buffer = bytearray()
        self._skipping = False  # the rest of a line that was too long, or was given up

    @property
    def waiting(self) -> int:
        """Bytes that were fed and not given back."""
        return len(self._buffer)

    @property
    def is_between_lines(self) -> bool:
        """Whether what is fed next begins a line."""
        return not self._buffer and not self._skipping

    @property
    def begun(self) -> int:
        """Bytes of the last line, of which the end has not come."""
        return len(self._buffer) - self._buffer.rfind(b"\n") - 1

    @property
    def next_begun(self) -> bytes:
        """The next line in which there is anything, or what there is of it; it stays to be given back."""
        return b"" if self._skipping else bytes(self._buffer.strip(b"\r\n \t\0").partition(b"\n")[0])

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self._buffer += data

    def give_up(self) -> None:
        """Drop what there is, the beginning of a line, and skip the rest of that."""
        self._buffer.clear()
        self._skipping = True

    def next(self, limit: int) -> bytes | None:
        """The next whole line without its end, or None until more comes.

        Args:
            limit: The most bytes of a line; nothing over it is kept.

        Raises:
            LineTooLong: It is longer. It is skipped, and said once.
        """
        end = self._buffer.find(b"\n")
        if self._skipping:
            if end < 0:
                self._buffer.clear()
                return None
            self._skipping = False
            del self._buffer[: end + 1]
            end = self._buffer.find(b"\n")
        if end < 0 and len(self._buffer) <= limit + 1:
            return None
        if end < 0:
            self.give_up()
            raise LineTooLong(limit)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self.crlf = line.endswith(b"\r")
        line = line.removesuffix(b"\r")
        if len(line) > limit:
            raise LineTooLong(limit)
        return line
