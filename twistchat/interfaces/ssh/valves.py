"""Reading from a peer, which several may stop, each for a reason of its own."""

from __future__ import annotations

from typing import Any

from twistchat.interfaces.egress import Egress


class Valved:
    """What conch takes for its transport: all that it writes goes through an Egress, and reading has two valves."""

    def __init__(self, real: Any, egress: Egress) -> None:
        self._real = real
        self.write = egress.write
        self.loseConnection = egress.close
        self._closed: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

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
