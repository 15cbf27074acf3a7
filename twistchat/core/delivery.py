"""From a committed batch to frames: each format renders each event once, and each member gets one frame.

Rule 1: what a member gets is in the order of the log.
Rule 2: somebody is a member from their `Joined` on and up to their `Left`, at its place in the batch.
Rule 3: all members of a group share one frame; those whose part of the batch differs get a stream of their own.
Rule 4: in a large room coming and going waits a moment, see `twistchat.core.presence`; nothing else does.
Rule 5: what is announced to everyone reaches each person once, in whatever rooms they are, and is in every room's past.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from twistchat.core.events import Entry, Event, Joined, Left, Renamed
from twistchat.core.presence import BY_NAME, Told
from twistchat.core.proclamation import Proclamation
from twistchat.core.replies import Past, Reply, Welcome, notice
from twistchat.core.room import Room
from twistchat.core.turn import Turn

if TYPE_CHECKING:
    from twistchat.core.session import Session


_PRESENCE = (Joined, Left)
_MOVES = (Joined, Left, Renamed)

Author: TypeAlias = "Session | Proclamation"


@dataclass(slots=True, eq=False)
class Submission:
    """An event on its way into the log."""

    event: Event
    author: Author
    recipient: Session | None = None
    """Who gets a private message."""

    tag: str = ""
    """What its author's client calls the line that it came of."""

    @property
    def stored(self) -> bool:
        """Whether it goes into the log; a private message does not, nor a new name that no room is told of."""
        return self.event.stored and (bool(self.event.room) or not isinstance(self.event, Renamed))


