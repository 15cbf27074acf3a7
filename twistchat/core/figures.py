"""What the chat has done since it started, for those who watch it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """Counts that only grow."""

    commits: int = 0
    """Batches that the log has stored."""
    commit_seconds: float = 0.0
    """Time that it took over them."""
    failures: int = 0
    """Batches that it could not store."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Refusals that people were told, by code."""
