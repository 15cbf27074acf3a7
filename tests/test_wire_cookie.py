"""Cookies prove that a sender can be reached where it says it is, for a minute or two, and keep no state."""

from __future__ import annotations

import re

import pytest

from twistchat.wire.cookie import make, proves

SECRET = b"known to the server alone"
NOON = 43200.0
COOKIE = make(SECRET, "192.0.2.1", "ada", NOON)


@pytest.mark.parametrize("later", [0.0, 59.0, 60.0, 119.0])
def test_a_cookie_is_good_in_its_own_minute_and_in_the_next(later: float) -> None:
    assert proves(COOKIE, SECRET, "192.0.2.1", "ada", NOON + later)


@pytest.mark.parametrize("later", [-1.0, 120.0, 86400.0])
def test_at_any_other_time_it_proves_nothing(later: float) -> None:
    assert not proves(COOKIE, SECRET, "192.0.2.1", "ada", NOON + later)


@pytest.mark.parametrize(
    ("cookie", "secret", "address", "name"),
    [
        (COOKIE, SECRET, "192.0.2.2", "ada"),
        (COOKIE, SECRET, "192.0.2.1", "eve"),
        (COOKIE, b"of another server", "192.0.2.1", "ada"),
        (COOKIE[:-1], SECRET, "192.0.2.1", "ada"),
        ("", SECRET, "192.0.2.1", "ada"),
        ("\udcff", SECRET, "192.0.2.1", "ada"),
    ],
)
def test_it_is_good_for_one_name_from_one_address_at_one_server(
    cookie: str, secret: bytes, address: str, name: str
) -> None:
    assert not proves(cookie, secret, address, name, NOON)


def test_it_fits_into_a_datagram_as_one_word_beyond_guessing() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{16}", COOKIE)
