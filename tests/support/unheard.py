"""Deferreds that have failed, and whose failure nobody has taken yet: each reports it once it is collected."""

from __future__ import annotations

from weakref import WeakSet

from twisted.internet import defer


class Noted(defer.DebugInfo):
    """What a Deferred keeps beside it from its first failure on, and can be asked for."""

    def __init__(self) -> None:
        _noted.add(self)


_noted: WeakSet[Noted] = WeakSet()


def note_failures() -> None:
    """Have every Deferred be noted that fails from now on."""
    defer.DebugInfo = Noted  # type: ignore[misc]


def is_any() -> bool:
    """Whether there is one by now, be it garbage or not."""
    return any(info.failResult is not None for info in _noted)
