"""Completing what stands before the cursor: what may be offered, and how much of it goes into the line."""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

MOST_OFFERED = 100


class Offer(NamedTuple):
    """What the text before the cursor can be completed to."""

    fragment: str
    """The end of that text which the candidates begin with, case aside."""
    candidates: list[str]

    @property
    def common(self) -> str:
        """What all candidates begin with."""
        least, greatest = min(self.candidates), max(self.candidates)
        pairs = takewhile(lambda pair: pair[0] == pair[1], zip(least, greatest, strict=False))
        return "".join(first for first, _ in pairs)

    @property
    def is_open(self) -> bool:
        """Whether there are several, and nothing more that they have in common."""
        return len(self.candidates) > 1 and len(self.common) <= len(self.fragment)


def among(fragment: str, words: list[str]) -> Offer:
    """Offer those of some words that begin with a fragment, case aside."""
    found = sorted(word for word in words if word.casefold().startswith(fragment.casefold()))
    return Offer(fragment, found[:MOST_OFFERED])
