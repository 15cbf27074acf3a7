"""Reading from a peer, which several may stop, each for a reason of its own; and writing to it, at once or together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twistchat.interfaces.egress import Egress


class Valved:
    """What conch takes for its transport: all that it writes goes through an Egress, and reading has two valves.

    Conch writes each packet by itself; answers to what was read at once go together, as each write is a system call.
    """

    def __init__(self, real: Any, egress: Egress) -> None:
        self._real = real
        self.write: Callable[[bytes], object] = egress.write
        self._write = egress.write
        self._close = egress.close
        self._gathered: list[bytes] = []
        self._closed: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def together(self, do: Callable[[], object]) -> None:
        """Do something, and write all that it writes at once when it is done, or has failed."""
        self.write = self._gathered.append
        try:
            do()
        finally:
            self._pour()

    def _pour(self) -> None:
        self.write = self._write
        if self._gathered:
            self._write(b"".join(self._gathered))
            self._gathered.clear()

    def loseConnection(self) -> None:
        """Close, once what was written is out."""
        self._pour()
        self._close()

    def pauseProducing(self) -> None:
        """Read nothing, as the talker sends too fast."""
        self.shut("talk")

    def resumeProducing(self) -> None:
        """Read on, as far as the talker goes."""
        self.open("talk")

    def shut(self, valve: str) -> None:
        """Read nothing until this valve is open again."""
        if not self._closed:
            self._real.pauseProducing()
        self._closed.add(valve)

    def open(self, valve: str) -> None:
        """Read on, unless another valve is shut."""
        self._closed.discard(valve)
        if not self._closed:
            self._real.resumeProducing()
