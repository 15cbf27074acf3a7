"""The log in memory keeps the latest of each room, and no more."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from twistchat.core.events import Event, Joined, Said, TopicSet
from twistchat.core.ports import Committed
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
