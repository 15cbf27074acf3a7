"""What asynchronous work has come to, for tests in which time stands still."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from support.chat import Chat
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


def at_once(coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
    """The result of something that waits for nothing; what it raises is raised."""
    return _result(Deferred.fromCoroutine(coroutine))


def done(chat: Chat, coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
    """The result of something that waits for the end of the turn; what it raises is raised."""
    begun = Deferred.fromCoroutine(coroutine)
    chat.turn()
    return _result(begun)


def _result(ended: Deferred[T]) -> T:
    results: list[T | Failure] = []
    ended.addBoth(results.append)
    [result] = results
    if isinstance(result, Failure):
        result.raiseException()
    return cast(T, result)
