"""Dates and ages as people write them."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.dates import Stretch, parse_date

HOUR, DAY = 3600.0, 86400.0
NOW = 1_770_000_000.0  # 2026-02-02 02:40 UTC


@pytest.mark.parametrize(
    ("written", "begins", "seconds"),
    [
        ("1970-01-02", DAY, DAY),
        ("1970-01-02T01:00", DAY + HOUR, 0),
        ("1970-01-02t01:00:00+01:00", DAY, 0),
        ("2h", NOW - 2 * HOUR, 0),
        ("4W", NOW - 28 * DAY, 0),
        ("today", NOW - 2 * HOUR - 40 * 60, DAY),
        ("Yesterday", NOW - 26 * HOUR - 40 * 60, DAY),
    ],
)
def test_days_last_a_day_and_times_and_ages_are_a_moment(written: str, begins: float, seconds: float) -> None:
    assert parse_date(written, NOW, UTC) == Stretch(begins, begins + seconds)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_the_zone_is_shorter_or_longer_where_summer_time_changes(day: str, hours: int) -> None:
    begins, ends = parse_date(day, NOW, ZoneInfo("Europe/Berlin"))
    assert ends - begins == hours * HOUR


@pytest.mark.parametrize("written", ["", "-", "2026-13-01", "2026-02-30", "someday", "0d", "2026", "99999-01-01"])
def test_what_is_no_date_is_said(written: str) -> None:
    with pytest.raises(ValueError, match="is not a day such as 2026-03-01, nor a time such as 12h or 2d"):
        parse_date(written, NOW, UTC)


@given(st.text(alphabet="0123456789-+:.TZdhmw todayes", max_size=30))
def test_anything_is_a_date_or_is_refused(written: str) -> None:
    try:
        begins, ends = parse_date(written, NOW, UTC)
    except ValueError:
        return
    assert begins <= ends
