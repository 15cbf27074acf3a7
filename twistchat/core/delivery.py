"""From a committed batch to frames: each format renders each event once, and each member gets one frame.

Rule 1: what a member gets is in the order of the log.
Rule 2: somebody is a member from their `Joined` on and up to their `Left`, at its place in the batch.
Rule 3: all members of a group share one frame. A stream of their own, for this batch, have only: who came, went or was
    renamed in it; who ignores somebody that it has lines of; who wants no echo and is the author of a line of it; who
    is told something aside. Those who are in several of the rooms that it touches share a frame with all who are in
    the same of them.
Rule 4: in a large room coming and going waits a moment, see `twistchat.core.presence`; nothing else does.
Rule 5: what is announced to everyone reaches each person once, in whatever rooms they are; who comes later finds it in
    the past of one room, the first that has it.
Rule 6: what comes of another server moves nobody here; what happens in rooms that are not open here is told to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from twistchat.core import names
from twistchat.core.batch import RoomBatch
from twistchat.core.census import Census
from twistchat.core.events import (
    Acted,
    Aside,
    Entry,
    Invited,
    Joined,
    Left,
    PutOut,
    Renamed,
    RenamedAlone,
    Ruling,
    Said,
    Told,
)
from twistchat.core.member import Member
from twistchat.core.names import EVERYWHERE
from twistchat.core.presence import BY_NAME, PresenceSummary
from twistchat.core.replies import Past, Reply, notice
from twistchat.core.room import Group, Room
from twistchat.core.submission import Delivered, Submission

_PRESENCE = (Joined, Left)
_CAN_BE_UNWANTED = (Said, Acted)


class Delivery:
    """Delivers one committed batch."""

    def __init__(
        self,
        rooms: Mapping[str, Room],
        census: Census,
        everyone: Collection[Member],
        standing: Sequence[Told] = (),
    ) -> None:
        """Prepare a delivery.

        Args:
            rooms: The rooms that are open here.
            census: What the log says of rooms; it follows the batch.
            everyone: Everyone who is connected here, in a room or not.
            standing: Announcements that everyone who comes is shown.
        """
        self._rooms = rooms
        self._census = census
        self._everyone = everyone
        self._standing = standing
        self._batches: dict[str, RoomBatch] = {}
        self._streams: dict[Member, list[bytes]] = {}
        self._given: dict[Member, int] = {}  # up to which place those have got everything who have a stream
        self._place = 0  # of what is told next

    def deliver(self, batch: Iterable[Delivered]) -> None:
        """Hand every member what the batch brings them; the batch is in the order of the log."""
        for told, submission in batch:
            self._take(told, submission)
        self._send()

    def tell_presence(self, room: Room) -> None:
        """Tell the members of a large room who came and left since they were last told."""
        self._tell_all_presence(self._batch(room.name))
        self._send()
        room.presence.all_told()

    # --- sending

    def _send(self) -> None:
        for member in [*self._streams]:
            self._single_out(member)
        apart = self._given.keys() | self._send_over_rooms()
        for batch in self._batches.values():
            for format, members in list(batch.room.groups.items()):
                pieces = _seen(batch.pieces(format))
                if pieces:
                    frame = format.frame(pieces)
                    for send in _others(members, apart):
                        send(frame)
        for member, stream in self._streams.items():
            pieces = _seen(stream)
            if pieces:
                member.send(pieces)

    def _send_over_rooms(self) -> set[Member]:
        """Send to those who are in several rooms of the batch; return who they are."""
        batches = [batch for batch in self._batches.values() if batch]
        if len(batches) < 2:
            return set()
        classes: dict[tuple[int, ...], list[Member]] = {}
        sent: set[Member] = set()
        largest = max(batches, key=lambda batch: len(batch.room))
        for room in (batch.room for batch in batches if batch is not largest):
            for member in room:
                if member not in sent and member not in self._given:
                    groups = [id(b.room.group_of(member)) for b in batches if member in b.room]
                    if len(groups) > 1:
                        classes.setdefault(tuple(groups), []).append(member)
                        sent.add(member)
        for members in classes.values():
            self._send_together(members, [batch for batch in batches if members[0] in batch.room])
        return sent

    def _send_together(self, members: list[Member], batches: list[RoomBatch]) -> None:
        formats = [members[0].format_in(batch.room.name) for batch in batches]
        placed = [batch.placed(format) for batch, format in zip(batches, formats, strict=True)]
        pieces = _seen(_merged(placed))
        if pieces:
            frame = formats[0].frame(pieces)
            for member in members:
                member.client.send(frame)

    def _single_out(self, member: Member) -> list[bytes]:
        """Give somebody a stream of their own for this batch; it has what they were to get so far."""
        stream = self._streams.setdefault(member, [])
        since = self._given.get(member, 0)
        batches = [self._batches[name] for name in member.rooms if name in self._batches]
        stream.extend(_merged([batch.since(member, since) for batch in batches]))
        self._given[member] = self._place
        return stream

    # --- what happens

    def _take(self, told: Told, submission: Submission | None) -> None:
        if told.number is None:
            assert submission is not None, "what is not stored comes of here"
            self._take_private(told, submission)
            return
        self._census.take(told)
        room = told.event.room
        if room is EVERYWHERE:
            self._announce(told)
            return
        batch = self._batches.get(room)
        if batch is None and room in self._rooms:
            batch = self._batch(room)
        if batch is not None:
            self._happen(batch, told, None if submission is None else submission.member)
        if isinstance(told.event, Invited):
            self._invite(told, submission)

    def _happen(self, batch: RoomBatch, entry: Entry, author: Member | None) -> None:
        event, presence = entry.event, batch.room.presence
        if not event.past:
            if isinstance(event, Ruling) and not event.is_told:
                return
            if author is not None:
                self._move(batch, entry, author)
        if not isinstance(event, _PRESENCE):
            if presence:
                self._tell_first(batch, event.name)
        elif batch.room.is_large:
            presence.hold(entry)
            return
        elif presence:  # it was large until now
            self._tell_all_presence(batch)
        self._tell_room(batch, entry, author)

    def _tell_room(self, batch: RoomBatch, entry: Entry, author: Member | None) -> None:
        place = self._place
        self._place += 1
        is_unwanted = batch.room.wary or (author is not None and not author.preferences.echo)
        if not is_unwanted or not isinstance(entry.event, _CAN_BE_UNWANTED):
            batch.tell(entry, place)
            return
        deaf = self._deaf(batch.room, entry, author)
        for member in deaf:
            self._single_out(member)
        batch.tell(entry, place)
        for member in deaf:
            self._given[member] = self._place

    def _deaf(self, room: Room, entry: Entry, author: Member | None) -> list[Member]:
        """Who does not want to hear something."""
        deaf = [m for m in room.wary if m is not author and not m.preferences.wants(entry.event, is_own=False)]
        if author is not None and not author.preferences.echo and author in room:
            deaf.append(author)
        return deaf

    def _announce(self, entry: Entry) -> None:
        batches = [self._batch(name) for name in self._rooms]
        for batch in batches:
            self._tell_first(batch, None)
        place = self._next_place()
        for batch in batches:
            batch.tell(entry, place)
        for member in self._everyone:
            if member.is_welcome and not member.rooms:
                self._single_out(member).append(member.preferences.format.event(entry))

    def _take_private(self, aside: Aside, submission: Submission) -> None:
        event, author, recipient = aside.event, submission.member, submission.recipient
        assert author is not None, "an administrator says nothing in private"
        if isinstance(event, RenamedAlone):
            self._rename(author, event)
        if recipient is not None:
            recipient.heard_from(author)
        for member in {author: None, recipient: None}:
            if member is not None and member.preferences.wants(event, author is member):
                self._single_out(member).append(member.preferences.format.event(aside))

    def _invite(self, entry: Entry, submission: Submission | None) -> None:
        """Tell the guest, who is not in the room, wherever the invitation came from."""
        event = entry.event
        assert isinstance(event, Invited)
        guest = self._called(event.recipient) if submission is None else submission.recipient
        if guest is None or event.room in guest.rooms:
            return
        if event.room in self._rooms:
            self._rooms[event.room].invite(guest)
        self._single_out(guest).append(guest.preferences.format.event(entry))

    def _called(self, name: str) -> Member | None:
        key = names.key(name)
        return next((each for each in self._everyone if each.is_welcome and names.key(each.shown_name) == key), None)

    # --- coming, going, changing names

    def _move(self, batch: RoomBatch, entry: Entry, author: Member) -> None:
        event = entry.event
        if isinstance(event, Joined):
            self._join(batch, entry, author)
        elif isinstance(event, Left):
            self._leave(batch, event, author)
        elif isinstance(event, Renamed):
            self._rename(author, event)

    def _rename(self, author: Member, event: Renamed | RenamedAlone) -> None:
        author.renamed(event)
        for member in self._everyone:
            member.preferences.heard_of(event)

    def _join(self, batch: RoomBatch, entry: Entry, member: Member) -> None:
        room = batch.room
        if not member.expects(room.name):  # gone again before the batch was committed
            return
        self._single_out(member)  # what the room has so far came before them
        is_first = member.arrived(room.name)
        if is_first:
            member.announcements.came(entry.number)
            self._tell(member, member.welcome)
        if not member.preferences.comes_quietly:
            self._show_past(member, room, is_first)
        if room.is_large:  # the others hear of it later
            room.presence.came(member, entry)
            self._single_out(member).append(member.format_in(room.name).event(entry))

    def _show_past(self, member: Member, room: Room, is_first: bool) -> None:
        if is_first:
            self._show_standing(member, room)
        if room.record.topic:
            self._tell(member, notice("topic", "Topic of {room}: {topic}", room=room.name, topic=room.record.topic))
        past = member.preferences.recent(filter(member.announcements.has_to_see, room.record.latest))
        if past:
            self._tell(member, Past(room.name, past))

    def _show_standing(self, member: Member, room: Room) -> None:
        latest = {entry.number for entry in room.record.latest}
        later = (told for told in self._standing if told.number not in latest)
        standing = tuple(filter(member.announcements.has_to_see, later))
        if standing:
            self._tell(member, Past(room.name, standing))

    def _leave(self, batch: RoomBatch, event: Left, member: Member) -> None:
        room = batch.room
        if member not in room:
            return
        format = member.format_in(room.name)
        part = room.presence.left(member, format.folds_presence)
        self._single_out(member).extend(map(format.event, part))
        room.remove(member)
        member.departed(room.name)
        self._tell(member, _farewell(event))

    # --- coming and going in large rooms

    def _tell_first(self, batch: RoomBatch, name: str | None) -> None:
        """Announce somebody before what they do; and tell programs everything, as theirs is the log's order."""
        for folds in (True, False):
            self._tell_held(batch, batch.room.presence.first_for(folds, name), folds)

    def _tell_all_presence(self, batch: RoomBatch) -> None:
        for folds in (True, False):
            self._tell_held(batch, batch.room.presence.all_for(folds), folds)

    def _tell_held(self, batch: RoomBatch, entries: Sequence[Entry], folds: bool) -> None:
        if not entries:
            return
        self._single_out_newcomers(batch)
        if folds and len(entries) > BY_NAME:
            self._tell_count(batch, PresenceSummary(batch.room.name, entries))
            return
        for entry in entries:
            batch.add(folds, entry, self._next_place())

    def _single_out_newcomers(self, batch: RoomBatch) -> None:
        """Those who came since the room was last told are told less; those of this batch are apart already."""
        if not batch.newcomers_are_apart:
            batch.newcomers_are_apart = True
            for member in batch.room.presence.newcomers:
                self._single_out(member)

    def _tell_count(self, batch: RoomBatch, summary: PresenceSummary) -> None:
        """Tell people how many came and left; newcomers, how many since."""
        room, newcomers = batch.room, batch.room.presence.newcomers
        people = [m for m in newcomers if m in room and m.preferences.format.folds_presence]
        for member in people:
            since = summary.after(newcomers[member])
            self._single_out(member).extend(map(member.format_in(room.name).event, since))
        for entry in summary.after(0):
            batch.add(True, entry, self._next_place())
        for member in people:
            self._given[member] = self._place

    # --- in small

    def _batch(self, name: str) -> RoomBatch:
        batch = self._batches.get(name)
        if batch is None:
            batch = self._batches[name] = RoomBatch(self._rooms[name])
        return batch

    def _next_place(self) -> int:
        self._place += 1
        return self._place - 1

    def _tell(self, member: Member, reply: Reply) -> None:
        self._single_out(member).extend(member.preferences.format.reply(reply))


