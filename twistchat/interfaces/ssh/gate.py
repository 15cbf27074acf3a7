"""Who may try to log in: how many at once, who has to go when there are too many, and who has failed too often.

Rule 1: 16 connections at once, four of them of one address that have not logged in (loopback is free of that).
Rule 2: When all places are taken, a newcomer gets that of a stranger: of the oldest who has said nothing for a second,
    else of the oldest who is there for five seconds and has shown no listed key.
Rule 3: For a newcomer from loopback, or from an address that somebody has logged in from, strangers go without those
    five seconds. So they cannot keep out who was in before.
Rule 4: Nobody who has logged in or shown a listed key goes for a newcomer.
The numbers are the administrators'; people's port has its own `Places`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from twistchat.core.addresses import household, is_loopback

MOST_CONNECTIONS = 16
"""At once, logged in or not (OpenSSH lets 10 try to log in)."""

MOST_STRANGERS = 4
"""Connections of one address that have not logged in; a single stranger must not fill all places. Loopback is free."""

SILENT_SECONDS = 1.0
"""For a client's first word, likewise; `ssh` says its version as soon as it is connected."""

TALK_SECONDS = 5.0
"""For a client to show its key, when somebody else wants the place; `ssh` takes one, and shows it before it asks for a
passphrase."""

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


@dataclass(eq=False, slots=True)
class Guest:
    """One connection."""

    address: str
    since: float
    put_out: Callable[[], None]
    """Ends it at once."""
    has_spoken: bool = False
    has_shown_key: bool = False
    """Whether it has shown a listed key, if only that."""
    is_in: bool = False
    """Whether somebody has logged in."""


class Places(NamedTuple):
    """How many may be there."""

    at_once: int = MOST_CONNECTIONS
    of_one_address: int = MOST_STRANGERS
    """Of those who have not logged in."""
    keeps_who_is_in: bool = True
    """Whether somebody who has logged in still takes a place."""
    is_patient: bool = False
    """Whether who has said something stays until their time is over: where all can log in, the oldest are the next."""


class Gate:
    """Counts connections and failures."""

    def __init__(self, now: Callable[[], float], places: Places = Places()) -> None:  # noqa: B008  # it is immutable
        """Begin empty.

        Args:
            now: By the clock for intervals.
            places: How many may be there; the administrators' unless given.
        """
        self._now = now
        self._places = places
        self._guests: dict[Guest, None] = {}  # the oldest first
        self._records: dict[str, _Record] = {}
        self._were_in: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._records)

    @property
    def open(self) -> int:
        """Connections there are."""
        return len(self._guests)

    def admits(self, address: str) -> bool:
        """Whether one more connection from there is taken; another may be ended for it."""
        if not is_loopback(address) and (self._is_out(address) or self._has_most(address)):
            return False
        if self.open < self._places.at_once:
            return True
        guest = self._first_to_go(address)
        if guest is not None:
            self.closed(guest)
            guest.put_out()
        return guest is not None

    def opened(self, address: str, put_out: Callable[[], None]) -> Guest:
        """Count a connection, of a stranger so far."""
        guest = Guest(address, self._now(), put_out)
        self._guests[guest] = None
        return guest

    def closed(self, guest: Guest) -> None:
        """Count a connection less; idempotent."""
        self._guests.pop(guest, None)

    def _has_most(self, address: str) -> bool:
        key = household(address)
        strangers = sum(not guest.is_in and household(guest.address) == key for guest in self._guests)
        return strangers >= self._places.of_one_address

    def _first_to_go(self, address: str) -> Guest | None:
        """Who makes room for somebody from that address, by rules 2 to 4."""
        patience = 0.0 if is_loopback(address) or household(address) in self._were_in else TALK_SECONDS
        strangers = [guest for guest in self._guests if not guest.is_in and not guest.has_shown_key]
        now = self._now()
        silent = [guest for guest in strangers if not guest.has_spoken and now - guest.since >= SILENT_SECONDS]
        slow = [] if self._places.is_patient else [each for each in strangers if now - each.since >= patience]
        return next(iter([*silent, *slow]), None)

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

    def succeeded(self, guest: Guest) -> None:
        """Note that somebody has logged in: their address's failures are forgotten, and it is known from now on."""
        guest.is_in = True
        if not self._places.keeps_who_is_in:
            self.closed(guest)
        key = household(guest.address)
        self._records.pop(key, None)
        self._were_in.pop(key, None)
        self._were_in[key] = None
        if len(self._were_in) > MOST_ADDRESSES:
            del self._were_in[next(iter(self._were_in))]

    def _is_out(self, address: str) -> bool:
        record = self._records.get(household(address))
        return record is not None and record.out_until > self._now()