class Delivery:
    """Delivers one committed batch."""

    def __init__(self, rooms: dict[str, Room], sessions: Iterable[Session], standing: Sequence[Entry] = ()) -> None:
        """Prepare a delivery.

        Args:
            rooms: The open rooms.
            sessions: Everyone, in a room or not.
            standing: Announcements that everyone who comes is shown.
        """
        self._rooms = rooms
        self._sessions = sessions
        self._standing = standing
        self._turns: dict[str, Turn] = {}
        self._streams: dict[Session, list[bytes]] = {}

    def deliver(self, batch: Iterable[tuple[Submission, Entry]]) -> None:
        """Hand every member what the batch brings them; the batch is in the order of the log."""
        for submission, entry in batch:
            self._take(submission, entry)
        self._send()

    def tell_presence(self, room: Room) -> None:
        """Tell the members of a large room who came and left since they were last told."""
        self._tell_all_presence(self._turn(room.name))
        self._send()
        room.presence.all_told()

    def _send(self) -> None:
        for session in self._streams:
            self._single_out(session)
        for turn in self._turns.values():
            for format, members in list(turn.room.groups.items()):
                pieces = turn.pieces(format)
                if pieces:
                    frame = format.frame(pieces)
                    for send in turn.others(members):
                        send(frame)
        for session, stream in self._streams.items():
            if stream:
                session.send(stream)

    def _take(self, submission: Submission, entry: Entry) -> None:
        if not entry.number:
            self._take_private(submission, entry)
        elif entry.event.room:
            self._happen(self._turn(entry.event.room), entry, submission.author)
        else:
            self._announce(entry)

    def _happen(self, turn: Turn, entry: Entry, author: Author) -> None:
        event, presence = entry.event, turn.room.presence
        if isinstance(event, _MOVES) and not isinstance(author, Proclamation):
            self._move(turn, entry, author)
        if isinstance(event, _PRESENCE):
            if turn.room.is_large:
                presence.hold(entry)
                return
            if presence:  # it was large until now
                self._tell_all_presence(turn)
        elif presence:
            self._tell_first(turn, event.name)
        self._tell_room(turn, entry, author)

    def _tell_room(self, turn: Turn, entry: Entry, author: Author) -> None:
        turn.tell(entry)
        turn.room.note(entry)
        for session in turn.room.alone:
            if session.view.wants(entry.event, author is session):
                self._streams.setdefault(session, []).append(turn.pieces(session.format_in(turn.room))[-1])

    def _tell_first(self, turn: Turn, name: str) -> None:
        """Announce somebody before what they do; and tell programs everything, as theirs is the log's order."""
        for folds in (True, False):
            self._tell_held(turn, turn.room.presence.first_for(folds, name), folds)

    def _tell_all_presence(self, turn: Turn) -> None:
        for folds in (True, False):
            self._tell_held(turn, turn.room.presence.all_for(folds), folds)

    def _tell_held(self, turn: Turn, entries: list[Entry], folds: bool) -> None:
        if not entries:
            return
        self._single_out_newcomers(turn)
        if folds and len(entries) > BY_NAME:
            self._tell_count(turn, Told(entries))
            return
        turn.add(folds, entries)
        for session in turn.room.alone:
            if session.view.format.folds_presence is folds:
                self._streams.setdefault(session, []).extend(turn.latest(session, len(entries)))

    def _single_out_newcomers(self, turn: Turn) -> None:
        """Those who came since the room was last told are told less; those of this batch are apart already."""
        if not turn.newcomers_are_apart:
            turn.newcomers_are_apart = True
            for session in turn.room.presence.newcomers:
                self._single_out(session)

    def _tell_count(self, turn: Turn, told: Told) -> None:
        """Tell people how many came and left; newcomers, how many since."""
        newcomers = turn.room.presence.newcomers
        people = [session for session in newcomers if session in turn.room and session.view.format.folds_presence]
        for session in people:
            since = told.after(newcomers[session])
            self._single_out(session).extend(map(session.format_in(turn.room).event, since))
        turn.add(True, told.after(0))
        for session in people:
            turn.skip(session)
        for session in turn.room.alone:
            if session.view.format.folds_presence and session not in newcomers:
                self._streams.setdefault(session, []).extend(turn.latest(session, 1))

    def _announce(self, entry: Entry) -> None:
        turns = [self._turn(name) for name in self._rooms]
        for turn in turns:
            self._tell_first(turn, "")
            turn.tell(entry)
            turn.room.note(entry)
        one_turn = {session: turn for turn in turns for session in turn.room.alone}
        for session, turn in one_turn.items():
            self._streams.setdefault(session, []).append(turn.pieces(session.format_in(turn.room))[-1])
        for session in self._sessions:
            if session.is_welcome and not session.rooms:
                self._single_out(session).append(session.view.format.event(entry))

    def _move(self, turn: Turn, entry: Entry, author: Session) -> None:
        event = entry.event
        if isinstance(event, Joined):
            self._join(turn, entry, author)
        elif isinstance(event, Left):
            self._leave(turn, author)
        else:
            assert isinstance(event, Renamed)
            author.renamed(event)

    def _turn(self, name: str) -> Turn:
        turn = self._turns.get(name)
        if turn is None:
            turn = self._turns[name] = Turn(self._rooms[name])
        return turn

    def _single_out(self, session: Session) -> list[bytes]:
        """Give somebody a stream of their own for this batch; it has what their groups have so far."""
        stream = self._streams.setdefault(session, [])
        for name in session.rooms:
            if name in self._turns:
                stream.extend(self._turns[name].catch_up(session))
        return stream

    def _tell(self, session: Session, reply: Reply) -> None:
        self._single_out(session).extend(session.view.format.reply(reply))

    def _join(self, turn: Turn, entry: Entry, session: Session) -> None:
        if not session.expects(turn.room):  # gone again before the batch was committed
            return
        self._single_out(session)
        is_first = session.arrived(turn.room)
        turn.skip(session)  # what the room has so far came before them
        if is_first:
            self._tell(session, Welcome(session.shown_name, session.hub.commands))
            self._show_standing(session, turn.room)
        if turn.room.topic:
            self._tell(session, notice("topic", "Topic of {room}: {topic}", room=turn.room.name, topic=turn.room.topic))
        past = tuple(entry for entry in turn.room.latest if session.view.wants(entry.event, is_own=False))
        if past:
            self._tell(session, Past(turn.room.name, past))
        if turn.room.is_large:  # the others hear of it later
            turn.room.presence.came(session, entry)
            self._single_out(session).append(session.format_in(turn.room).event(entry))

    def _show_standing(self, session: Session, room: Room) -> None:
        latest = {entry.number for entry in room.latest}
        standing = tuple(entry for entry in self._standing if entry.number not in latest)
        if standing:
            self._tell(session, Past(room.name, standing))

    def _leave(self, turn: Turn, session: Session) -> None:
        if session not in turn.room:
            return
        format = session.format_in(turn.room)
        part = turn.room.presence.left(session, format.folds_presence)
        self._single_out(session).extend(map(format.event, part))
        turn.room.remove(session)
        turn.forget(session)
        session.departed(turn.room)
        for name in session.rooms.keys() & self._turns.keys():
            self._turns[name].skip(session)  # in one room only, they may be as the others again
        self._tell(session, notice("left", "You left {room}.", room=turn.room.name))

    def _take_private(self, submission: Submission, entry: Entry) -> None:
        event, author, recipient = entry.event, submission.author, submission.recipient
        assert not isinstance(author, Proclamation)
        if isinstance(event, Renamed):
            author.renamed(event)
        if recipient is not None:
            recipient.heard_from(author)
        for session in {author: None, recipient: None}:
            if session is not None and session.view.wants(event, author is session):
                self._single_out(session).append(session.view.format.event(entry))
