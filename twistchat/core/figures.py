"""What the chat has done since it started, for those who watch it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

TURN_BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)
"""Seconds: turns are counted by the first of these that they did not exceed, and behind them all others."""


@dataclass(slots=True)
class Figures:
    """Counts that only grow."""

    commits: int = 0
    """Batches that the log has stored."""
    commit_seconds: float = 0.0
    """Time that it took over them."""
    failures: int = 0
    """Batches that it could not store."""
    gone: int = 0
    """People whose session has ended, those who never had a name included."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Refusals that people were told, by code."""
    turns: list[int] = field(default_factory=lambda: [0] * (len(TURN_BOUNDS) + 1))
    """Turns of the reactor that brought lines, by how long they took; see `TURN_BOUNDS`."""
    turn_seconds: float = 0.0
    """Time that those took."""
    longest_turn: float = 0.0
    """The longest of them, in seconds."""
    more: Callable[[], Iterable[tuple[str, str, float]]] = tuple
    """What the log has to tell beside: names, what they are, values."""

    def turn_took(self, seconds: float) -> None:
        """Count one more turn."""
        self.turns[bisect_left(TURN_BOUNDS, seconds)] += 1
        self.turn_seconds += seconds
        if seconds > self.longest_turn:
            self.longest_turn = seconds
