"""What was said, day by day, as people are shown it who look back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from twistchat.core.events import Entry
from twistchat.log.exporting import StoredLine
from twistchat.log.rows import entries
from twistchat.wire.language import Language


class Day(NamedTuple):
    """A day of the reader's, with what was said on it; in the log's order, so that one may come twice."""

    date: str
    """As ISO 8601 has it."""
    shown: Iterator[tuple[datetime, Entry]]
    """Each entry with its time in the reader's zone."""


def days(lines: Iterable[StoredLine], language: Language) -> Iterator[Day]:
    """What whoever comes later is shown of lines: neither comings and goings nor keys.

    Args:
        lines: In the log's order.
        language: The zone of its times is the reader's.
    """
    shown = (entry for line in lines for entry in entries([line]) if entry.event.past)
    timed = ((datetime.fromtimestamp(entry.time, language.zone), entry) for entry in shown)
    for date, group in groupby(timed, lambda each: each[0].date()):
        yield Day(date.isoformat(), group)
