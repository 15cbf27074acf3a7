"""What delivery needs of somebody who is connected here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from twistchat.core import names
from twistchat.core.announcements import ShownAnnouncements
from twistchat.core.events import Renamed, RenamedAlone
from twistchat.core.identity import Identity
from twistchat.core.ports import Client, Format
from twistchat.core.preferences import Preferences
from twistchat.core.replies import Reply


class Member(Protocol):
    """Somebody who can be in rooms, and is sent what happens there."""

    preferences: Preferences
    announcements: ShownAnnouncements
    away: str | None
    """Why they are away; None where they are not."""

    @property
    def client(self) -> Client[Any]:
        """The far end of their connection."""
        ...

    @property
    def shown_name(self) -> str:
        """The name that they go by now."""
        ...

    @property
    def identity(self) -> Identity:
        """By what they can be known when they come again."""
        ...

    @property
    def is_gone(self) -> bool:
        """Whether their connection has ended."""
        ...

    @property
    def is_welcome(self) -> bool:
        """Whether they have been let in; a name alone is not that yet."""
        ...

    @property
    def welcome(self) -> Reply:
        """What they are told when they are let in."""
        ...

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms that they are in."""
        ...

    def format_in(self, room: str) -> Format[Any]:
        """How they see events of a room."""
        ...

    def send(self, pieces: Sequence[bytes]) -> None:
        """Send rendered pieces as one frame."""
        ...

    def expects(self, room: str) -> bool:
        """Whether they are still on their way into a room."""
        ...

    def arrived(self, room: str) -> bool:
        """Note that they are a member of a room now; true for the first one."""
        ...

    def departed(self, room: str) -> None:
        """Note that they are no member any more."""
        ...

    def renamed(self, event: Renamed | RenamedAlone) -> None:
        """Note that a new name of theirs is committed."""
        ...

    def heard_from(self, author: Member) -> None:
        """Note that a private message was delivered to them."""
        ...


def called(members: Iterable[Member], name: str) -> Member | None:
    """Of some people the one who goes by a name; None where nobody does."""
    key = names.key(name)
    return next((each for each in members if each.is_welcome and names.key(each.shown_name) == key), None)
