"""A room: who is in it, grouped by what they can share, and its latest lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from twistchat.core.events import Entry, TopicSet
from twistchat.core.ports import Format
from twistchat.core.presence import LARGE, Presence

if TYPE_CHECKING:
    from twistchat.core.session import Session

Group = dict["Session", Callable[[Any], None]]
"""Members in the order of their coming, and what sends each of them a frame."""


class Room:
    """A room's members, topic and latest lines. It changes only when a committed batch is delivered.

    A member is in exactly one place: in the group of all that get the same frames, or alone, when theirs differ
    (they ignore somebody, want no echo, or are in several rooms, whose lines must stay in the log's order).
    """

    def __init__(self, name: str, latest: Iterable[Entry], keep: int) -> None:
        """Open a room.

        Args:
            name: Its checked name.
            latest: What was said last, oldest first.
            keep: How many lines to keep for those who come.
        """
        self.name = name
        self.topic = ""
        self.latest: deque[Entry] = deque(maxlen=keep)
        self.groups: dict[Format[Any], Group] = {}
        self.alone: Group = {}
        self.presence = Presence()
        """What its members will be told of coming and going."""
        self.expected = 0
        """People on their way in, for whom the room must stay open."""
        self._places: dict[Session, Group] = {}
        for entry in latest:
            self.note(entry)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, session: Session) -> bool:
        return session in self._places

    def __iter__(self) -> Iterator[Session]:
        return iter(self._places)

    @property
    def is_large(self) -> bool:
        """Whether its coming and going is held back."""
        return len(self._places) > LARGE

    def add(self, session: Session) -> None:
        """Make somebody a member, or place them again after a preference of theirs changed."""
        self._unplace(session)
        group = self.alone if session.differs else self.groups.setdefault(session.format_in(self), {})
        group[session] = session.client.send
        self._places[session] = group

    def remove(self, session: Session) -> None:
        """Take a member out; nothing happens for somebody who is none."""
        self._unplace(session)
        self._places.pop(session, None)

    def note(self, entry: Entry) -> None:
        """Remember a committed event as far as those who come later need it."""
        if isinstance(entry.event, TopicSet):
            self.topic = entry.event.topic
        if entry.event.past:
            self.latest.append(entry)

    def _unplace(self, session: Session) -> None:
        group = self._places.get(session)
        if group is None:
            return
        del group[session]
        if not group and group is not self.alone:
            self.groups = {format: members for format, members in self.groups.items() if members}
