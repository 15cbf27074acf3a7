"""An event on its way into the log."""

from __future__ import annotations

from dataclasses import dataclass

from twistchat.core.author import Author
from twistchat.core.events import Entry, Event, Renamed
from twistchat.core.member import Member


@dataclass(slots=True, eq=False)
class Submission:
    """An event, and whom it concerns here."""

    event: Event
    author: Author

    member: Member | None = None
    """The author where that is somebody in the chat; None for an administrator."""

    recipient: Member | None = None
    """Who gets a private message."""

    tag: str | None = None
    """What its author's client calls the line that it came of, where that has a name."""

    beside: str = ""
    """What stands beside it as it happens."""

    @property
    def stored(self) -> bool:
        """Whether it goes into the log; a private message does not, nor a new name that no room is told of."""
        return self.event.stored and (bool(self.event.room) or not isinstance(self.event, Renamed))


Delivered = tuple[Entry, Submission | None]
"""What was committed, and the submission that it came of; None where that was at another server."""
