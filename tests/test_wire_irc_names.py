"""Rows of names: of a large room what was told before is not put together again, and is what it would be anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.census import RoomRecord
from twistchat.wire.irc_names import MOST_ROOMS, NamesRows
from twistchat.wire.irc_rulings import prefix_of

MOST = 30


def room_of(*people: str, name: str = "tea") -> RoomRecord:
    room = RoomRecord(name, 20)
    room.people = {person: person.upper() for person in people}
    return room


def shown_in(room: RoomRecord) -> Callable[[str, str], str]:
    return lambda key, name: prefix_of(room.terms, key, True) + name


def anew(room: RoomRecord) -> list[str]:
    return [*NamesRows(10**6).of(room, MOST, shown_in(room))]


def test_who_comes_is_put_to_what_is_kept_and_nobody_is_asked_for_again() -> None:
    room, kept = room_of(*(f"p{number}" for number in range(40))), NamesRows(10)
    asked: list[str] = []

    def shown(key: str, name: str) -> str:
        asked.append(key)
        return name

    before = [*kept.of(room, MOST, shown)]
    asked.clear()
    room.people["last"] = "Last"
    after = [*kept.of(room, MOST, shown)]
    assert after[: len(before) - 1] == before[:-1]
    assert after == [*NamesRows(10**6).of(room, MOST, lambda _key, name: name)]
    assert asked[-1:] == ["last"]
    assert len(asked) < 12


@pytest.mark.parametrize(
    "change",
    [
        lambda room: room.people.pop("b"),
        lambda room: room.people.update(b="Bob"),
        lambda room: room.terms.operators.update(c="C"),
        lambda room: room.terms.voiced.update(a="A"),
        lambda room: room.people.clear(),
        lambda room: None,
    ],
)
def test_what_has_changed_is_told_as_it_is_now(change: Callable[[RoomRecord], object]) -> None:
    room, kept = room_of(*"abcdefghijklmnopqrstuvwxyz"), NamesRows(10)
    assert [*kept.of(room, MOST, shown_in(room))] == anew(room)
    change(room)
    assert [*kept.of(room, MOST, shown_in(room))] == anew(room)


def test_the_rows_of_few_rooms_are_kept() -> None:
    rooms = [room_of(*"abcdef", name=f"r{number}") for number in range(MOST_ROOMS + 1)]
    kept, asked = NamesRows(2), []

    def shown(key: str, name: str) -> str:
        asked.append(key)
        return f"{key}{name}{key * 20}"

    for room in rooms:
        kept.of(room, MOST, shown)
    asked.clear()
    kept.of(rooms[-1], MOST, shown)
    assert len(asked) == 1, "the last row"
    kept.of(rooms[0], MOST, shown)
    assert len(asked) == 7, "all of them"


@given(st.lists(st.tuples(st.sampled_from(["join", "part", "rename", "op"]), st.integers(0, 30)), max_size=40))
def test_rows_are_what_they_would_be_anew_whatever_happens(steps: list[tuple[str, int]]) -> None:
    room, kept = room_of(), NamesRows(3)
    for what, number in steps:
        key = f"p{number}"
        if what == "join":
            room.people.setdefault(key, key.upper())
        elif what == "part":
            room.people.pop(key, None)
        elif what == "rename" and key in room.people:
            room.people[f"q{number}"] = room.people.pop(key)
        elif what == "op":
            room.terms.operators[key] = key
        assert [*kept.of(room, MOST, shown_in(room))] == anew(room)
