"""A token bucket that may go into debt: the talker waits, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from twistchat.core.limits import Rate


class Bucket:
    """Tokens that refill with time; spending below zero tells how long to wait until the debt is paid."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, now: float) -> None:
        self._at = now
        self._tokens: float | None = None  # full, whatever the rate is by then

    def portrait(self, now: float) -> tuple[float, float | None]:
        """What another process needs to go on: seconds since it was looked at last, and what was in it then."""
        return now - self._at, self._tokens

    @classmethod
    def revived(cls, portrait: Sequence[float | None], now: float) -> Self:
        """Go on where a portrait was made."""
        ago, tokens = portrait
        bucket = cls(now - (ago or 0.0))
        bucket._tokens = tokens
        return bucket

    def spend(self, rate: Rate, price: float, now: float) -> None:
        """Take the price, below zero if need be."""
        self._tokens = self._refilled(rate, now) - price

    def wait(self, rate: Rate, price: float, now: float) -> float:
        """Seconds until the price could be paid without debt; 0 when it can be paid now. Takes nothing."""
        return max(0.0, (min(price, rate.at_once) - self._refilled(rate, now)) / rate.per_second)

    def take(self, rate: Rate, price: float, now: float) -> bool:
        """Take the price where it can be paid now without debt; whether it was taken."""
        can_be_paid = not self.wait(rate, price, now)
        if can_be_paid:
            self.spend(rate, price, now)
        return can_be_paid

    def _refilled(self, rate: Rate, now: float) -> float:
        earned = max(0.0, now - self._at) * rate.per_second
        tokens = rate.at_once if self._tokens is None else min(rate.at_once, self._tokens + earned)
        self._tokens, self._at = tokens, now
        return tokens