def _farewell(event: Left) -> Reply:
    """What somebody is told who is in a room no more."""
    if isinstance(event, PutOut):
        sentence = "{by} put you out of {room}. Reason: {reason}"
        return notice("left", sentence, room=event.room, by=event.by, reason=event.reason or "-")
    return notice("left", "You left {room}.", room=event.room)


def _seen(pieces: list[bytes]) -> list[bytes]:
    """Pieces without those that are empty, as a format may have nothing for an event."""
    return [piece for piece in pieces if piece] if b"" in pieces else pieces


def _others(members: Group, apart: AbstractSet[Member]) -> Iterable[Callable[[Any], None]]:
    """What sends to those of a group who are not apart; not the group's own, as whoever is let go leaves it."""
    if len(apart) > len(members):
        return [send for member, send in members.items() if member not in apart]
    others = members.copy()
    for member in apart:
        others.pop(member, None)
    return others.values()


def _merged(placed: Sequence[Iterable[tuple[int, bytes]]]) -> list[bytes]:
    """Pieces of several rooms in the order of their places; what has the same place is the same announcement."""
    if len(placed) == 1:
        return [piece for _, piece in placed[0]]
    by_place: dict[int, bytes] = {}
    for each in placed:
        for place, piece in each:
            by_place.setdefault(place, piece)
    return [by_place[place] for place in sorted(by_place)]
