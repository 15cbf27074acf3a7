"""Numbered datagrams: a stream of bytes that arrives whole, once and in order over a network that loses and repeats.

One `Stream` is one end of it. It has no socket and no clock: it is told the time, and says when it wants to be asked.
docs/protocol.md has the datagrams, and why it is made so:

Rule 1: numbers begin at 1 in each direction; a number's bytes never change, so a repetition can be dropped unseen.
Rule 2: the receiver asks for what is missing, by number. The sender repeats by itself only when nothing was confirmed
    for a while, and then only its newest datagram: that shows the receiver what to ask for.
Rule 3: a number is confirmed once its bytes were read, so a reader who waits makes the sender wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from twistchat.errors import UnknownDatagram
from twistchat.wire.packing import Written, packed, unpacked

WINDOW = 32
"""Datagrams on their way that are not confirmed; also the most that are kept out of order."""

PAYLOAD_BYTES = 900
"""Of the stream in one datagram, so that with its header it stays below 1024 bytes."""

CONFIRM_SECONDS = 0.2
"""How long a confirmation waits for a datagram of ours that can carry it."""

CONFIRM_EACH = 16
"""Datagrams that came after which it waits no longer: half a window."""

GAP_SECONDS = 0.06
"""How long a number may be missing before it is asked for: it may only have been overtaken."""

ASK_SECONDS = 0.4
"""After how long it is asked for again."""

REPEAT_SECONDS = (1.0, 8.0)
"""After how long with nothing confirmed the newest datagram is repeated; each time it takes twice as long, up to 8."""

RATE = 400.0
"""Datagrams a second, 64 at once, to one peer."""

LEAST_SECONDS = 0.001
"""The shortest wait for leave to send: a rounding error's worth of it would be no wait at all, again and again."""

MOST_ASKED_CHARS = 60

