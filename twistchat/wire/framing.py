"""Lines out of a stream of bytes, one at a time, none longer than a limit."""

from __future__ import annotations

from typing import Self

from twistchat.errors import LineTooLong
from twistchat.wire.packing import Written, packed, unpacked


class Lines:
    """Collects bytes and gives them back line by line; LF or CRLF ends one."""

    def __init__(self) -> None:
        self.crlf = False
        """Whether the last line ended in CRLF."""
        self._data = b""
        self._at = 0  # where in it that begins which was not given back
        self._skipping = False  # the rest of a line that was too long, or was given up

    def state(self) -> Written:
        """What another process needs to go on."""
        self._data, self._at = self._data[self._at :], 0
        return {"crlf": self.crlf, "buffer": packed(self._data), "skipping": self._skipping}

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Go on where a state was written down."""
        lines = cls()
        lines.crlf, lines._skipping = state["crlf"], state["skipping"]
        lines._data = unpacked(state["buffer"])
        return lines

    @property
    def waiting(self) -> int:
        """Bytes that were fed and not given back."""
        return len(self._data) - self._at

    @property
    def is_between_lines(self) -> bool:
        """Whether what is fed next begins a line."""
        return self._at == len(self._data) and not self._skipping

    @property
    def begun(self) -> int:
        """Bytes of the last line, of which the end has not come."""
        return len(self._data) - max(self._data.rfind(b"\n") + 1, self._at)

    @property
    def next_begun(self) -> bytes:
        """The next line in which there is anything, or what there is of it; it stays to be given back."""
        return b"" if self._skipping else self._data[self._at :].strip(b"\r\n \t\0").partition(b"\n")[0]

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def give_up(self) -> None:
        """Drop what there is, the beginning of a line, and skip the rest of that."""
        self._drop()
        self._skipping = True

    def next(self, limit: int) -> bytes | None:
        """The next whole line without its end, or None until more comes.

        Args:
            limit: The most bytes of a line; nothing over it is kept.

        Raises:
            LineTooLong: It is longer. It is skipped, and said once.
        """
        data, begin = self._data, self._at
        end = data.find(b"\n", begin)
        if self._skipping:
            if end < 0:
                self._drop()
                return None
            self._skipping = False
            begin = self._at = end + 1
            end = data.find(b"\n", begin)
        if end < 0:
            if len(data) - begin <= limit + 1:
                self._data, self._at = data[begin:], 0  # an idle peer's last read is not kept
                return None
            self.give_up()
            raise LineTooLong(limit)
        self._at = end + 1
        self.crlf = data.startswith(b"\r", end - 1, end) and end > begin
        line = data[begin : end - 1 if self.crlf else end]
        if len(line) > limit:
            raise LineTooLong(limit)
        return line

    def _drop(self) -> None:
        self._data, self._at = b"", 0
