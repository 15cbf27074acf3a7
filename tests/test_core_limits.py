"""Limits as operators write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest

from twistchat.core.limits import (
    Limits,
    Rate,
    option_name,
    parse_bytes,
    parse_count,
    parse_limits,
    parse_lines,
    parse_rate,
    parse_seconds,
    parse_span,
    written_default,
)


def test_what_is_not_named_keeps_its_default() -> None:
    assert parse_limits({}) == Limits()
    assert parse_limits({"language": "en"}) == Limits(), "other options are none of its business"


def test_each_limit_has_a_default_that_an_operator_could_have_written() -> None:
    words = {limit.name: written_default(limit) for limit in fields(Limits)}
    assert parse_limits(words) == Limits()
    documented = {
        "line_bytes": "4K",
        "text_chars": "1000",
        "name_chars": "24",
        "name_seconds": "60",
        "backlog": "256K",
        "flood": "2/10",
        "per_address": "16",
        "per_address_often": "32",
        "per_private_address": "256",
        "per_private_address_often": "1024",
        "udp_members": "1024",
        "udp_silence": "3600",
        "history": "20",
        "rooms": "1000",
        "rooms_each": "20",
    }
    assert words | documented == words


@pytest.mark.parametrize(
    "name", ["line_bytes", "text_chars", "name_chars", "backlog", "udp_members", "udp_silence", "rooms", "rooms_each"]
)
def test_what_the_server_could_not_do_without_cannot_be_off(name: str) -> None:
    with pytest.raises(ValueError, match="it cannot be off"):
        parse_limits({name: "off"})


@pytest.mark.parametrize(
    "name", ["name_seconds", "flood", "per_address", "per_address_often", "per_private_address", "history"]
)
def test_other_limits_can(name: str) -> None:
    assert getattr(parse_limits({name: "off"}), name) is None


def test_the_largest_of_each_that_can_be_written_are_read() -> None:
    assert parse_count("9" * 9) == 999999999
    assert parse_bytes("9" * 9) == 999999999
    assert parse_span("99999w") == 99999 * 604800
    assert parse_seconds("9" * 9 + ".999") == 999999999.999
    assert parse_rate("0.001/1") == Rate(0.001, 1)


def test_limits_are_read_as_written() -> None:
    limits = parse_limits(
        {
            "flood": "0.5/3",
            "backlog": "1m",
            "line_bytes": "100",
            "name_seconds": "1.5",
            "per_address": "off",
            "history": "0",
        }
    )
    assert limits.flood == Rate(0.5, 3)
    assert (limits.backlog, limits.line_bytes) == (1024**2, 100)
    assert (limits.name_seconds, limits.per_address, limits.history) == (1.5, None, None)


def test_a_limit_that_cannot_be_off_says_so() -> None:
    with pytest.raises(ValueError, match=r"^--line-bytes: it cannot be off$"):
        parse_limits({"line_bytes": "off"})


def test_a_limit_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=r"^--udp-members: 'many' is not a whole number above 0$"):
        parse_limits({"udp_members": "many"})


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1e3", "٣", " 1", "1 ", "1_0", "9" * 10, "+1"])
def test_counts_are_whole_numbers_above_zero(text: str) -> None:
    with pytest.raises(ValueError, match="not a whole number above 0"):
        parse_count(text)


@pytest.mark.parametrize("text", ["", "0", "0K", "1T", "K", "1.5K", "1 K", "-1", "12KB", "٣K"])
def test_sizes_are_numbers_with_a_unit_at_most(text: str) -> None:
    with pytest.raises(ValueError, match="not a size such as"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("parse", "sentence"),
    [
        (parse_count, "'x' is not a whole number above 0"),
        (parse_bytes, "'x' is not a size such as 4096, 256K or 1M"),
        (parse_seconds, "'x' is not a number of seconds above 0"),
        (parse_span, "'x' is not a time such as 45m, 12h, 2d or 4w"),
        (parse_rate, "'x' is not a rate such as 2/10: 2 a second, 10 at once"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_could_be(parse: Callable[[str], object], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse("x")
    assert str(caught.value) == sentence


def test_sizes_count_in_1024() -> None:
    assert [parse_bytes(text) for text in ("7", "2k", "2K", "2M", "2G")] == [7, 2048, 2048, 2 << 20, 2 << 30]


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "nan", "inf", "1e5", ".5", "1.", "0.0001"])
def test_times_are_seconds_above_zero(text: str) -> None:
    with pytest.raises(ValueError, match="not a number of seconds above 0"):
        parse_seconds(text)


@pytest.mark.parametrize("text", ["", "2", "2/", "/10", "0/10", "2/0", "2/10/3", "a/b", "2/1.5"])
def test_rates_are_two_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate such as 2/10: 2 a second, 10 at once"):
        parse_rate(text)


def test_spans_are_minutes_hours_days_or_weeks() -> None:
    assert [parse_span(text) for text in ("1m", "2h", "1d", "1W")] == [60, 7200, 86400, 604800]
    for text in ("", "0m", "1", "1s", "1.5h", "100000d"):
        with pytest.raises(ValueError, match="is not a time such as"):
            parse_span(text)


def test_no_lines_is_off() -> None:
    assert parse_lines("0") is None
    assert parse_lines("5") == 5


def test_option_names_have_hyphens() -> None:
    assert "name-seconds" in {option_name(limit) for limit in fields(Limits)}
