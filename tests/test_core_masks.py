"""Masks of names: which names one stands for, and which can be kept out of a room."""

from __future__ import annotations

import time

import pytest

from twistchat.core import masks
from twistchat.errors import NotAMask


@pytest.mark.parametrize(
    ("word", "name"),
    [("bob", "bob"), ("bob!*@*", "bob"), ("bob!*", "bob"), ("spam*", "spam*"), ("?x", "?x"), ("小明", "小明")],
)
def test_of_a_mask_the_name_counts(word: str, name: str) -> None:
    assert masks.checked(word, 24) == name


@pytest.mark.parametrize(
    "word", ["", "*", "*?*", "*!*@*", "bob!~u@*", "bob!*@host", "bob@host", "a b", "x" * 25, "!*@*"]
)
def test_what_is_no_name_or_that_of_everybody_is_refused(word: str) -> None:
    with pytest.raises(NotAMask):
        masks.checked(word, 24)


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("bob", "BOB"),
        ("ｂｏｂ", "bob"),
        ("b0b", "bob"),
        ("Spam1", "spam*"),
        ("xy", "?y"),
        ("小明", "小*"),
        ("[a]", "[a]*"),
    ],
)
def test_a_name_is_like_a_mask_that_stands_for_it_or_for_what_looks_the_same(name: str, mask: str) -> None:
    assert masks.is_like(name, mask)


@pytest.mark.parametrize(("name", "mask"), [("bobby", "bob"), ("xspam", "spam*"), ("xyz", "?y"), ("a", "[a]*")])
def test_others_are_not(name: str, mask: str) -> None:
    assert not masks.is_like(name, mask)


def test_a_mask_of_many_stars_takes_no_time() -> None:
    began = time.process_time()
    assert not masks.is_like("a" * 40, "*a" * 19 + "*b")
    assert time.process_time() - began < 1.0
