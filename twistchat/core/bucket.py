"""A token bucket that may go into debt: the talker waits, nothing is lost."""

from __future__ import annotations

from twistchat.core.limits import Rate


class Bucket:
    """Tokens that refill with time; spending below zero tells how long to wait until the debt is paid."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, now: float) -> None:
        self._at = now
        self._tokens: float | None = None  # full, whatever the rate is by then

    def spend(self, rate: Rate | None, price: float, now: float) -> float:
        """Take the price, below zero if need be.

        Returns:
            Seconds until the bucket is back at zero; 0 while there is no debt.
        """
        if rate is None:
            return 0.0
        self._refill(rate, now)
        assert self._tokens is not None
        self._tokens -= price
        return max(0.0, -self._tokens / rate.per_second)

    def wait(self, rate: Rate | None, price: float, now: float) -> float:
        """Seconds until the price could be paid without debt; 0 when it can be paid now. Takes nothing."""
        if rate is None:
            return 0.0
        self._refill(rate, now)
        assert self._tokens is not None
        return max(0.0, (min(price, rate.at_once) - self._tokens) / rate.per_second)

    def _refill(self, rate: Rate, now: float) -> None:
        if self._tokens is None:
            self._tokens = float(rate.at_once)
        else:
            earned = max(0.0, now - self._at) * rate.per_second
            self._tokens = min(float(rate.at_once), self._tokens + earned)
        self._at = now
