"""The table of languages and their catalogs, and the zone of the times that people are shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import catalogs

from twistchat import languages
from twistchat.wire.language import ENGLISH
from twistchat.zone import MachineZone


def test_each_language_of_the_table_has_a_catalog_and_each_catalog_a_row() -> None:
    translated = {row.code for row in languages.ROWS if row != ENGLISH}
    assert translated == {path.parent.parent.name for path in catalogs.paths()}
    assert [row.code for row in languages.ROWS] == languages.loaded().codes


def test_what_the_table_says_of_a_language_means_no_other() -> None:
    for row in languages.ROWS:
        for written in (row.code, row.name, *row.also):
            assert languages.loaded().found(written).code == row.code


def test_in_a_checkout_that_was_not_built_there_is_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "LOCALE", tmp_path)
    assert languages.loaded().codes == ["en"]


# --- the machine's zone

BERLIN = "Europe/Berlin"
HERE = MachineZone()


@pytest.fixture(scope="module")
def in_berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", BERLIN)
        time.tzset()
        yield
    time.tzset()


@given(st.integers(0, 2**31 - 1))
def test_a_time_is_shown_as_the_zones_own_table_has_it(in_berlin: None, seconds: int) -> None:
    def shown(when: datetime) -> str:
        return f"{when:%Y-%m-%d %H:%M:%S %Z %z}"

    expected = shown(datetime.fromtimestamp(seconds, ZoneInfo(BERLIN)))
    assert shown(datetime.fromtimestamp(seconds, HERE)) == expected
    assert shown(datetime.fromtimestamp(seconds, UTC).astimezone(HERE)) == expected


def test_of_an_hour_that_is_shown_twice_both_are_told_apart(in_berlin: None) -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(HERE) for hour in (0, 1))
    assert (first.hour, second.hour) == (2, 2)
    assert (first.tzname(), second.tzname()) == ("CEST", "CET")
    assert first.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("asked", [HERE.utcoffset, HERE.tzname, HERE.dst])
def test_without_a_time_nothing_is_said_of_the_zone(asked: Callable[[datetime | None], object]) -> None:
    assert asked(None) is None
