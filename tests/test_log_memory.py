"""The log in memory keeps the latest of each room, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twistchat.core.events import Announced, Entry, Event, Joined, Left, Renamed, Said, TopicSet
from twistchat.core.names import EVERYWHERE
from twistchat.core.ports import Committed
from twistchat.core.queries import PAGE, Found, Missed, Query, Seen
from twistchat.log import memory
from twistchat.log.memory import MemoryLog


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(clock: Clock) -> MemoryLog:
    return MemoryLog(clock.seconds)


def said(number: int, room: str = "lobby") -> Said:
    return Said(room, "ada", f"text {number}")


def latest(log: MemoryLog, room: str = "lobby", count: int = 20) -> list[Event]:
    answered: list[Event] = []
    log.latest(room, count).addCallback(lambda entries: answered.extend(entry.event for entry in entries))
    return answered


def test_entries_are_numbered_in_order_across_rooms_and_bear_the_time(log: MemoryLog, clock: Clock) -> None:
    brought: list[Committed] = []
    log.follow(brought.extend)
    for room in ("lobby", "tea"):
        log.append([said(1, room), said(2, room)])
        clock.advance(5)
    assert all(part.is_own for part in brought)
    assert [(entry.number, entry.time) for part in brought for entry in part.entries] == [
        (1, 0.0),
        (2, 0.0),
        (3, 5.0),
        (4, 5.0),
    ]


def test_the_latest_are_what_people_who_join_are_shown(log: MemoryLog) -> None:
    log.append([said(1), Joined("lobby", "bob"), said(2), said(3, "tea"), said(4)])
    assert latest(log) == [said(1), said(2), said(4)]
    assert latest(log, count=2) == [said(2), said(4)]
    assert latest(log, count=0) == latest(log, "nowhere") == []


def test_a_topic_comes_before_the_latest_where_it_is_older(log: MemoryLog) -> None:
    topic = TopicSet("lobby", "ada", "tea")
    log.append([topic, said(1), said(2)])
    assert latest(log, count=2) == [topic, said(1), said(2)]
    assert latest(log, count=3) == [topic, said(1), said(2)]


def test_old_entries_are_forgotten(log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", 3)
    log.append([said(number) for number in range(10)])
    assert latest(log) == [said(7), said(8), said(9)]


def test_of_each_room_the_latest_ten_thousand_are_kept(log: MemoryLog) -> None:
    """As docs/log.md has it."""
    log.append([said(0), *(said(number) for number in range(1, 10_001)), said(1, "tea")])
    kept = latest(log, count=20_000)
    assert (len(kept), kept[0], kept[-1]) == (10_000, said(1), said(10_000))


def test_history_goes_back_from_the_newest_unless_a_number_is_named(log: MemoryLog) -> None:
    log.append([said(1), said(2), said(3)])
    found: list[list[int]] = []
    for answer in (log.history("lobby", 2), log.history("lobby", 2, before=3), log.history("lobby", 2, before=1)):
        answer.addCallback(lambda entries: found.append([entry.number for entry in entries]))
    assert found == [[2, 3], [1, 2], []]


def test_the_first_entry_from_a_time_on_is_found_in_whatever_room() -> None:
    times = iter([1.0, 2.0, 3.0])
    log = MemoryLog(lambda: next(times))
    for room in ("lobby", "tea", "lobby"):
        log.append([said(1, room)])
    found: list[int] = []
    for time in (0.0, 2.0, 2.5, 4.0):
        log.first_since(time).addCallback(found.append)
    assert found == [1, 2, 3, 4]


def test_the_room_that_was_quiet_for_the_longest_is_forgotten(log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT_ROOMS", 2)
    log.append([said(1, "a"), said(2, "b"), said(3, "a"), said(4, "c")])
    assert latest(log, "a") == [said(1, "a"), said(3, "a")]
    assert latest(log, "b") == []
    assert latest(log, "c") == [said(4, "c")]


def test_it_needs_no_opening_and_no_end(log: MemoryLog) -> None:
    log.check()
    log.open()
    log.append([said(1)])
    log.close()
    assert latest(log) == [said(1)]


# --- looking back


def numbers(answer: Deferred[Sequence[Entry]]) -> list[int]:
    found: list[int] = []
    answer.addCallback(lambda entries: found.extend(entry.number for entry in entries))
    return found


def missed(log: MemoryLog, name: str = "bob", room: str = "lobby", count: int = 20) -> tuple[list[int], int] | None:
    found: list[Missed | None] = []
    log.missed(room, name, count).addCallback(found.append)
    (answer,) = found
    return None if answer is None else ([entry.number for entry in answer.entries], answer.older)


def test_history_is_what_is_below_a_number_oldest_first(log: MemoryLog) -> None:
    log.append([said(1), said(2), Joined("lobby", "bob"), said(3, "tea"), said(4)])
    assert numbers(log.history("lobby", 10)) == [1, 2, 5]
    assert numbers(log.history("lobby", 2)) == [2, 5]
    assert numbers(log.history("lobby", 10, 5)) == [1, 2]
    assert numbers(log.history("lobby", 10, 6)) == [1, 2, 5]
    assert numbers(log.history("lobby", 10, 0)) == numbers(log.history("nowhere", 10)) == []


def test_what_somebody_missed_lies_between_their_last_two_stays(log: MemoryLog) -> None:
    log.append([Joined("lobby", "bob"), said(2), Left("lobby", "bob"), said(4), said(5, "tea"), said(6)])
    assert missed(log) == ([4, 6], 0)
    log.append([Joined("lobby", "bob"), said(8)])
    assert missed(log) == ([4, 6], 0)
    assert missed(log, count=1) == ([6], 1)
    assert missed(log, "BOB") == ([4, 6], 0)


def test_who_was_never_here_missed_nothing_and_who_came_once_neither(log: MemoryLog) -> None:
    log.append([said(1), Joined("tea", "bob"), Left("tea", "bob"), Joined("lobby", "bob"), said(5)])
    assert missed(log) is None
    assert missed(log, "eva") is None
    assert missed(log, room="nowhere") is None


def test_a_name_that_was_given_up_was_left(log: MemoryLog) -> None:
    log.append([Joined("lobby", "bob"), Renamed("lobby", "bob", "eva"), said(3)])
    assert missed(log) == ([3], 0)


def test_what_somebody_said_is_not_a_stay(log: MemoryLog) -> None:
    log.append(
        [Joined("lobby", "bob"), Left("lobby", "bob"), said(3), Joined("lobby", "bob"), Said("lobby", "bob", "")]
    )
    assert missed(log) == ([3], 0)


def test_announcements_to_everyone_are_missed_in_every_room_in_their_order(log: MemoryLog) -> None:
    log.append([Left("lobby", "bob"), said(2), Announced(EVERYWHERE, "back at six"), Announced("tea", "no"), said(5)])
    assert missed(log) == ([2, 3, 5], 0)


def search(log: MemoryLog, *words: str, before: int | None = None, rooms: tuple[str, ...] = ("lobby",)) -> Found:
    found: list[Found] = []
    log.search(Query(words, rooms, before=before)).addCallback(found.append)
    return found[0]


def test_a_search_is_answered_by_pages_newest_first(log: MemoryLog) -> None:
    log.append([said(number) for number in range(1, PAGE + 3)])
    first = search(log, "text")
    assert [entry.number for entry in first.entries] == [*range(PAGE + 2, 2, -1)]
    assert first.before == 3
    second = search(log, "text", before=first.before)
    assert ([entry.number for entry in second.entries], second.before) == ([2, 1], None)


def test_a_page_that_is_just_full_is_the_last(log: MemoryLog) -> None:
    log.append([said(number) for number in range(PAGE)])
    assert search(log, "text").before is None


def test_who_looks_for_somebodys_lines_finds_none_of_the_administrators(log: MemoryLog) -> None:
    log.append([said(1), TopicSet("lobby", None, "text 2"), Announced(EVERYWHERE, "text 3")])
    found: list[Found] = []
    log.search(Query(("text",), ("lobby", EVERYWHERE), "ADA")).addCallback(found.append)
    assert [entry.number for entry in found[0].entries] == [1]


def test_a_search_goes_through_its_rooms_in_the_logs_order(log: MemoryLog) -> None:
    log.append([said(1), said(2, "tea"), said(3, "den"), said(4), said(5, "tea")])
    assert [entry.number for entry in search(log, "text", rooms=("lobby", "tea")).entries] == [5, 4, 2, 1]
    assert search(log, "nothing").entries == []


def test_what_is_between_two_numbers_is_found_from_either_end(log: MemoryLog, clock: Clock) -> None:
    for number in range(1, 7):
        clock.advance(1)
        log.append([said(number, "tea" if number == 3 else "lobby")])

    def found(*asked: Any) -> list[int]:
        return [entry.number for entry in given(log.between("lobby", *asked))]

    assert found(0, 100, 9, True) == found(0, 100, 9, False) == [1, 2, 4, 5, 6]
    assert found(1, 6, 2, True) == [4, 5]
    assert found(1, 6, 2, False) == [2, 4]
    assert found(5, 6, 9, True) == []


def test_a_page_behind_a_number_has_all_rooms_in_the_logs_order(log: MemoryLog) -> None:
    log.append([said(1), said(2, "tea"), said(3, "den"), said(4), said(5, "tea")])
    assert [entry.number for entry in given(log.after(1, 3))] == [2, 3, 4]
    assert given(log.after(5, 3)) == []


def test_the_number_of_a_time_is_that_of_the_first_entry_then_or_later(log: MemoryLog, clock: Clock) -> None:
    assert given(log.first_since(0)) == 1
    start = clock.seconds()
    for number in range(1, 4):
        clock.advance(10)
        log.append([said(number)])
    asked = (0, 10, 10.5, 20, 30, 31)
    assert [given(log.first_since(start + time)) for time in asked] == [1, 1, 2, 2, 3, 4]


def given(answer: Deferred[Any]) -> Any:
    """What has been answered."""
    values: list[Any] = []
    answer.addCallback(values.append)
    return values[0]


def test_who_came_and_went_is_found_with_the_latest_time_of_each(log: MemoryLog, clock: Clock) -> None:
    for event in (Joined("lobby", "ada"), said(1), Announced(EVERYWHERE, "tea"), Left("lobby", "ada", "")):
        log.append([event])
        clock.advance(10)
    assert answer(log.seen(0, 2)) == Seen({"ada": 0.0}, 2)
    assert answer(log.seen(2, 50)) == Seen({"ada": 30.0}, 4)
    assert answer(log.seen(4, 50)) == Seen({}, 4)


def answer(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addCallback(results.append)
    return results[0]


def test_what_somebody_missed_is_above_the_number_that_they_know(log: MemoryLog) -> None:
    log.append([said(1), Left("lobby", "bob"), said(3), said(4), said(5), Joined("lobby", "bob")])
    texts = {
        after: [each.number for each in given(log.missed("lobby", "bob", 9, after)).entries] for after in (0, 3, 5)
    }
    assert texts == {0: [3, 4, 5], 3: [4, 5], 5: []}
    assert given(log.missed("lobby", "bob", 1)).older == 2
