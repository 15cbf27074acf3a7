"""How many connections one address may have, at once and in ten minutes."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from twistchat.core.addresses import household, is_loopback
from twistchat.core.limits import Limits
from twistchat.errors import ConnectingTooOften, TooManyConnections

WINDOW = 600.0
"""Seconds in which connections are counted (ergo: ten minutes)."""

MOST_ADDRESSES = 16384
"""Addresses remembered; past that the one that came first of those without a connection is forgotten."""


@dataclass(slots=True)
class _Visitor:
    open: int = 0
    times: deque[float] = field(default_factory=deque)


class Admission:
    """Counts connections by address; loopback is free."""

    def __init__(self) -> None:
        self._visitors: dict[str, _Visitor] = {}

    def __len__(self) -> int:
        return len(self._visitors)

    def enter(self, address: str, limits: Limits, now: float) -> None:
        """Count one more connection; `leave` must follow, once, unless this raises.

        Raises:
            TooManyConnections: The address has its most open.
            ConnectingTooOften: It has had its most within ten minutes.
        """
        if is_loopback(address):
            return
        visitor = self._visitor(household(address), now)
        if limits.per_address is not None and visitor.open >= limits.per_address:
            raise TooManyConnections(limits.per_address)
        if limits.per_address_often is not None and len(visitor.times) >= limits.per_address_often:
            wait = visitor.times[0] + WINDOW - now
            raise ConnectingTooOften(limits.per_address_often, math.ceil(wait / 60))
        visitor.open += 1
        visitor.times.append(now)

    def leave(self, address: str) -> None:
        """Take back one `enter`."""
        visitor = self._visitors.get(household(address))
        if visitor is not None:
            visitor.open -= 1

    def _visitor(self, key: str, now: float) -> _Visitor:
        visitor = self._visitors.get(key)
        if visitor is None:
            if len(self._visitors) >= MOST_ADDRESSES:
                self._forget_one()
            visitor = self._visitors[key] = _Visitor()
        while visitor.times and visitor.times[0] <= now - WINDOW:
            visitor.times.popleft()
        return visitor

    def _forget_one(self) -> None:
        idle = next((key for key, visitor in self._visitors.items() if not visitor.open), None)
        if idle is not None:
            del self._visitors[idle]