TOKEN = re.compile(r"[A-Za-z0-9_-]{16}")
_DATA = re.compile(rb"D ([A-Za-z0-9_-]{16}) ([0-9]{1,10}) ([0-9]{1,10}) ([-0-9,]{1,60})\n(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Data:
    """`D token number confirmed missing`, a newline, and bytes of the stream."""

    token: str
    number: int
    """0 where it has no bytes and only confirms."""
    confirmed: int
    """All numbers of the other direction up to this one were read."""
    missing: tuple[tuple[int, int], ...] = ()
    """Ranges of numbers that are asked for, both ends included."""
    payload: bytes = b""

    def encode(self) -> bytes:
        """The datagram."""
        ranges = [str(first) if first == last else f"{first}-{last}" for first, last in self.missing]
        return f"D {self.token} {self.number} {self.confirmed} {','.join(ranges) or '-'}\n".encode() + self.payload


def parse_data(datagram: bytes) -> Data:
    """Read a datagram.

    Raises:
        UnknownDatagram: It is none of this kind.
    """
    match = _DATA.fullmatch(datagram)
    if match is None:
        raise UnknownDatagram
    token, number, confirmed, missing, payload = match.groups()
    return Data(token.decode(), int(number), int(confirmed), tuple(_ranges(missing.decode())), payload)


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first.isdecimal() and (last.isdecimal() or not dash):
            yield int(first), int(last or first)


@dataclass(slots=True)
class _Sent:
    payload: bytes
    at: float


class Stream:
    """One end of a stream in both directions."""

    def __init__(self, token: str, now: float) -> None:
        """Begin, with nothing sent and nothing received.

        Args:
            token: The 16 characters that both ends put into each datagram.
            now: The time in seconds; only differences count.
        """
        self.token = token
        self._queue = bytearray()
        self._flight: dict[int, _Sent] = {}
        self._wanted: dict[int, None] = {}  # an ordered set: what to repeat
        self._next = 1
        self._heard = now  # when something was last confirmed, or sent after a pause
        self._patience = REPEAT_SECONDS[0]
        self._allowed, self._allowed_at = 64.0, now
        self._read = 0  # the highest number that was read
        self._ahead: dict[int, bytes] = {}
        self._highest = 0
        self._unconfirmed = 0
        self._confirm_at: float | None = None
        self._ask_at: dict[int, float] = {}

    # --- handed to another process

    def state(self, now: float) -> Written:
        """What another process needs to go on; times are seconds before now, or after it where they are still to come.

        Bytes keep their numbers, as rule 1 has it: what the other end has confirmed or asks for means the same there.
        """
        return {
            "queue": packed(self._queue),
            "flight": [(number, packed(sent.payload), now - sent.at) for number, sent in self._flight.items()],
            "wanted": list(self._wanted),
            "next": self._next,
            "heard": now - self._heard,
            "patience": self._patience,
            "allowed": (self._allowed, now - self._allowed_at),
            "read": self._read,
            "ahead": [(number, packed(payload)) for number, payload in self._ahead.items()],
            "highest": self._highest,
            "unconfirmed": self._unconfirmed,
            "confirm_in": None if self._confirm_at is None else self._confirm_at - now,
            "ask_in": [(number, at - now) for number, at in self._ask_at.items()],
        }

    @classmethod
    def revived(cls, token: str, state: Written, now: float) -> Self:
        """Go on where a state was written down.

        Args:
            token: As at the beginning.
            state: It.
            now: The time, by this process's clock.
        """
        stream = cls(token, now - state["heard"])
        stream._queue += unpacked(state["queue"])
        stream._flight = {number: _Sent(unpacked(payload), now - ago) for number, payload, ago in state["flight"]}
        stream._wanted = dict.fromkeys(state["wanted"])
        stream._next, stream._patience = state["next"], state["patience"]
        allowed, ago = state["allowed"]
        stream._allowed, stream._allowed_at = allowed, now - ago
        stream._read, stream._highest, stream._unconfirmed = state["read"], state["highest"], state["unconfirmed"]
        stream._ahead = {number: unpacked(payload) for number, payload in state["ahead"]}
        stream._confirm_at = None if state["confirm_in"] is None else now + state["confirm_in"]
        stream._ask_at = {number: now + seconds for number, seconds in state["ask_in"]}
        return stream

    @property
    def waiting(self) -> int:
        """Bytes that were written and of which the other end has confirmed nothing."""
        return len(self._queue) + sum(len(sent.payload) for sent in self._flight.values())

    # --- used by whoever talks

    def write(self, data: bytes) -> None:
        """Put bytes on their way. The writer watches `waiting`, and gives up where it grows too large."""
        self._queue += data

    def read(self, now: float) -> bytes:
        """The bytes of the next datagram in order; empty while it has not come."""
        payload = self._ahead.pop(self._read + 1, None)
        if payload is None:
            return b""
        self._read += 1
        self._unconfirmed += 1
        self._confirm_within(0 if self._unconfirmed >= CONFIRM_EACH else CONFIRM_SECONDS, now)
        return payload

    # --- used by whoever has the socket

    def receive(self, data: Data, now: float) -> bool:
        """Take a datagram; false where it had nothing new, as one that was repeated."""
        self._confirmed(data.confirmed, now)
        for number, sent in self._flight.items():
            if any(first <= number <= last for first, last in data.missing) and now - sent.at >= GAP_SECONDS:
                self._wanted[number] = None
        if not data.number or data.number > self._read + WINDOW:
            return False
        if data.number <= self._read or data.number in self._ahead:  # it was not told that this came
            self._confirm_within(GAP_SECONDS, now)
            return False
        self._ahead[data.number] = data.payload
        self._ask_at.pop(data.number, None)
        for number in range(max(self._highest, self._read) + 1, data.number):
            self._ask_at[number] = now + GAP_SECONDS
        is_newest = data.number > self._highest
        self._highest = max(self._highest, data.number)
        return is_newest

    def datagrams(self, now: float) -> list[bytes]:
        """What is to be sent now."""
        due = [*self._repeated(now), *self._fresh(now)]
        missing = self._asked(now)
        confirms = self._confirm_at is not None and self._confirm_at <= now
        if not due and (missing or confirms):
            due.append((0, b""))
        if due:
            self._confirm_at, self._unconfirmed = None, 0
        packets = []
        for number, payload in due:
            packets.append(Data(self.token, number, self._read, missing, payload).encode())
            missing = ()
        return packets

    def confirmation(self) -> Data:
        """A datagram without bytes, which shows that this end is there."""
        return Data(self.token, 0, self._read)

    def next_time(self, now: float) -> float | None:
        """When `datagrams` is to be called again, if nothing is written, read or received before; None for never."""
        times = [*self._ask_at.values()]
        if self._confirm_at is not None:
            times.append(self._confirm_at)
        if self._flight:
            times.append(self._repeat_at)
        if self._wanted or (self._queue and self._window_is_open):
            times.append(now + max(LEAST_SECONDS, (1.0 - self._allowed) / RATE))
        return min(times, default=None)

    # --- sending

    @property
    def _window_is_open(self) -> bool:
        return not self._flight or self._next - next(iter(self._flight)) < WINDOW

    @property
    def _repeat_at(self) -> float:
        """When the newest datagram is repeated; a difference of times would be rounded otherwise than their sum."""
        return self._heard + self._patience

    def _confirmed(self, number: int, now: float) -> None:
        done = [n for n in self._flight if n <= number]
        for n in done:
            del self._flight[n]
            self._wanted.pop(n, None)
        if done:
            self._heard, self._patience = now, REPEAT_SECONDS[0]

    def _may_send(self, now: float) -> bool:
        self._allowed = min(64.0, self._allowed + max(0.0, now - self._allowed_at) * RATE)
        self._allowed_at = now
        if self._allowed < 1.0:
            return False
        self._allowed -= 1.0
        return True

    def _repeated(self, now: float) -> Iterator[tuple[int, bytes]]:
        if self._flight and now >= self._repeat_at:
            self._wanted[next(reversed(self._flight))] = None
            self._heard, self._patience = now, min(2 * self._patience, REPEAT_SECONDS[1])
        while self._wanted and self._may_send(now):
            number = next(iter(self._wanted))
            del self._wanted[number]
            self._flight[number].at = now
            yield number, self._flight[number].payload

    def _fresh(self, now: float) -> Iterator[tuple[int, bytes]]:
        while self._queue and self._window_is_open and self._may_send(now):
            payload = bytes(self._queue[:PAYLOAD_BYTES])
            del self._queue[:PAYLOAD_BYTES]
            if not self._flight:
                self._heard = now
            self._flight[self._next] = _Sent(payload, now)
            yield self._next, payload
            self._next += 1

    # --- receiving

    def _confirm_within(self, seconds: float, now: float) -> None:
        at = now + seconds
        self._confirm_at = at if self._confirm_at is None else min(at, self._confirm_at)

    def _asked(self, now: float) -> tuple[tuple[int, int], ...]:
        """Ranges of what has been missing for long enough, as many as fit into a header."""
        ranges: list[tuple[int, int]] = []
        for number in sorted(number for number, at in self._ask_at.items() if at <= now):
            begun = ranges.pop() if ranges and ranges[-1][1] == number - 1 else (number, number)
            wider = [*ranges, (begun[0], number)]
            if sum(len(f"{first}-{last},") for first, last in wider) > MOST_ASKED_CHARS:
                return tuple([*ranges, begun] if begun[1] != number else ranges)
            ranges = wider
            self._ask_at[number] = now + ASK_SECONDS
        return tuple(ranges)
