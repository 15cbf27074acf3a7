"""The machine's clock: lines have its time, and certificates and codes hold by it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from twistchat.doctor.finding import Finding, look, ok, wrong

RELEASED = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""No clock that is right shows an earlier time to this version."""

TIME_ERROR = 5
"""What adjtimex(2) returns of a clock that nothing keeps right."""

_TIMEX_BYTES = 256
"""`struct timex` is 208 on 64 bits, less elsewhere."""


def clock(now: float, newest: float | None, is_kept_right: bool | None) -> Iterator[Finding]:
    """Whether it can be right.

    Args:
        now: What it shows, in seconds since 1970.
        newest: The time of the log's newest line; None where there is none.
        is_kept_right: Whether the machine's clock is synchronised; None where that is not known.
    """
    shown = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC"
    if now < RELEASED:
        yield wrong(f"the clock shows {shown}, before this version was made", "timedatectl set-ntp true, or date -s")
    elif newest is not None and newest > now + 60:
        ahead = (newest - now) / 3600
        yield look(f"the log's newest line is {ahead:.1f} h ahead of the clock, {shown}", "timedatectl; then date -s")
    elif is_kept_right is False:
        yield look(f"{shown}; nothing keeps the clock right", "timedatectl set-ntp true, where there is a time server")
    else:
        yield ok(shown)


def is_kept_right(adjtimex: Callable[[object], int] | None = None) -> bool | None:
    """Whether anything keeps the machine's clock right; None where the system does not say.

    Args:
        adjtimex: The C library's.
    """
    try:
        asked = adjtimex or ctypes.CDLL(None).adjtimex
        state = asked(ctypes.create_string_buffer(_TIMEX_BYTES))  # modes is 0: it is asked, and nothing set
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != TIME_ERROR
