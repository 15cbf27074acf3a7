"""An event on its way into the log."""

from __future__ import annotations

from dataclasses import dataclass

from twistchat.core.author import Author
from twistchat.core.events import Event, Said, Told
from twistchat.core.member import Member


@dataclass(slots=True, eq=False)
class Submission:
    """An event, and whom it concerns here."""

    event: Event
    author: Author

    member: Member | None = None
    """The author where that is somebody in the chat; None for an administrator."""

    recipient: Member | None = None
    """Who gets a private message, or is told of what happens in a room that they are not in."""

    tag: str | None = None
    """What its author's client calls the line that it came of, where that has a name."""

    beside: str | None = None
    """What stands beside it as it happens."""

    is_last: bool = True
    """Whether it is the last of what was submitted together."""

    surplus: int = 0
    """What it costs a batch beyond one line; see `twistchat.core.queue`."""


Delivered = tuple[Told, Submission | None]
"""What was committed, or is told aside, and the submission that it came of; None where that was at another server."""


def room_of_line(delivered: Delivered) -> str | None:
    """The room in which somebody said what this is; None where it is anything else, or was said from outside."""
    told, submission = delivered
    event = told.event
    return event.room if type(event) is Said and (submission is None or submission.recipient is None) else None
