"""What the pipeline needs of whoever caused an event, and the administrator, who is no session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from twistchat.core.events import Entry, Event, Told
from twistchat.errors import ChatError


class Author(Protocol):
    """Somebody who submits events, and hears what became of them."""

    def handed_on(self) -> str | None:
        """The tag of the line that is being dealt with, if it has one; whoever takes it answers it with `done`."""
        ...

    def done(self, tag: str, told: Told) -> None:
        """Note that what a tagged line brought is committed and delivered; `told` is the last of it."""
        ...

    def taken_back(self, event: Event) -> None:
        """Undo what submitting an event had already changed, as it was not stored; the last one comes first."""
        ...

    def owed(self) -> Sequence[Event]:
        """What must go with the next batch, once all is taken back, as nobody is there to try again."""
        ...

    def not_stored(self, error: ChatError, tags: Sequence[str]) -> None:
        """Note, once all is taken back, that it was not stored.

        Args:
            error: Why.
            tags: Those of the lines that it was about.
        """
        ...


class NobodyHere:
    """The author of what somebody at another server does that is not stored: nothing of theirs is here."""

    def handed_on(self) -> None:
        """No line here brought it."""

    def done(self, _tag: str, told: Told) -> None:
        """Nobody waits."""

    def taken_back(self, event: Event) -> None:
        """Nothing had been changed."""

    def owed(self) -> Sequence[Event]:
        """Nothing."""
        return ()

    def not_stored(self, error: ChatError, tags: Sequence[str]) -> None:
        """Nobody is told: it is over by now."""


class Proclamation:
    """The author of one event that an administrator causes: how it went is told by a Deferred."""

    TAG = "proclaimed"

    def __init__(self) -> None:
        self.answer: Deferred[Entry] = Deferred()
        """Fires with what was committed, once it is delivered; fails with a ChatError where it was not stored."""

    def handed_on(self) -> str:
        """A tag, so that `done` is called."""
        return self.TAG

    def done(self, _tag: str, told: Told) -> None:
        """Tell whoever waits."""
        assert isinstance(told, Entry), "an administrator says nothing in private"
        self.answer.callback(told)

    def taken_back(self, event: Event) -> None:
        """Nothing had been changed beforehand."""

    def owed(self) -> Sequence[Event]:
        """Nothing: whoever waits is there to try again."""
        return ()

    def not_stored(self, error: ChatError, tags: Sequence[str]) -> None:
        """Tell whoever waits that nobody has seen it."""
        self.answer.errback(error)
