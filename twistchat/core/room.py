"""A room as far as people are connected here: its members, grouped by what they can share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred

from twistchat.core.census import RoomRecord
from twistchat.core.events import Ruling
from twistchat.core.member import Member
from twistchat.core.portrait import RoomPortrait
from twistchat.core.ports import Format
from twistchat.core.presence import LARGE, Presence
from twistchat.core.terms import Terms

MOST_GUESTS = 100
"""People who were invited lately, of one room."""

Guests = dict[Member, None]
"""People who were invited, the first ones first."""

Group = dict[Member, Callable[[Any], None]]
"""Members of one format in the order of their coming, and what sends each of them a frame."""


def with_guest(guests: Guests, member: Member) -> Guests:
    """Guests and one more, without those who are gone; of too many the first one is forgotten."""
    noted = {guest: None for guest in (*guests, member) if not guest.is_gone}
    if len(noted) > MOST_GUESTS:
        del noted[next(iter(noted))]
    return noted


def portrait_of(record: RoomRecord, members: Sequence[int], guests: Guests, numbers: Mapping[Any, int]) -> RoomPortrait:
    """What another process needs to go on with a room.

    Args:
        record: What the log says of it.
        members: The numbers of those here who are in it.
        guests: Those here who were invited.
        numbers: Of all who are connected.
    """
    return RoomPortrait(
        record.name,
        members,
        [*record.people.values()],
        record.since,
        record.latest_line,
        [*record.terms.operators.values()],
        [*record.terms.voiced.values()],
        [numbers[guest] for guest in guests if not guest.is_gone],
    )


class Room:
    """A room's members. It changes only when a committed batch is delivered, or when somebody here is gone.

    A member is in exactly one group, with all who see the room's events in the same format.
    """

    def __init__(self, record: RoomRecord) -> None:
        """Open a room.

        Args:
            record: What the log says of it.
        """
        self.name = record.name
        self.record = record
        self.groups: dict[Format[Any], Group] = {}
        self.guests: Guests = {}
        """Who was invited into it lately, and may come in as long as it is open here."""
        self.ruled: Deferred[None] | None = None
        """Fires when what was decided last on who may come in is in the log, or was refused."""
        self._terms_to_be = record.terms
        self.presence = Presence()
        """What its members will be told of coming and going."""
        self.expected = 0
        """People on their way in, for whom the room must stay open."""
        self._group_of: dict[Member, Group] = {}

    def __len__(self) -> int:
        return len(self._group_of)

    def __contains__(self, member: Member) -> bool:
        return member in self._group_of

    def __iter__(self) -> Iterator[Member]:
        return iter(self._group_of)

    @property
    def is_ruled(self) -> bool:
        """Whether something that was decided on its terms is on its way into the log."""
        return self.ruled is not None and not self.ruled.called

    @property
    def terms_to_be(self) -> Terms:
        """What people are in it on once what was decided is in the log; what is said now stands behind that."""
        is_ahead = self.is_ruled and self._terms_to_be.taken > self.record.terms.taken
        return self._terms_to_be if is_ahead else self.record.terms

    def decided(self, rulings: Sequence[Ruling], drained: Deferred[None]) -> None:
        """Note what was decided on it and is on its way into the log; nothing else is by now.

        Args:
            rulings: In their order.
            drained: Fires when they are there, or were refused.
        """
        self.ruled, self._terms_to_be = drained, self.record.terms.preview(*rulings)

    @property
    def is_large(self) -> bool:
        """Whether its coming and going is held back."""
        return len(self.record.people) > LARGE

    def group_of(self, member: Member) -> Group:
        """The group that a member shares frames with."""
        return self._group_of[member]

    def add(self, member: Member) -> None:
        """Make somebody a member, or place them again after a preference of theirs changed."""
        format = member.format_in(self.name)
        if member not in self or self._group_of[member] is not self.groups.get(format):
            self._unplace(member)
            group = self._group_of[member] = self.groups.setdefault(format, {})
            group[member] = member.client.send

    def portrait(self, numbers: Mapping[Any, int]) -> RoomPortrait:
        """What another process needs to go on, beside what the log has; all that was held back is told.

        Args:
            numbers: Of all who are connected.
        """
        return portrait_of(self.record, [numbers[member] for member in self], self.guests, numbers)

    def revive(self, portrait: RoomPortrait, everyone: Sequence[Member]) -> None:
        """Be where a portrait was made, of this room, which was opened for that."""
        self.record.revive(portrait)
        self.guests = dict.fromkeys(everyone[number] for number in portrait.guests)
        for number in portrait.members:
            self.add(everyone[number])

    def invite(self, member: Member) -> None:
        """Let somebody come in, closed as it may be; of too many guests the first ones are forgotten."""
        self.guests = with_guest(self.guests, member)

    def counts(self, drained: Callable[[], Deferred[None]]) -> None:
        """Where so many may be in it, let nobody else come in until who comes now is in the log, as each counts.

        Args:
            drained: Gives what fires once they are.
        """
        if self.record.terms.limit is not None:
            self.decided((), drained())

    def remove(self, member: Member) -> None:
        """Take a member out; nothing happens for somebody who is none."""
        self._unplace(member)
        self._group_of.pop(member, None)

    def _unplace(self, member: Member) -> None:
        group = self._group_of.get(member)
        if group is None:
            return
        del group[member]
        if not group:
            self.groups = {format: members for format, members in self.groups.items() if members}
