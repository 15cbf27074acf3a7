"""A moderator's code: what it looks like, what is read as it, and how often a wrong one is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.codes import ALPHABET, CODE_BYTES, code_of, digest_of, is_digest, read_code
from twistchat.core.tries import MOST_EACH, MOST_IN_ALL, MOST_KNOWN, WINDOW, Tries
from twistchat.errors import NotACode, TooManyCodes


def test_a_code_is_ten_characters_in_two_groups() -> None:
    assert code_of(bytes(CODE_BYTES)) == "00000-00000"
    assert code_of(b"\xff" * CODE_BYTES) == "ZZZZZ-ZZZZZ"
    assert not set("ILOU") & set(ALPHABET), "what looks like another, or makes a word"


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_a_code_has_fifty_bits_of_what_it_is_made_of(random: bytes) -> None:
    value = 0
    for character in read_code(code_of(random)):
        value = value * 32 + ALPHABET.index(character)
    assert value == int.from_bytes(random) >> 6


@pytest.mark.parametrize(
    "typed",
    [
        "K1Q0M-X9F4T",
        "k1q0mx9f4t",
        " k1q0m x9f4t ",
        "KIQOM-X9F4T",
        "klqom_x9f4t",
        "K1Q0M\u2013X9F4T",
        "ｋ１ｑ０ｍ－ｘ９ｆ４ｔ",
    ],
)
def test_a_code_is_read_whatever_its_case_and_gaps_and_with_letters_that_look_alike(typed: str) -> None:
    assert read_code(typed) == "K1Q0MX9F4T"
    assert is_digest(digest_of(typed), digest_of("K1Q0M-X9F4T"))


@pytest.mark.parametrize("typed", ["", "K1Q0M", "K1Q0M-X9F4T-A", "K1Q0M-X9F4U", "K1Q0M-X9F4聊", "\ud800" * 10])
def test_what_cannot_be_a_code_is_told_at_once(typed: str) -> None:
    with pytest.raises(NotACode):
        digest_of(typed)


def test_a_digest_tells_neither_the_code_nor_another_one() -> None:
    digest = digest_of("K1Q0M-X9F4T")
    assert "k1q0m" not in digest.lower()
    assert len(digest) == 64
    assert not is_digest(digest, digest_of("K1Q0M-X9F4V"))


# --- wrong ones


def tries_of(*wrong: tuple[str, float]) -> Tries:
    tries = Tries()
    for address, now in wrong:
        tries.wrong(address, now)
    return tries


def test_five_wrong_codes_of_an_address_are_heard_in_ten_minutes() -> None:
    tries = tries_of(*(("10.0.0.1", float(second)) for second in range(MOST_EACH)))
    with pytest.raises(TooManyCodes) as caught:
        tries.check("10.0.0.1", 60.0)
    assert caught.value.minutes == 9
    tries.check("10.0.0.2", 60.0)
    tries.check("10.0.0.1", WINDOW)


def test_an_ipv6_household_is_one_address_and_so_is_this_machine() -> None:
    tries = tries_of(*((f"2001:db8::{n}", 0.0) for n in range(1, 6)), *(("127.0.0.1", 0.0),) * 5)
    for address in ("2001:db8::99", "127.0.0.1"):
        with pytest.raises(TooManyCodes):
            tries.check(address, 1.0)
    tries.check("2001:db8:0:1::1", 1.0)


def test_a_hundred_addresses_together_are_heard_a_hundred_times_and_what_is_kept_is_bounded() -> None:
    tries, heard = Tries(), 0
    for number in range(100 * MOST_EACH):
        address = f"10.0.{number % 100}.1"
        try:
            tries.check(address, 1.0)
        except TooManyCodes:
            continue
        heard += 1
        tries.wrong(address, 1.0)
    assert heard == MOST_IN_ALL == len(tries)
    with pytest.raises(TooManyCodes) as caught:
        tries.check("10.9.9.9", 2.0)
    assert caught.value.minutes == 10
    tries.check("10.9.9.9", 1.0 + WINDOW)
    assert len(tries) == 0, "what is older is forgotten"


def test_where_a_right_code_came_from_is_heard_whatever_is_tried_elsewhere() -> None:
    tries = Tries()
    tries.right("10.0.0.1")
    for number in range(MOST_IN_ALL):
        tries.wrong(f"10.1.0.{number}", 0.0)
    tries.check("10.0.0.1", 1.0)
    for _ in range(MOST_EACH):
        tries.wrong("10.0.0.1", 1.0)
    with pytest.raises(TooManyCodes):
        tries.check("10.0.0.1", 1.0)


def test_of_those_only_the_latest_are_remembered() -> None:
    tries = Tries()
    for number in range(MOST_KNOWN + 1):
        tries.right(f"10.0.0.{number}")
    for number in range(MOST_IN_ALL):
        tries.wrong(f"10.1.0.{number}", 0.0)
    tries.check(f"10.0.0.{MOST_KNOWN}", 0.0)
    with pytest.raises(TooManyCodes):
        tries.check("10.0.0.0", 0.0)


def test_a_new_code_of_the_operators_begins_the_count_anew() -> None:
    tries = tries_of(*((f"10.1.0.{number}", 0.0) for number in range(MOST_IN_ALL)))
    tries.forget()
    tries.check("10.1.0.1", 0.0)
