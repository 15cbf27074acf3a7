"""Dates and ages as people write them: in a search, before a look back, for an export."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from twistchat.core.limits import parse_span


class Stretch(NamedTuple):
    """What a date means: from its first moment to the first one behind it, in seconds since 1970."""

    begins: float
    ends: float


def parse_date(written: str, now: float, zone: tzinfo) -> Stretch:
    """Read a day, a day and a time as in ISO 8601, an age such as `2d`, `today` or `yesterday`.

    An age and a time are a moment, which begins and ends at once.

    Args:
        written: What somebody wrote; case does not matter.
        now: The time, in seconds since 1970.
        zone: The zone that is meant where none is named.

    Raises:
        ValueError: It is none of these; the text says what is wanted.
    """
    word = written.casefold()
    try:
        if word in _DAYS_AGO:
            return _day(_midnight(now, zone) - timedelta(days=_DAYS_AGO[word]))
        if not word[:5].endswith("-"):
            moment = now - parse_span(word)
            return Stretch(moment, moment)
        when = datetime.fromisoformat(word.upper())
        when = when.replace(tzinfo=when.tzinfo or zone)
        if len(word) <= len("2026-03-01"):
            return _day(when)
        return Stretch(when.timestamp(), when.timestamp())
    except (ValueError, OverflowError):
        raise ValueError(f"{written!r} is not a day such as 2026-03-01, nor a time such as 12h or 2d") from None


_DAYS_AGO = {"today": 0, "yesterday": 1}


def _midnight(now: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _day(midnight: datetime) -> Stretch:
    """A day, which is an hour shorter or longer where summer time begins or ends."""
    return Stretch(midnight.timestamp(), (midnight + timedelta(days=1)).timestamp())
