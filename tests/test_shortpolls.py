"""A reactor takes few events at once, and so gets to its timers."""

from __future__ import annotations

import select
import socket
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.task import Clock

from twistchat.shortpolls import EVENTS_A_TURN, FEW, ShortPolls, keep_polls_short


def test_of_many_descriptors_that_are_ready_few_are_given_at_once_and_all_of_them_in_turn() -> None:
    reactor = SimpleNamespace(_poller=select.epoll(), _selectables={})
    keep_polls_short(reactor)
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(EVENTS_A_TURN // 8)]
        for ours, theirs in pairs:
            stack.enter_context(ours)
            stack.enter_context(theirs)
            reactor._poller.register(ours.fileno(), select.EPOLLIN)
            theirs.send(b"x")
        few = len(pairs) // 4
        given = [fd for _ in range(4) for fd, _ in reactor._poller.poll(0, few)]
        assert sorted(given) == sorted(ours.fileno() for ours, _ in pairs)
        for ours, _ in pairs:
            reactor._poller.modify(ours.fileno(), select.EPOLLOUT)
            reactor._poller.unregister(ours.fileno())
        assert [*reactor._poller.poll(0, few)] == []


class Asked:
    """An epoll that remembers how many events it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.register = self.modify = self.unregister = None

    def poll(self, _timeout: float, most: int) -> list[tuple[int, int]]:
        self.asked.append(most)
        return []


def test_no_more_are_asked_for_than_a_turn_takes() -> None:
    poller = Asked()
    polls = ShortPolls(poller)
    for most in (5, 20_000):
        polls.poll(0, most)
    assert poller.asked == [5, EVENTS_A_TURN]


@pytest.mark.parametrize(
    ("count", "each", "given"), [(100, 0.001, 10), (100, 0.0, 100), (1 + FEW, 1.0, 1), (FEW, 1.0, FEW)]
)
def test_those_that_take_long_are_given_for_so_long_and_the_rest_in_another_turn(
    count: int, each: float, given: int
) -> None:
    clock = Clock()
    poller = SimpleNamespace(
        register=None, modify=None, unregister=None, poll=lambda _timeout, _most: [(fd, 1) for fd in range(count)]
    )
    dealt_with = []
    for fd, _ in ShortPolls(poller, clock.seconds).poll(0, count):
        dealt_with.append(fd)
        clock.advance(each)
    assert dealt_with == [*range(given)]


def test_a_reactor_is_changed_once() -> None:
    reactor = SimpleNamespace(_poller=select.epoll(), _selectables={})
    keep_polls_short(reactor)
    polls = reactor._poller
    keep_polls_short(reactor)
    assert reactor._poller is polls


@pytest.mark.parametrize("poller", [None, select.poll()], ids=["none", "poll"])
def test_reactors_without_epoll_are_left_as_they_are(poller: Any) -> None:
    """`select.poll.poll` takes no number of events."""
    reactor = SimpleNamespace(_poller=poller)
    keep_polls_short(reactor)
    assert reactor._poller is poller
