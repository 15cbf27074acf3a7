"""Standard input as lines, read in a thread: so that it works for terminals, pipes and files alike."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Semaphore, Thread
from typing import Any

from twistchat.errors import NotText
from twistchat.wire.text import Encoding

MOST_AHEAD = 64
"""Lines read and not said yet; then reading waits, and with it whatever writes into the pipe."""


READ_BYTES = 4096

MOST_LINE_BYTES = 64 * 1024
"""What has no newline for so long is cut, so that no input fills the memory."""


class Typed:
    """Reads standard input until its end."""

    def __init__(
        self, reactor: Any, line: Callable[[str], None], ended: Callable[[], None], descriptor: int = 0
    ) -> None:
        """Prepare.

        Args:
            reactor: In whose thread the others are called.
            line: Called with each line; `taken` must be called once it is dealt with.
            ended: Called at the end of the input.
            descriptor: Where to read. Not through `sys.stdin`: a thread that waits in its buffer stops Python's exit.
        """
        self._reactor = reactor
        self._descriptor = descriptor
        self._line = line
        self._ended = ended
        self._room = Semaphore(MOST_AHEAD)
        self._encoding = Encoding()

    def start(self) -> None:
        """Begin to read. The thread does not keep the process alive."""
        Thread(target=self._read, daemon=True).start()

    def taken(self, count: int) -> None:
        """Make room for further lines."""
        if count > 0:
            self._room.release(count)

    def _read(self) -> None:
        rest = b""
        while data := os.read(self._descriptor, READ_BYTES):
            *lines, rest = (rest + data).split(b"\n")
            self._give(lines)
            if len(rest) > MOST_LINE_BYTES:
                self._give([rest])
                rest = b""
        self._give([rest] if rest else [])
        self._reactor.callFromThread(self._ended)

    def _give(self, lines: list[bytes]) -> None:
        for line in lines:
            self._room.acquire()
            self._reactor.callFromThread(self._line, self._text(line).rstrip("\r"))

    def _text(self, line: bytes) -> str:
        """A line in UTF-8 or GB18030, by the rule that servers read by; what is neither shows where it is spoilt."""
        try:
            return self._encoding.decode(line)
        except NotText:
            return line.decode("utf-8", "replace")
