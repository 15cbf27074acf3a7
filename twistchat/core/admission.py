"""How many connections one address may have, at once and in ten minutes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twistchat.core.addresses import household, is_loopback, is_private
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


class _Bounds(NamedTuple):
    """What an address may have, None for any number, and the options that say so."""

    at_once: int | None
    often: int | None
    at_once_option: str
    often_option: str


def _bounds(address: str, limits: Limits) -> _Bounds:
    """What an address may have; a private one never less than a public one."""
    if not is_private(address):
        return _Bounds(limits.per_address, limits.per_address_often, "--per-address", "--per-address-often")
    return _Bounds(
        _larger(limits.per_private_address, limits.per_address),
        _larger(limits.per_private_address_often, limits.per_address_often),
        "--per-private-address",
        "--per-private-address-often",
    )


def _larger(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


class Admission:
    """Counts connections by address; loopback is free, a private address may have more than a public one."""

    def __init__(self) -> None:
        self._visitors: dict[str, _Visitor] = {}

    def __len__(self) -> int:
        return len(self._visitors)

    def portrait(self, now: float) -> Sequence[Sequence[Any]]:
        """What another process needs to go on: households, their open connections, and how long ago each came."""
        return [[key, each.open, [now - at for at in each.times]] for key, each in self._visitors.items()]

    def revive(self, portrait: Sequence[Sequence[Any]], now: float) -> None:
        """Be where a portrait was made, the connections that were open included."""
        self._visitors = {key: _Visitor(count, deque(now - ago for ago in times)) for key, count, times in portrait}

    def enter(self, address: str, limits: Limits, now: float) -> None:
        """Count one more connection; `leave` must follow, once, unless this raises.

        Raises:
            TooManyConnections: The address has its most open.
            ConnectingTooOften: It has had its most within ten minutes.
        """
        if is_loopback(address):
            return
        visitor = self._visitor(household(address), now)
        bounds = _bounds(address, limits)
        if bounds.at_once is not None and visitor.open >= bounds.at_once:
            raise TooManyConnections(bounds.at_once, bounds.at_once_option)
        if bounds.often is not None and len(visitor.times) >= bounds.often:
            wait = visitor.times[0] + WINDOW - now
            raise ConnectingTooOften(bounds.often, bounds.often_option, math.ceil(wait / 60))
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
