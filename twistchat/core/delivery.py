"""From a committed batch to frames: each format renders each event once, and each member gets one frame.

Rule 1: what a member gets is in the order of the log.
Rule 2: somebody is a member from their `Joined` on and up to their `Left`, at its place in the batch.
Rule 3: all members of a group share one frame; who ignores somebody or wants no echo is sent it without what they do
    not hear. A stream of their own, for this batch, have only: who came, went or was renamed in it; who is told
    something aside; who is in several of its rooms and does not hear all. Others in several share with their like.
Rule 4: in a large room coming and going waits a moment, see `twistchat.core.presence`; nothing else does.
Rule 5: what is announced to everyone reaches each person once, in whatever rooms they are; who comes later finds it in
    the past of one room, the first that has it.
Rule 6: lines in a row that a whole room is told go their way together, as nearly all that happens is such lines.
Rule 7: what comes of another server moves nobody here; what happens in rooms that are not open here is told to nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, takewhile

from twistchat.core.batch import RoomBatch
from twistchat.core.census import Census
from twistchat.core.events import (
    Acted,
    Aside,
    Entry,
    Invited,
    Joined,
    Left,
    Noticed,
    Renamed,
    RenamedAlone,
    Ruling,
    Said,
    Signal,
    Told,
    Whispered,
)
from twistchat.core.ignoring import Ignoring
from twistchat.core.member import Member, called
from twistchat.core.merging import merged, others, seen
from twistchat.core.modes import Barred
from twistchat.core.names import EVERYWHERE
from twistchat.core.overlapping import in_several
from twistchat.core.presence import BY_NAME, PresenceSummary
from twistchat.core.replies import Past, Reply, farewell
from twistchat.core.room import Room
from twistchat.core.rooms import Rooms
from twistchat.core.showing import shown_of, standing_for
from twistchat.core.submission import Delivered, Submission, room_of_line

_PRESENCE = (Joined, Left)
_CAN_BE_UNWANTED = (Said, Acted, Noticed, Signal)


class Delivery:
    """Delivers one committed batch."""

    def __init__(
        self,
        rooms: Rooms,
        census: Census,
        everyone: Collection[Member],
        ignoring: Ignoring[Member],
        standing: Sequence[Told] = (),
    ) -> None:
        """Prepare a delivery.

        Args:
            rooms: The rooms that are open here.
            census: What the log says of rooms; it follows the batch.
            everyone: Everyone who is connected here, in a room or not.
            ignoring: Who ignores whom.
            standing: Announcements that everyone who comes is shown.
        """
        self._rooms = rooms
        self._census = census
        self._everyone = everyone
        self._ignoring = ignoring
        self._ignored = ignoring.by_key
        self._standing = standing
        self._batches: dict[str, RoomBatch] = {}
        self._streams: dict[Member, list[bytes]] = {}
        self._given: dict[Member, int] = {}  # up to which place those have got everything who have a stream
        self._unheard: defaultdict[Member, set[int]] = defaultdict(set)  # places of what they do not want to hear
        self._place = 0  # of what is told next

    def deliver(self, batch: Iterable[Delivered]) -> None:
        """Hand every member what the batch brings them; the batch is in the order of the log."""
        for room, some in groupby(batch, room_of_line):
            if room is not None and self._hears_all(room):
                self._tell_lines(room, [*some])
            else:
                for told, submission in some:
                    self._take(told, submission)
        self._send()

    # --- sending

    def _send(self) -> None:
        for member in [*self._streams]:
            self._single_out(member)
        for member, places in self._unheard.items():
            if member not in self._streams:
                self._send_all_but(member, places)
        apart = self._given.keys() | self._send_over_rooms()
        for batch in self._batches.values():
            for format, members in list(batch.room.groups.items()):
                frame = batch.frame(format)
                for send in others(members, apart) if frame is not None else ():
                    send(frame)
        for member, stream in self._streams.items():
            pieces = seen(stream)
            if pieces:
                member.send(pieces)

    def _send_all_but(self, member: Member, places: Collection[int]) -> None:
        """Send to somebody whose only difference from others is what they do not want to hear."""
        batches = [batch for name in member.rooms if (batch := self._batches.get(name))]
        if len(batches) != 1 or batches[0].room.presence.since(member):
            self._single_out(member)
            return
        self._given[member] = self._place
        frame = batches[0].frame_without(member.format_in(batches[0].room.name), places)
        if frame is not None:
            member.client.send(frame)

    def _send_over_rooms(self) -> set[Member]:
        """Send to those who are in several rooms of the batch; return who they are."""
        batches = [batch for batch in self._batches.values() if batch]
        if len(batches) < 2:
            return set()
        sent: set[Member] = set()
        for members in in_several(batches, self._given):
            self._send_together(members, [batch for batch in batches if members[0] in batch.room])
            sent.update(members)
        return sent

    def _send_together(self, members: list[Member], batches: list[RoomBatch]) -> None:
        formats = [members[0].format_in(batch.room.name) for batch in batches]
        placed = [batch.placed(format) for batch, format in zip(batches, formats, strict=True)]
        pieces = seen(merged(placed))
        if pieces:
            frame = formats[0].frame(pieces)
            for member in members:
                member.client.send(frame)

    def _single_out(self, member: Member) -> list[bytes]:
        """Give somebody a stream of their own for this batch; it has what they were to get so far."""
        stream, since = self._streams.setdefault(member, []), self._given.get(member, 0)
        if since < self._place:
            batches = [self._batches[name] for name in member.rooms if name in self._batches]
            stream.extend(merged([batch.since(member, since) for batch in batches], self._unheard.get(member, ())))
        self._given[member] = self._place
        return stream

    # --- what happens

    def _hears_all(self, name: str) -> bool:
        """Whether what is said in a room now is told to all its members as it is, and nothing has to be told before."""
        room = self._rooms.get(name)
        return room is not None and not room.presence and not self._ignored

    def _tell_lines(self, name: str, some: Sequence[Delivered]) -> None:
        batch, lines = self._batch(name), [told for told, _ in some if told.number is not None]
        batch.room.record.heard(lines)
        batch.tell_lines(lines, self._place)
        for place, (_, submission) in enumerate(some, self._place):
            if (author := submission and submission.member) and not author.preferences.echo:
                self._unheard[author].add(place)
        self._place += len(lines)

    def _take(self, told: Told, submission: Submission | None) -> None:
        if told.number is None:
            return self._take_aside(told, submission)
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
        elif isinstance(told.event, Barred):
            self._rooms.keep_out(told.event)
        elif submission is not None and submission.recipient is not None:
            self._tell_speaker(told, submission.recipient)

    def _happen(self, batch: RoomBatch, entry: Entry, author: Member | None) -> None:
        event, presence = entry.event, batch.room.presence
        if not event.past:
            if isinstance(event, Ruling) and not event.is_told:
                return
            if author is not None:
                self._move(batch, entry, author)
            elif isinstance(event, Renamed):
                self._ignoring.renamed(event)
        if not isinstance(event, _PRESENCE):
            if presence:
                self._tell_first(batch, event.name)
        elif batch.room.is_large:
            presence.hold(entry)
            return
        elif presence:  # it was large until now
            self._tell_all_presence(batch)
        self._tell_room(batch, entry, author)
        if isinstance(event, Joined) and author is not None and author in batch.room:
            self._show_room(author, batch.room, comes_first=True)

    def _tell_room(self, batch: RoomBatch, told: Told, author: Member | None) -> None:
        place = self._place
        self._place += 1
        is_signal = isinstance(told.event, Signal)
        is_unwanted = self._ignored or (author is not None and (is_signal or not author.preferences.echo))
        if is_unwanted and isinstance(told.event, _CAN_BE_UNWANTED):
            for member in self._deaf(batch.room, told, author):
                self._unheard[member].add(place)
        batch.tell(told, place)

    def _deaf(self, room: Room, told: Told, author: Member | None) -> Sequence[Member]:
        """Who does not want to hear something."""
        ignoring = self._ignoring.of(told.event.name)
        deaf = [member for member in ignoring if member is not author and member in room] if ignoring else []
        if author is not None and author in room and not author.preferences.wants(told.event, is_own=True):
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

    def _take_aside(self, aside: Aside, submission: Submission | None) -> None:
        assert submission is not None, "what is not stored comes of here"
        room = aside.event.room
        if room is None:
            self._take_private(aside, submission)
            return
        assert isinstance(room, str), "nothing but announcements is said everywhere"
        batch = self._batch(room)
        if batch.room.presence:
            self._tell_first(batch, aside.event.name)
        self._tell_room(batch, aside, submission.member)

    def _take_private(self, aside: Aside, submission: Submission) -> None:
        event, author, recipient = aside.event, submission.member, submission.recipient
        assert author is not None, "an administrator says nothing in private"
        if isinstance(event, RenamedAlone):
            self._rename(author, event)
        if recipient is not None and isinstance(event, Whispered):
            recipient.heard_from(author)
        for member, is_own in ((author, True), (recipient, False)):
            if member is not None and member.preferences.wants(event, is_own):
                self._single_out(member).append(member.preferences.format.event(aside))

    def _invite(self, entry: Entry, submission: Submission | None) -> None:
        """Tell the guest, who is not in the room, wherever the invitation came from."""
        event = entry.event
        assert isinstance(event, Invited)
        guest = called(self._everyone, event.recipient) if submission is None else submission.recipient
        if guest is None or event.room in guest.rooms:
            return
        self._rooms.invite(event.room, guest)
        self._single_out(guest).append(guest.preferences.format.event(entry))

    def _tell_speaker(self, entry: Entry, author: Member) -> None:
        """Tell somebody what they said in a room that they are not in."""
        if author.preferences.wants(entry.event, is_own=True):
            self._single_out(author).append(author.preferences.labelled.event(entry))

    # --- coming, going, changing names

    def _move(self, batch: RoomBatch, entry: Entry, author: Member) -> None:
        event = entry.event
        if isinstance(event, Joined):
            self._join(batch, entry, author)
        elif isinstance(event, Left):
            self._leave(batch, entry, event, author)
        elif isinstance(event, Renamed):
            self._rename(author, event)

    def _rename(self, author: Member, event: Renamed | RenamedAlone) -> None:
        author.renamed(event)
        self._ignoring.renamed(event)

    def _join(self, batch: RoomBatch, entry: Entry, member: Member) -> None:
        room = batch.room
        if not member.expects(room.name):  # gone again before the batch was committed
            return
        self._single_out(member)  # what the room has so far came before them
        is_first = member.arrived(room.name)
        if is_first:
            member.announcements.came(entry.number)
            self._tell(member, member.welcome)
        if is_first and (standing := standing_for(member, room, self._standing)):
            self._tell(member, Past(room.name, standing))
        self._show_room(member, room, comes_first=False)
        if room.is_large:  # the others hear of it later
            room.presence.came(member, entry)
            self._single_out(member).append(member.format_in(room.name).event(entry))
            self._show_room(member, room, comes_first=True)

    def _show_room(self, member: Member, room: Room, comes_first: bool) -> None:
        """Show what a room is to somebody who comes, before they see themselves come or behind that."""
        if member.preferences.format.comes_first is comes_first:
            for reply in shown_of(room, member, comes_first):
                self._tell(member, reply)

    def _leave(self, batch: RoomBatch, entry: Entry, event: Left, member: Member) -> None:
        room = batch.room
        if member not in room:
            return
        format = member.format_in(room.name)
        part = room.presence.left(member, format.folds_presence)
        self._single_out(member).extend(map(format.event, part))
        room.remove(member)
        member.departed(room.name)
        if format.comes_first:
            self._single_out(member).append(format.event(entry))
        else:
            self._tell(member, farewell(event))

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
        self._single_out_newcomers(batch, folds, entries[0].number)
        if folds and len(entries) > BY_NAME:
            self._tell_count(batch, PresenceSummary(batch.room.name, entries))
            return
        for entry in entries:
            batch.add(folds, entry, self._next_place())

    def _single_out_newcomers(self, batch: RoomBatch, folds: bool, number: int) -> None:
        """Who knows what is told from a number on is told less; those who came in this batch are apart already."""
        if number >= batch.apart_from[folds]:
            return
        batch.apart_from[folds] = number
        newcomers, name = batch.room.presence.newcomers, batch.room.name
        for member in takewhile(lambda each: newcomers[each] >= number, reversed(newcomers)):
            if member.format_in(name).folds_presence is folds:
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
