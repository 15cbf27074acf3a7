"""The author of what nobody in the chat says: an administrator is no session, and is told how it went by a Deferred."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from twistchat.core.events import Entry, Event
from twistchat.errors import ChatError


class Proclamation:
    """Stands in for a session as the author of one event."""

    is_gone = False

    def __init__(self) -> None:
        self.answer: Deferred[Entry] = Deferred()
        """Fires with what was committed, once it is delivered; fails with a ChatError where it was not stored."""

    def taken_back(self, event: Event) -> None:
        """Nothing had been changed beforehand."""

    def done(self, tag: str, number: int) -> None:
        """Nothing has a tag here: whoever waits has the Deferred."""

    def not_stored(self, error: ChatError, tags: Sequence[str] = ()) -> None:
        """Tell whoever waits that nobody has seen it."""
        self.answer.errback(error)
