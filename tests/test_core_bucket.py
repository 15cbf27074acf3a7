"""The flood limit's arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.bucket import Bucket
from twistchat.core.limits import Rate

RATE = Rate(2.0, 10)


def test_as_much_as_allowed_at_once_costs_no_wait() -> None:
    bucket = Bucket(0.0)
    for _ in range(10):
        assert bucket.wait(RATE, 1.0, 0.0) == 0
        bucket.spend(RATE, 1.0, 0.0)
    assert bucket.wait(RATE, 1.0, 0.0) == 0.5


def test_what_could_only_be_paid_with_debt_is_not_taken() -> None:
    bucket = Bucket(0.0)
    assert [bucket.take(RATE, 4.0, 0.0) for _ in range(3)] == [True, True, False]
    assert bucket.take(RATE, 2.0, 0.0)
    assert bucket.wait(RATE, 1.0, 0.0) == 0.5


def test_debt_is_waited_for() -> None:
    bucket = Bucket(0.0)
    for _ in range(14):
        bucket.spend(RATE, 1.0, 0.0)
    assert bucket.wait(RATE, 1.0, 0.0) == 2.5
    assert bucket.wait(RATE, 1.0, 2.0) == pytest.approx(0.5)
    assert bucket.wait(RATE, 1.0, 2.5) == 0


def test_silence_fills_the_bucket_and_no_more() -> None:
    bucket = Bucket(0.0)
    bucket.spend(RATE, 10.0, 0.0)
    bucket.spend(RATE, 10.0, 1e6)
    assert bucket.wait(RATE, 1.0, 1e6) == 0.5


def test_what_costs_more_than_the_bucket_holds_waits_until_it_is_full() -> None:
    bucket = Bucket(0.0)
    assert bucket.wait(RATE, 100.0, 0.0) == 0
    bucket.spend(RATE, 1.0, 0.0)
    assert bucket.wait(RATE, 100.0, 0.0) == 0.5


def test_a_clock_that_goes_back_costs_nothing() -> None:
    bucket = Bucket(100.0)
    bucket.spend(RATE, 10.0, 100.0)
    assert bucket.wait(RATE, 1.0, 50.0) == 0.5
    assert bucket.wait(RATE, 1.0, 50.5) == 0


def test_a_new_rate_holds_from_then_on() -> None:
    bucket = Bucket(0.0)
    bucket.spend(RATE, 1.0, 0.0)
    assert bucket.wait(Rate(1.0, 2), 2.0, 0.0) == 0
    bucket.spend(Rate(1.0, 2), 2.0, 0.0)
    assert bucket.wait(Rate(1.0, 2), 1.0, 0.0) == 1


@given(st.lists(st.floats(0, 3), max_size=60))
def test_whoever_waits_as_told_never_exceeds_the_rate(pauses: list[float]) -> None:
    bucket, now = Bucket(0.0), 0.0
    for sent, pause in enumerate(pauses, 1):
        now += pause
        now += bucket.wait(RATE, 1.0, now)
        bucket.spend(RATE, 1.0, now)
        assert sent <= RATE.at_once + RATE.per_second * now + 1e-6
