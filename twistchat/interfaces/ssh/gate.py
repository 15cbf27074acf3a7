"""Who may try to log in: how many at once, and which addresses have failed too often."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from twistchat.core.addresses import household, is_loopback

MOST_CONNECTIONS = 16
"""At once, logged in or not (OpenSSH lets 10 try to log in)."""

MOST_STRANGERS = 4
"""Connections of one address that have not logged in; a single stranger must not fill all places. Loopback is free."""

MOST_FAILURES = 10
"""By one address within OUT_SECONDS; then it is out for as long."""

OUT_SECONDS = 600.0

SLOWED_SECONDS = 2.0
"""Loopback is not put out, as the operator sits there: each failure beyond the tenth costs this long instead."""

MOST_ADDRESSES = 4096
"""Addresses remembered; past that the one that failed first is forgotten."""


@dataclass(slots=True)
class _Record:
    times: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_FAILURES))
    out_until: float = 0.0


class Gate:
    """Counts connections and failures."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.open = 0
        """Connections there are."""
        self._records: dict[str, _Record] = {}
        self._strangers: Counter[str] = Counter()  # no more of them than there are connections

    def __len__(self) -> int:
        return len(self._records)

    def admits(self, address: str) -> bool:
        """Whether one more connection from there is taken."""
        if self.open >= MOST_CONNECTIONS or is_loopback(address):
            return self.open < MOST_CONNECTIONS
        return not self._is_out(address) and self._strangers[household(address)] < MOST_STRANGERS

    def opened(self, address: str) -> None:
        """Count a connection, of a stranger so far."""
        self.open += 1
        self._strangers[household(address)] += 1

    def closed(self, address: str, was_stranger: bool) -> None:
        """Count a connection less."""
        self.open -= 1
        if was_stranger:
            self._known(address)

    def failed(self, address: str) -> float:
        """Count a failure to log in.

        Returns:
            Seconds to wait before it is answered.
        """
        now, key = self._now(), household(address)
        record = self._records.pop(key, None) or _Record()
        record.times.append(now)
        if len(record.times) == MOST_FAILURES and record.times[0] > now - OUT_SECONDS:
            record.out_until = now + OUT_SECONDS
        self._records[key] = record
        if len(self._records) > MOST_ADDRESSES:
            del self._records[next(iter(self._records))]
        return SLOWED_SECONDS if self._is_out(address) else 0.0

    def succeeded(self, address: str) -> None:
        """Note that somebody has logged in: an address's failures are forgotten."""
        self._records.pop(household(address), None)
        self._known(address)

    def _known(self, address: str) -> None:
        key = household(address)
        self._strangers[key] -= 1
        if not self._strangers[key]:
            del self._strangers[key]

    def _is_out(self, address: str) -> bool:
        record = self._records.get(household(address))
        return record is not None and record.out_until > self._now()
