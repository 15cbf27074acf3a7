"""Plain connections are read at once; all else is left to the reactor."""

from __future__ import annotations

import select
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet import tcp
from twisted.internet.main import CONNECTION_DONE

from twistchat.plainreads import PlainReads
from twistchat.shortpolls import FEW, ShortPolls

FD = 7


class Connection:
    """What a reactor has at a descriptor, and what became of it."""

    def __init__(self, why: Any = None, kind: type = tcp.Server) -> None:
        self.reads = 0
        self.lost: list[Any] = []
        self._why = why
        self._at_descriptor = kind.__new__(kind)
        self._at_descriptor.doRead = self._read
        self.reactor = SimpleNamespace(_selectables={FD: self._at_descriptor}, _disconnectSelectable=self._lose)

    def _read(self) -> Any:
        self.reads += 1
        if isinstance(self._why, ValueError):
            raise self._why
        return self._why

    def _lose(self, connection: object, why: object, in_read: bool) -> None:
        assert connection is self._at_descriptor
        self.lost.append((why, in_read))


def test_what_came_is_read() -> None:
    connection = Connection()
    assert PlainReads(connection.reactor).take(FD, select.EPOLLIN)
    assert connection.reads == 1
    assert connection.lost == []


def test_who_has_nothing_more_to_send_is_disconnected_as_the_reactor_would() -> None:
    connection = Connection(CONNECTION_DONE)
    assert PlainReads(connection.reactor).take(FD, select.EPOLLIN)
    assert connection.lost == [(CONNECTION_DONE, True)]


def test_a_read_that_fails_is_logged_and_ends_that_connection_alone(flush_errors: Any) -> None:
    error = ValueError("what a protocol raised")
    connection = Connection(error)
    assert PlainReads(connection.reactor).take(FD, select.EPOLLIN)
    assert connection.lost == [(error, True)]
    assert flush_errors(ValueError) == [error]


@pytest.mark.parametrize("event", [select.EPOLLIN | select.EPOLLHUP, select.EPOLLOUT, select.EPOLLIN | select.EPOLLOUT])
def test_what_is_more_than_something_to_read_is_the_reactors(event: int) -> None:
    connection = Connection()
    assert not PlainReads(connection.reactor).take(FD, event)
    assert connection.reads == 0


def test_what_is_no_plain_connection_is_the_reactors() -> None:
    connection = Connection(kind=tcp.Port)
    assert not PlainReads(connection.reactor).take(FD, select.EPOLLIN)
    assert not PlainReads(connection.reactor).take(FD + 1, select.EPOLLIN)
    assert connection.reads == 0


def test_events_that_were_dealt_with_are_given_to_nobody() -> None:
    poller = SimpleNamespace(
        register=None, modify=None, unregister=None, poll=lambda _timeout, _most: [(fd, 1) for fd in range(2 * FEW)]
    )
    polls = ShortPolls(poller, take=lambda fd, _event: fd % 2 == 0)
    assert [fd for fd, _ in polls.poll(0, 2 * FEW)] == [*range(1, 2 * FEW, 2)]
