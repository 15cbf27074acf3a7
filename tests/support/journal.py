"""The core's Journal port, served by a list; and fixtures: one, and what administrators do by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.chat import Chat
from twisted.internet.defer import Deferred, fail, succeed

from twistchat.core.bans import Act
from twistchat.core.moderation import Moderation
from twistchat.errors import NoSuchAct, NotRecorded


class ListJournal:
    """Keeps acts as long as the test has it; a second Moderation over it is a restart."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.kept: list[Act] = []
        self.is_full = False
        """Whether it refuses to keep more."""

    def acts(self) -> list[Act]:
        return list(self.kept)

    def record(self, act: Act) -> Deferred[Act]:
        if self.is_full:
            return fail(NotRecorded("the disk is full"))
        self.kept.append(replace(act, number=len(self.kept) + 1, time=self._now()))
        return succeed(self.kept[-1])

    def find(self, number: int) -> Act:
        if not 1 <= number <= len(self.kept):
            raise NoSuchAct(number)
        return self.kept[number - 1]


@pytest.fixture
def journal(chat: Chat) -> ListJournal:
    """What administrators of the chat have done."""
    return ListJournal(chat.clock.seconds)


@pytest.fixture
def mod(chat: Chat, journal: ListJournal) -> Moderation:
    """What they can do there."""
    return Moderation(chat.hub, journal)
